"""Lengths, angles and extremes of a batch of sampled vectors, as TensorFlow operations.

Shapes: V variables, K sampled elements of the largest; shorter ones are padded with zeros, which changes no sum.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.branches import either, in_xla
from tb_convergence.schema.statistics import VECTORS

SMALLEST_SQUARE = 1e-30  # a float32 sum of squares below this has lost digits to underflow (smallest normal: 1.2e-38)
TRUSTED = 0.5  # largest error of a sample's ‖v‖², in shares of it, at which the angles of the sample are believed
PARALLEL = 0.9  # squared cosine above which they are believed at any error
_N = len(VECTORS)
_PAIRS = ([(i, i) for i in range(_N)]) + list(combinations(range(_N), 2))
_FIRST, _SECOND = np.array(_PAIRS[_N:]).T
_WITH = [  # place among the cosines of that of each vector with each; after the last stands 1, with itself
    [len(_FIRST) if i == k else _PAIRS[_N:].index((min(i, k), max(i, k))) for i in range(_N)] for k in range(_N)
]


def _nan() -> Any:
    """float64; a bare Python number would become float32."""
    return tf.constant(np.nan, tf.float64)


def lengths_and_cosines(vectors: Sequence[Any], factors: Any) -> Any:
    """The five lengths and ten cosines.

    Args:
      vectors: five tensors [V, K] in the order of ``schema.statistics.VECTORS``.
      factors: float64 [V], sqrt(elements / sampled elements): a sample's norm times this estimates the whole's.

    Returns:
      float64 [V, 15] in the order of ``schema.statistics.LENGTHS`` and ``COSINES``. NaN: whatever speaks of a vector
      that is not finite, and the cosine with a zero vector.
    """
    products = _inner_products(vectors)
    squares = products[:, :_N]
    usual = tf.math.is_nan(squares) | (tf.math.is_finite(squares) & (squares > SMALLEST_SQUARE))
    ones = np.ones((1, _N))
    return either(
        tf.reduce_all(usual),
        lambda: _assembled(products, ones, factors),
        lambda: _unusual(vectors, products, usual, factors),
    )


def _unusual(vectors: Sequence[Any], products: Any, usual: Any, factors: Any) -> Any:
    """Vectors of zeros, such as updates that rounding has swallowed, are as good as any; others are rescaled."""
    largest = tf.stack([tf.maximum(tf.reduce_max(x, 1), -tf.reduce_min(x, 1)) for x in vectors], 1)  # [V, 5]
    return either(
        tf.reduce_all(usual | tf.equal(largest, 0)),
        lambda: _assembled(products, np.ones((1, _N)), factors),
        lambda: _assembled(_rescaled(vectors, largest), tf.cast(largest, tf.float64), factors),
    )


def _inner_products(vectors: Sequence[Any]) -> Any:
    """float64 [V, 15]: the five squares, then the ten products; each way is the faster one where it is taken."""
    if in_xla():
        stacked = tf.stack(vectors, 1)  # [V, 5, K]
        square = tf.reshape(tf.matmul(stacked, stacked, transpose_b=True), [-1, _N * _N])
        return tf.cast(tf.gather(square, [i * _N + j for i, j in _PAIRS], axis=1), tf.float64)
    squares = tf.square(tf.cast(tf.stack([norms(x) for x in vectors], 1), tf.float64))
    products = tf.stack([tf.reduce_sum(vectors[i] * vectors[j], 1) for i, j in _PAIRS[_N:]], 1)
    return tf.concat([squares, tf.cast(products, tf.float64)], 1)


def norms(x: Any) -> Any:
    """‖x‖ of each row, where squares fit into its type; as one operation, which writes no squares into memory."""
    return tf.sqrt(tf.reduce_sum(x * x, 1)) if in_xla() else tf.math.reduce_euclidean_norm(x, 1)


def _rescaled(vectors: Sequence[Any], largest: Any) -> Any:
    """The inner products of x / max|x|, which neither overflow nor underflow."""
    divisors = tf.where(largest > 0, largest, tf.ones_like(largest))
    return _inner_products([x / divisors[:, i : i + 1] for i, x in enumerate(vectors)])


def _assembled(products: Any, scales: Any, factors: Any) -> Any:
    roots = tf.sqrt(products[:, :_N])
    lengths = roots * scales * tf.reshape(tf.cast(factors, tf.float64), [-1, 1])
    cosines = products[:, _N:] / (tf.gather(roots, _FIRST, axis=1) * tf.gather(roots, _SECOND, axis=1))
    cosines = tf.where(tf.math.is_finite(cosines), tf.clip_by_value(cosines, -1.0, 1.0), _nan())
    return tf.concat([tf.where(tf.math.is_finite(lengths), lengths, _nan()), cosines], 1)


def calibrated(found: Any, vector: str, known: Any) -> Any:
    """Lengths and cosines of samples, corrected by what the whole of one vector is known to measure.

    Every vector x is split into a multiple of the known one, v, and a rest: x = a·v + r, with a from the sample. What
    the sample says of r stands, ‖v‖ is put right: ⟨x, y⟩ changes by aₓ·a_y·(‖v‖² − the sample's). With ρ the ratio of
    the two norms, xᵥ and yᵥ the cosines with v: ‖x‖² grows by 1 + (ρ² − 1)·xᵥ², and ⟨x, y⟩/(‖x‖·‖y‖) by
    (ρ² − 1)·xᵥ·yᵥ before both lengths do. A length is exact for a multiple of v, such as an update of gradient descent.
    Where the sample met v badly, as in an embedding of which a batch touches few rows, it says little of the angle to
    v either, and only what is nearly parallel is corrected.

    Args:
      found: float64 [V, 15] of ``lengths_and_cosines``.
      vector: the known one of ``schema.statistics.VECTORS``.
      known: float64 [V], its norm; NaN: not known.
    """
    lengths, cosines = found[:, :_N], found[:, _N:]
    k = VECTORS.index(vector)
    ratio = tf.square(known / lengths[:, k]) - 1
    ratio = tf.where(tf.math.is_finite(ratio), ratio, tf.zeros_like(ratio))[:, None]  # [V, 1]
    to_k = tf.gather(tf.concat([cosines, tf.ones_like(cosines[:, :1])], 1), _WITH[k], axis=1)
    trusted = tf.math.is_finite(to_k) & ((tf.abs(ratio) <= TRUSTED) | (tf.square(to_k) >= PARALLEL))
    to_k = tf.where(trusted, to_k, tf.zeros_like(to_k))  # [V, 5]
    growth = tf.sqrt(1 + ratio * tf.square(to_k))  # not **2: a power takes five times as long
    first, second = (tf.gather(to_k, side, axis=1) for side in (_FIRST, _SECOND))
    both = tf.gather(growth, _FIRST, axis=1) * tf.gather(growth, _SECOND, axis=1)
    turned = tf.clip_by_value((cosines + ratio * first * second) / both, -1.0, 1.0)
    return tf.concat([lengths * growth, tf.where(tf.math.is_finite(turned), turned, _nan())], 1)


def cosine_of(a: Any, b: Any) -> Any:
    """The cosine of two batches of vectors [V, K], float64 [V]; NaN with a zero vector."""
    return lengths_and_cosines([a, b, b, b, b], np.ones(1))[:, _N]


def gradient_extremes(sample: Any, sizes: Any) -> tuple[Any, Any]:
    """Largest |g| and the share of exact zeros in a sample.

    Args:
      sample: [V, K], zeros after the first ``sizes[v]`` elements, all NaN where there is no gradient.
      sizes: float64 [V].

    Returns:
      Two tensors float64 [V], NaN where an element is NaN; the largest also where one is infinite.
    """
    largest = tf.cast(tf.maximum(tf.reduce_max(sample, -1), -tf.reduce_min(sample, -1)), tf.float64)
    others = tf.square(tf.cast(norms(tf.sign(sample)), tf.float64))  # comparisons take 8 × as long
    sound = tf.math.is_finite(largest) & ~tf.math.is_nan(others)  # in XLA a maximum passes over NaN
    return tf.where(sound, largest, _nan()), (sizes - tf.round(others)) / sizes
