"""The loss of the same batch after the update, and its slope along the update before and after."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python import pywrap_tfe

from tb_convergence.record.observer import UnobservedTape
from tb_convergence.record.shown import dense
from tb_convergence.record.weights import raw, read


@dataclass(frozen=True, slots=True)
class Step:
    """What a probe sees of a step.

    Attributes:
      update: Δ, samples [V, K]; shorter ones are padded with zeros.
      gradient: g · scale, samples [V, K]; a row of NaN where there is no gradient.
      gradients: g · scale, whole, ``None`` where there is none.
      scale: float64 scalar, of the loss that they are the gradients of; nothing else here is scaled.
      factors: float64 [V], sqrt(elements / sampled elements).
      sample: whole tensors → [V, K].
      updated: boolean, whether the weights have moved since the gradient was taken, and by how much is known.
    """

    update: Any
    gradient: Any
    gradients: Sequence[Any]
    scale: Any
    factors: NDArray[np.float64]
    sample: Callable[[Sequence[Any]], Any]
    updated: Any


def loss_statistics(
    loss_fn: Callable[[], Any], sources: Sequence[Any], state: Sequence[Any], step: Step
) -> tuple[Any, Any, Any]:
    """``schema.statistics.LOSS_PROBES`` at the weights as they are now, float64 scalars.

    Δ is known by a sample of each large variable, the gradients whole. Δ = a·g + r with a by least squares on the
    sample; the first term is summed over all elements and only the rest r is estimated. So the slopes are exact where
    every variable is small enough to be taken whole, and where Δ is a multiple of g (gradient descent, clipped or not).

    Args:
      loss_fn: without arguments; the loss, or losses that are summed.
      sources: V variables.
      state: variables that ``loss_fn`` may change; they get their values back.
      step: what else is known.
    """
    loss, after = _differentiated(loss_fn, sources, state)
    g, h = _present(step.gradient, step.gradients) / step.scale, _present(step.sample(after), after)
    u = tf.cast(step.update, tf.float64)
    square, along = _inner(g, g), _inner(g, u)
    a = tf.math.divide_no_nan(along, square)
    rest = step.factors**2 * (_inner(h, u) - a * _inner(h, g))
    before = tf.reduce_sum(a * _products(step.gradients, step.gradients)) / step.scale**2
    return loss, before, tf.reduce_sum(a * _products(step.gradients, after) / step.scale + rest)


def _differentiated(loss_fn: Callable[[], Any], sources: Sequence[Any], state: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The loss, float64, and its dense gradients."""
    kept = [tf.identity(read(v)) for v in state]
    with _tapes_run():
        with UnobservedTape() as tape:
            loss = tf.add_n([tf.reduce_sum(tf.cast(x, tf.float64)) for x in tf.nest.flatten(loss_fn())])
        gradients = tape.gradient(loss, [raw(s) for s in sources])
    for variable, value in zip(state, kept, strict=True):
        variable.assign(value)
    return loss, dense(gradients, sources)


@contextmanager
def _tapes_run() -> Iterator[None]:
    """Lets tapes record although ``log_step`` has stopped them."""
    stopped = pywrap_tfe.TFE_Py_TapeSetIsStopped()
    if stopped:
        pywrap_tfe.TFE_Py_TapeSetRestartOnThread()
    try:
        yield
    finally:
        if stopped:
            pywrap_tfe.TFE_Py_TapeSetStopOnThread()


def _present(sample: Any, whole: Sequence[Any]) -> Any:
    """float64 [V, K]: the samples, zero where there is no gradient."""
    missing = np.array([[x is None] for x in whole])
    return tf.where(missing, tf.zeros([], tf.float64), tf.cast(sample, tf.float64))


def _inner(a: Any, b: Any) -> Any:
    return tf.reduce_sum(a * b, 1)


def _products(a: Sequence[Any], b: Sequence[Any]) -> Any:
    """float64 [V]: ⟨aᵥ, bᵥ⟩ over all elements, in float64, where no product overflows."""
    return tf.stack(
        [
            tf.zeros([], tf.float64)
            if x is None or y is None
            else tf.reduce_sum(tf.cast(x, tf.float64) * tf.cast(y, tf.float64))
            for x, y in zip(a, b, strict=True)
        ]
    )
