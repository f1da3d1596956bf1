"""What a step shows of itself: the weights its gradient was taken at, the gradients in one form, the loss."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_convergence.record.matching import Match
from tb_convergence.record.observer import Notes
from tb_convergence.record.sampling import limit_of
from tb_convergence.record.weights import raw

_EAGER = type(tf.constant(0.0))


def dense(gradients: Sequence[Any], sources: Sequence[Any]) -> list[Any]:
    """``tf.IndexedSlices`` may name a row twice, so their values alone have another norm.

    They have the shape of their source, of which a graph may know the rank only, as behind a layer that returns
    sequences.
    """
    eager = tf.executing_eagerly()
    return [
        g if g is None or (eager and type(g) is _EAGER) else _shaped(tf.convert_to_tensor(g), s)
        for g, s in zip(gradients, sources, strict=True)
    ]


def _shaped(gradient: Any, source: Any) -> Any:
    """The gradient in the shape of its source; NaN if it has another number of elements, but never an error.

    ``tf.ensure_shape`` would end the training then.
    """
    if gradient.shape.is_fully_defined() or gradient.shape.rank is None:
        return gradient
    count = math.prod(source.shape)
    flat = tf.reshape(gradient, [-1])
    missing = tf.zeros([tf.maximum(count - tf.size(flat), 0)], flat.dtype)
    filled = tf.ensure_shape(tf.concat([flat, missing], 0)[:count], [count])
    right = tf.where(tf.equal(tf.size(flat), count), filled, tf.constant(np.nan, flat.dtype))
    return tf.reshape(right, source.shape)


def weights_before(sources: Sequence[Any], known: Notes) -> list[Any]:
    """``weight_before`` of each."""
    if tf.executing_eagerly():
        kept = [known.weight(s) for s in sources]
        if all(type(k) is np.ndarray for k in kept):
            return kept
    return [weight_before(s, known) for s in sources]


def weight_before(source: Any, known: Notes) -> Any:
    """The weight at which the gradient was taken, or a sample of it, if anybody saw it; of a raw source."""
    if not isinstance(source, tf.Variable):
        return tf.convert_to_tensor(source)
    kept = known.weight(source)
    return kept if kept is not None and reachable(kept) else None


def least_kept(kept: Sequence[Any], sources: Sequence[Any]) -> int | None:
    """Of which limit the smallest sample is that was kept of a weight; ``None`` where all are whole."""
    parts = [(k, s) for k, s in zip(kept, sources, strict=True) if k is not None and _is_part(k, s)]
    limits = [limit_of(math.prod(k.shape), tuple(s.shape)) for k, s in parts]
    return min((n for n in limits if n is not None), default=None)


def _is_part(kept: Any, source: Any) -> bool:
    return math.prod(kept.shape) < math.prod(source.shape)


def reachable(tensor: Any) -> bool:
    """Whether a tensor made earlier may be used here: it belongs to this graph or one around it."""
    if isinstance(tensor, np.ndarray):
        return bool(tf.executing_eagerly())
    if tf.executing_eagerly() or not tf.is_tensor(tensor):
        return not hasattr(tensor, "graph") or not tf.is_symbolic_tensor(tensor)
    graph = tf.compat.v1.get_default_graph()
    while graph is not None:
        if tf.is_symbolic_tensor(tensor) and tensor.graph is graph:
            return True
        graph = getattr(graph, "outer_graph", None)
    return False


def loss_of(matched: Match, loss: Any) -> Any:
    """float64 scalar: the loss, NaN when it is not known.

    Args:
      matched: with the call of ``tape.gradient`` whose targets are the loss, unless the caller says it.
      loss: what the caller says, or ``None``.
    """
    targets = matched.call.targets if loss is None and matched.call else tf.nest.flatten(loss)
    if not targets or any(t is None or (tf.is_tensor(t) and not reachable(t)) for t in targets):
        return tf.constant(np.nan, tf.float64)
    if all(type(t) is _EAGER and tf.executing_eagerly() for t in targets):
        return np.float64(sum(_sum(t._numpy()) for t in targets))
    return tf.add_n([tf.reduce_sum(tf.cast(tf.convert_to_tensor(raw(t)), tf.float64)) for t in targets])


def _sum(numbers: NDArray[Any]) -> float:
    """Of the real parts; of a scalar itself, for NumPy takes ten times as long to sum it."""
    return float(numbers.real if numbers.ndim == 0 else np.sum(numbers.real, dtype=np.float64))
