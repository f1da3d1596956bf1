"""What one step shows of its variables, and what measures more of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tb_convergence.record.loss_probe import Step


@dataclass(frozen=True, slots=True)
class Observation:
    """What one step shows of V variables.

    Attributes:
      before: the weights at which the gradient was taken, or samples of them; ``None`` where nobody saw them.
      after: the weights now, whole.
      gradients: dense, whole, ``None`` where there is none.
      references: the tape's own gradients, where ``gradients`` were made by hand; else ``None``.
      loss: float64 scalar, NaN when unknown.
      rates: float64 [2], learning rate of the coming step and of the one just made.
      step: float64 scalar; ``None``: count.
      extras: step statistics that not every session holds, float64 scalars by name.
      settled: whether ``after`` is known to follow the update, so that the same weights mean that there was none.
      scales: what the loss was multiplied by before its gradient was taken, see ``optimizer.scales``; or ``None``.
      loss_scaled: whether ``loss`` is that product.
    """

    before: Sequence[Any]
    after: Sequence[Any]
    gradients: Sequence[Any]
    references: Sequence[Any] | None
    loss: Any
    rates: Any
    step: Any
    extras: Mapping[str, Any] = field(default_factory=dict)
    settled: bool = False
    scales: Any = None
    loss_scaled: bool = False


Look = Callable[[Callable[[], Step], Any], Mapping[str, Any]]
"""Measures further step statistics: of a step, made when asked for, and of its number in this group, from 0."""
