"""Lengths, angles and extremes of a batch of sampled vectors, as TensorFlow operations.

Shapes: V variables, K sampled elements of the largest; shorter ones are padded with zeros, which changes no sum.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.assembly import PAIRS
from tb_convergence.record.branches import either, in_xla
from tb_convergence.schema.statistics import VECTORS

SMALLEST_SQUARE = 1e-30  # a float32 sum of squares below this has lost digits to underflow (smallest normal: 1.2e-38)
LANES = 32  # the width of a batch is a multiple of it, or less
_N = len(VECTORS)


def _nan() -> Any:
    """float64; a bare Python number would become float32."""
    return tf.constant(np.nan, tf.float64)


def measured(vectors: Sequence[Any]) -> Any:
    """What lengths and cosines are made of, see ``assembly.lengths_and_cosines``.

    Args:
      vectors: five tensors [V, K] in the order of ``schema.statistics.VECTORS``.

    Returns:
      float32 [V, 21]: the inner products of the vectors, each divided by its scale: five squares and ten products; the
      five scales, which are 1 but where float32 does not hold the squares; the sum of the first vector.
    """
    products = _inner_products(vectors)
    squares = products[:, :_N]
    usual = tf.math.is_nan(squares) | (tf.math.is_finite(squares) & (squares > SMALLEST_SQUARE))
    ones = tf.ones_like(squares)
    found = either(
        tf.reduce_all(usual),
        lambda: tf.concat([products, ones], 1),
        lambda: _unusual(vectors, products, usual),
    )
    return tf.concat([found, tf.cast(tf.reduce_sum(vectors[0], 1, keepdims=True), tf.float32)], 1)


def _unusual(vectors: Sequence[Any], products: Any, usual: Any) -> Any:
    """Vectors of zeros, such as updates that rounding has swallowed, are as good as any; others are rescaled."""
    largest = tf.stack([tf.maximum(tf.reduce_max(x, 1), -tf.reduce_min(x, 1)) for x in vectors], 1)  # [V, 5]
    return either(
        tf.reduce_all(usual | tf.equal(largest, 0)),
        lambda: tf.concat([products, tf.ones_like(products[:, :_N])], 1),
        lambda: tf.concat([_rescaled(vectors, largest), tf.cast(largest, tf.float32)], 1),
    )


def _inner_products(vectors: Sequence[Any]) -> Any:
    """float32 [V, 15]: the five squares, then the ten products; each way is the faster one where it is taken."""
    if in_xla():
        products = [_along(tf.reduce_sum, vectors[i] * vectors[j]) for i, j in PAIRS]
    else:
        squares = [tf.square(norms(x)) for x in vectors]
        products = [*squares, *(tf.reduce_sum(vectors[i] * vectors[j], 1) for i, j in PAIRS[_N:])]
    return tf.cast(tf.stack(products, 1), tf.float32)


def _along(reduce: Callable[[Any, int], Any], x: Any) -> Any:
    """Reduces each row. XLA on a CPU adds up one number after the other; so it gets ``LANES`` sums side by side."""
    v, k = x.shape
    if in_xla() and k % LANES == 0:
        x = reduce(tf.reshape(x, [v, k // LANES, LANES]), 1)
    return reduce(x, 1)


def norms(x: Any) -> Any:
    """‖x‖ of each row, where squares fit into its type; as one operation, which writes no squares into memory."""
    return tf.sqrt(_along(tf.reduce_sum, x * x)) if in_xla() else tf.math.reduce_euclidean_norm(x, 1)


def _rescaled(vectors: Sequence[Any], largest: Any) -> Any:
    """The inner products of x / max|x|, which neither overflow nor underflow."""
    divisors = tf.where(largest > 0, largest, tf.ones_like(largest))
    return _inner_products([x / divisors[:, i : i + 1] for i, x in enumerate(vectors)])


def cosine_of(a: Any, b: Any) -> Any:
    """The cosine of two batches of vectors [V, K], float64 [V]; NaN with a zero vector."""
    found = tf.cast(measured([a, b, b, b, b]), tf.float64)
    cosine = found[:, _N] / tf.sqrt(found[:, 0] * found[:, 1])
    return tf.where(tf.math.is_finite(cosine), tf.clip_by_value(cosine, -1.0, 1.0), _nan())


def gradient_extremes(sample: Any, sizes: Any) -> Any:
    """Largest |g|, the share of exact zeros in a sample, and its norm.

    Args:
      sample: [V, K], zeros after the first ``sizes[v]`` elements, all NaN where there is no gradient.
      sizes: float64 [V].

    Returns:
      float64 [V, 3], NaN where an element is NaN; the largest and the norm also where one is infinite.
    """
    largest = tf.maximum(_along(tf.reduce_max, sample), -_along(tf.reduce_min, sample))
    others = tf.square(norms(tf.sign(sample)))  # comparisons take 8 × as long
    scaled = norms(tf.math.divide_no_nan(sample, largest[:, None]))  # of any size, without a second look
    largest, others, scaled = (tf.cast(x, tf.float64) for x in (largest, others, scaled))
    sound = tf.math.is_finite(largest) & ~tf.math.is_nan(others)  # in XLA a maximum passes over NaN
    zeros = (sizes - tf.round(others)) / tf.maximum(sizes, tf.constant(1.0, tf.float64))
    return tf.stack([tf.where(sound, largest, _nan()), zeros, tf.where(sound, largest * scaled, _nan())], 1)
