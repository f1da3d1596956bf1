"""What the caller of ``log_step`` has measured beside the gradients: at every k-th step, and numbers of his own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.autograph.core.ag_ctx import ControlStatusCtx, Status
from tensorflow.python.autograph.impl.api import tf_convert

from tb_convergence.record.arguments import NOT_EXPECTED, said
from tb_convergence.record.batch import input_statistics, label_statistics, output_statistics
from tb_convergence.record.branches import either
from tb_convergence.record.loss_probe import Step, loss_statistics
from tb_convergence.record.weights import raw
from tb_convergence.schema.statistics import (
    INPUT_PROBES,
    LABEL_PROBES,
    LOSS_PROBES,
    METRIC_PREFIX,
    OUTPUT_PROBES,
)

Warn = Callable[[str, str], None]
_BATCH = (
    ("inputs", INPUT_PROBES, input_statistics),
    ("labels", LABEL_PROBES, label_statistics),
    ("outputs", OUTPUT_PROBES, output_statistics),
)
_FROZEN = (
    "metrics[{name!r}] is a Python number inside a tf.function, where it would stay the same for ever; it is left out. "
    "Pass a tensor or a variable, or call log_step outside of the function"
)

_FAILED = "{argument}= could not be measured, its statistics are left out: {kind}: {error}"


@dataclass(frozen=True, slots=True)
class Probes:
    """What to measure.

    Attributes:
      loss_fn: the loss on the batch of this step, with the weights as they are when it is called; or ``None``.
      inputs: tensors, numpy arrays or nests of them; or ``None``; so are ``labels`` and ``outputs``.
      metrics: name → scalar.
      every: of how many steps one is measured; ``metrics`` at all.
    """

    loss_fn: Callable[[], Any] | None = None
    inputs: Any = None
    labels: Any = None
    outputs: Any = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    every: int = 10

    @property
    def names(self) -> tuple[str, ...]:
        """The step statistics that these give."""
        found = list(LOSS_PROBES) if self.loss_fn is not None else []
        for argument, names, _ in _BATCH:
            found += names if getattr(self, argument) is not None else ()
        return (*found, *(METRIC_PREFIX + name for name in self.metrics))


def asked(*, loss_fn: Any, inputs: Any, labels: Any, outputs: Any, metrics: Any, every: Any) -> Probes:
    """The probes that the caller of ``log_step`` wants.

    Raises:
      TypeError: an argument is of another kind than expected; the message names all of them.
      ValueError: ``probe_every`` is below 1.
    """
    wrong = [] if loss_fn is None or callable(loss_fn) else [f"loss_fn: expected a function, got {said(loss_fn)}"]
    if metrics is not None and not isinstance(metrics, Mapping):
        wrong.append(f"metrics: expected a mapping from names to numbers, got {said(metrics)}")
    else:
        wrong += [
            f"metrics[{k!r}]: expected a scalar, got {said(v)}" for k, v in (metrics or {}).items() if not _scalar(v)
        ]
    if not isinstance(every, int) or isinstance(every, bool):
        wrong.append(f"probe_every: expected a whole number, got {every!r:.80}")
    wrong += [
        f"{argument}: expected tensors, arrays or nests of them, got {said(batch)}"
        for argument, batch in (("inputs", inputs), ("labels", labels), ("outputs", outputs))
        if isinstance(batch, str) or callable(batch)
    ]
    if wrong:
        raise TypeError(NOT_EXPECTED + "; ".join(wrong))
    if every < 1:
        raise ValueError(f"probe_every: expected 1 or more, got {every}")
    return Probes(loss_fn, inputs, labels, outputs, metrics or {}, every)


def _scalar(value: Any) -> bool:
    """Whether it is a number, or a tensor, an array or a variable that holds one."""
    if isinstance(value, int | float | np.number):
        return True
    return tf.TensorShape(getattr(value, "shape", [1])).is_compatible_with([]) and hasattr(raw(value), "dtype")


def metric_values(probes: Probes, warn: Warn) -> dict[str, Any]:
    """The caller's own numbers, float64 scalars."""
    found = {}
    for name, value in probes.metrics.items():
        if tf.executing_eagerly() or tf.is_tensor(raw(value)) or isinstance(raw(value), tf.Variable):
            found[METRIC_PREFIX + name] = tf.cast(tf.convert_to_tensor(raw(value)), tf.float64)
        else:
            warn(_FROZEN.format(name=name), f"frozen metric {name}")
    return found


def batch_values(probes: Probes, due: Any, warn: Warn) -> dict[str, Any]:
    """Inputs, labels and outputs, float64 scalars; NaN unless ``due``, a boolean (tensor)."""
    found: dict[str, Any] = {}
    for argument, names, statistics in _BATCH:
        batch = getattr(probes, argument)
        if batch is not None:
            found |= _where_due(names, due, partial(_in_order, names, statistics, batch), warn, argument)
    return found


def loss_values(
    loss_fn: Callable[[], Any], sources: Sequence[Any], state: Sequence[Any], *, step: Step, due: Any, warn: Warn
) -> dict[str, Any]:
    """``LOSS_PROBES``, float64 scalars; NaN unless ``due``, and where the update has not come yet."""
    look = partial(_stacked, loss_statistics, _converted(loss_fn), sources, state, step)
    return _where_due(LOSS_PROBES, due & step.updated, look, warn, "loss_fn")


def _stacked(statistics: Callable[..., Sequence[Any]], *arguments: Any) -> Any:
    return tf.stack(statistics(*arguments))


def _in_order(names: Sequence[str], statistics: Callable[[Any], Mapping[str, Any]], batch: Any) -> Any:
    """float64 [names]; NaN for what the batch does not have."""
    found = statistics(batch)
    return tf.stack([found.get(name, tf.constant(np.nan, tf.float64)) for name in names])


def _where_due(names: Sequence[str], due: Any, look: Callable[[], Any], warn: Warn, argument: str) -> dict[str, Any]:
    """What ``look`` finds; NaN where it is not due, and for good where it fails, which is told once."""
    nothing = tf.constant(np.full(len(names), np.nan))
    try:
        found = either(due, look, lambda: nothing)
    except Exception as error:  # whatever the caller's own function raises must not end the training
        warn(_FAILED.format(argument=argument, kind=type(error).__name__, error=error), f"probe {argument}")
        return {}
    return dict(zip(names, tf.unstack(found), strict=True))


def _converted(loss_fn: Callable[[], Any]) -> Callable[[], Any]:
    """As AutoGraph would have it in the caller's own function: ``log_step`` is not converted, its caller may be."""
    if tf.executing_eagerly():
        return loss_fn
    converted: Callable[[], Any] = tf_convert(loss_fn, ControlStatusCtx(Status.ENABLED))
    return converted
