"""Lengths, angles and extremes of a batch of sampled vectors, as TensorFlow operations.

Shapes: V variables, K sampled elements of the largest; shorter ones are padded with zeros, which changes no sum.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext

from tb_convergence.schema.statistics import COSINES, LENGTHS, VECTORS, cosine, length

SMALLEST_SQUARE = 1e-30  # a float32 sum of squares below this has lost digits to underflow (smallest normal: 1.2e-38)
LANES = 128  # sums carried side by side; any multiple of the 16 float32 of a vector register will do
RESCALE = 2.0**63  # squares of float32 up to 3.4e38 and down to 1e-38 fit after division or multiplication by it
_WEIGHT_SEED = 20230917  # of the fixed weights in `dead_units`; any will do


def _nan() -> Any:
    """float64; a bare Python number would become float32."""
    return tf.constant(np.nan, tf.float64)


def safe_norm(x: Any) -> tuple[Any, Any]:
    """Euclidean norm over the last axis, without overflow or underflow, and the unit vector.

    ‖x‖ = m ‖x/m‖ with m = max|x|; a zero vector has norm 0 and unit vector 0.

    Returns:
      float64 [...] and a tensor like ``x``; NaN where an element is not finite.
    """
    largest = tf.reduce_max(tf.abs(x), -1, keepdims=True)
    scaled = x / tf.where(largest > 0, largest, tf.ones_like(largest))
    root = tf.sqrt(tf.reduce_sum(scaled * scaled, -1, keepdims=True))
    unit = scaled / tf.where(root > 0, root, tf.ones_like(root))
    norm = tf.cast(largest, tf.float64) * tf.cast(root, tf.float64)
    return tf.squeeze(norm, -1), unit


def lengths_and_cosines(vectors: Sequence[Any], factors: Any) -> dict[str, Any]:
    """The five lengths and ten cosines.

    Args:
      vectors: five tensors [V, K] in the order of ``schema.statistics.VECTORS``.
      factors: float64 [V], sqrt(elements / sampled elements): a sample's norm times this estimates the whole's.

    Returns:
      Name → float64 [V]. The cosine with a zero vector is NaN.
    """
    found = {}
    units = {}
    for name, vector in zip(VECTORS, vectors, strict=True):
        norm, units[name] = safe_norm(vector)
        found[length(name)] = norm * factors
    for a, b in combinations(VECTORS, 2):
        product = tf.cast(tf.reduce_sum(units[a] * units[b], -1), tf.float64)
        known = (found[length(a)] != 0) & (found[length(b)] != 0)
        found[cosine(a, b)] = tf.where(known, tf.clip_by_value(product, -1.0, 1.0), _nan())
    return {name: found[name] for name in (*LENGTHS, *COSINES)}


def exact_gradient(gradients: Sequence[Any]) -> tuple[Any, Any]:
    """‖g‖ and the number of non-finite elements, of every element of every variable.

    A sum of squares is one quick pass and tells whether anything is out of the ordinary; only then the slow, safe
    computation is made.

    Args:
      gradients: V dense tensors of any shape; ``None`` where there is no gradient.

    Returns:
      Two tensors float64 [V], NaN where there is no gradient.
    """
    present = [g for g in gradients if g is not None]
    if not present:
        nothing = tf.constant(np.full(len(gradients), np.nan))
        return nothing, nothing
    if GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
        pair = tf.stack([_in_lanes(g) for g in present], 1)
        return _spread(pair[0], gradients), _spread(pair[1], gradients)
    squares = tf.stack([tf.cast(2.0 * tf.nn.l2_loss(g), tf.float64) for g in present])
    usual = tf.reduce_all(tf.math.is_finite(squares) & (squares > SMALLEST_SQUARE))
    pair = tf.cond(
        usual,
        lambda: tf.stack([tf.sqrt(squares), tf.zeros_like(squares)]),
        lambda: tf.stack([_careful(g) for g in present], 1),
    )
    return _spread(pair[0], gradients), _spread(pair[1], gradients)


def _in_lanes(gradient: Any) -> Any:
    """``_careful`` for XLA, where a branch would copy the gradients, and a plain sum adds one number after the other.

    The squares are summed at three scales at once, of which one neither overflows nor underflows (J. L. Blue, 1978).
    """
    flat = tf.reshape(gradient, [-1])
    lanes = LANES if flat.shape[0] is not None and flat.shape[0] >= LANES else 1
    head = flat if flat.shape[0] is None else flat[: flat.shape[0] // lanes * lanes]
    parts = [(tf.reshape(head, [-1, lanes]), 0), *([] if lanes == 1 else [(flat[head.shape[0] :], None)])]

    def total(f: Callable[[Any], Any]) -> Any:
        return tf.add_n([tf.cast(tf.reduce_sum(tf.reduce_sum(f(x), axis)), tf.float64) for x, axis in parts])

    plain = total(lambda x: x * x)
    large = tf.sqrt(total(lambda x: (x / RESCALE) ** 2)) * RESCALE
    small = tf.sqrt(total(lambda x: (x * RESCALE) ** 2)) / RESCALE
    count = total(lambda x: tf.cast(~tf.math.is_finite(x), tf.float32))
    norm = tf.where(tf.math.is_finite(plain), tf.where(plain > SMALLEST_SQUARE, tf.sqrt(plain), small), large)
    return tf.stack([tf.where(count > 0, _nan(), norm), count])


def _careful(gradient: Any) -> Any:
    """float64 [2]: the norm (NaN when any element is not finite) and the count of non-finite elements."""
    norm, _ = safe_norm(tf.reshape(gradient, [-1]))
    count = tf.math.count_nonzero(~tf.math.is_finite(gradient), dtype=tf.int64)
    return tf.stack([tf.where(count > 0, _nan(), norm), tf.cast(count, tf.float64)])


def _spread(values: Any, gradients: Sequence[Any]) -> Any:
    """Puts the values of the gradients that exist in their places, NaN in the others."""
    rows = iter(tf.unstack(values, num=sum(g is not None for g in gradients)))
    return tf.stack([_nan() if g is None else next(rows) for g in gradients])


def dead_units(gradients: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    """Share of output units (last axis) whose whole gradient is exactly zero, float64 [V].

    A column's sum with fixed positive random weights is zero only where the column is zero (or cancels by an accident
    of measure zero): one product with a row vector per variable, however large.
    """
    return tf.stack([_dead(g, shape) for g, shape in zip(gradients, shapes, strict=True)])


def _dead(gradient: Any, shape: tuple[int, ...]) -> Any:
    if gradient is None or len(shape) < 2 or 0 in shape:
        return _nan()
    inputs = int(np.prod(shape[:-1]))
    weights = np.random.default_rng(_WEIGHT_SEED).uniform(0.5, 1.5, (1, inputs))
    sums = tf.matmul(tf.constant(weights, gradient.dtype), tf.reshape(gradient, [inputs, shape[-1]]))
    return tf.reduce_mean(tf.cast(tf.equal(sums, 0), tf.float64))


def gradient_extremes(sample: Any, sizes: Any) -> tuple[Any, Any]:
    """Largest |g| and the share of exact zeros in a sample.

    Args:
      sample: [V, K], zeros after the first ``sizes[v]`` elements, all NaN where there is no gradient.
      sizes: float64 [V].

    Returns:
      Two tensors float64 [V].
    """
    largest = tf.cast(tf.reduce_max(tf.abs(sample), -1), tf.float64)
    sound = tf.math.is_finite(tf.cast(tf.reduce_sum(sample * 0, -1), tf.float64))
    missing = tf.reduce_all(tf.math.is_nan(sample), -1)
    padding = tf.cast(sample.shape[1], tf.float64) - sizes
    zeros = tf.cast(tf.math.count_nonzero(tf.equal(sample, 0), -1), tf.float64) - padding
    return tf.where(sound, largest, _nan()), tf.where(missing, _nan(), zeros / sizes)
