"""What is known of every element of a gradient: its norm, how many elements are not finite, which units are dead.

One quick pass sums the squares of each column (each output unit, the last axis). It tells whether anything is out of
the ordinary; only then the slow, safe computation is made.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.branches import either, in_xla

SMALLEST_SQUARE = 1e-20  # with ‖g‖² above it, a column whose squares underflow is below 1e-19, and 1e-9 of the norm
LONGEST = 4096  # terms that one float32 adds up one after the other; more would lose digits
FOLDS = 32  # parts of a longer column, side by side
LANES = 128  # columns that a long vector is laid out in


def exact_gradient(gradients: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    """‖g‖, the number of non-finite elements and the share of dead units, of every element of every variable.

    A unit (last axis) is dead where its whole gradient is zero.

    Args:
      gradients: V dense tensors; ``None`` where there is no gradient.
      shapes: of the V variables.

    Returns:
      float64 [V, 3]. NaN: all three where there is no gradient, the norm where an element is not finite, dead units
      where the rank is below 2.
    """
    present = [i for i, g in enumerate(gradients) if g is not None]
    if not present:
        return tf.constant(np.full((len(gradients), 3), np.nan))
    found = [_shaped(gradients[i], shapes[i]) for i in present]
    squares, zeros = _by_width([_columns(g) for g in found])
    units = np.array([0.0 if len(shapes[i]) > 1 else np.nan for i in present])
    values = either(
        tf.reduce_all(tf.math.is_finite(squares) & (squares > SMALLEST_SQUARE)),
        lambda: tf.stack([tf.sqrt(squares), tf.zeros_like(squares), zeros], 1),
        lambda: _rescaled(found, squares),
    )
    values += np.stack([np.zeros(len(found)), np.zeros(len(found)), units], 1)
    places = np.full(len(gradients), len(present))
    places[present] = np.arange(len(present))
    return tf.gather(tf.concat([values, np.full((1, 3), np.nan)], 0), places)


def _shaped(tensor: Any, shape: Sequence[int]) -> Any:
    """The tensor in a shape, without an operation where it has it: a graph would hold hundreds of them."""
    return tensor if tf.TensorShape(shape) == tensor.shape else tf.reshape(tensor, shape)


def _by_width(columns: Sequence[Any]) -> tuple[Any, Any]:
    """The sum of each vector and the share of zeros in it, float64; vectors of one length are treated as one matrix."""
    groups = defaultdict(list)
    for i, column in enumerate(columns):
        groups[column.shape[0]].append(i)
    stacks = [tf.stack([columns[i] for i in places]) for places in groups.values()]
    order = np.argsort([i for places in groups.values() for i in places])
    sums = tf.concat([tf.reduce_sum(tf.cast(s, tf.float64), 1) for s in stacks], 0)
    zeros = tf.concat([tf.reduce_mean(tf.cast(tf.equal(s, 0), tf.float64), 1) for s in stacks], 0)
    return tf.gather(sums, order), tf.gather(zeros, order)


def _columns(gradient: Any) -> Any:
    """Sums of squares: one for each index of the last axis; of a vector, in any arrangement."""
    size = gradient.shape.num_elements()
    if gradient.shape.rank > 1:
        return _column_sums(_shaped(gradient, [size // max(gradient.shape[-1], 1), gradient.shape[-1]]))
    flat = _shaped(gradient, [size])
    if size <= LONGEST:
        return flat * flat
    head = size // LANES * LANES
    rest = tf.pad(flat[head:], [[0, head + LANES - size]])
    return _column_sums(tf.reshape(flat[:head], [head // LANES, LANES])) + rest * rest


def _column_sums(x: Any) -> Any:
    """Σᵢ xᵢⱼ² of a matrix."""
    rows, width = x.shape
    if rows <= LONGEST:
        return _summed_squares(x)
    head = rows // FOLDS * FOLDS
    folded = tf.reshape(x[:head], [head // FOLDS, FOLDS * width])
    rest = x[head:]
    return tf.reduce_sum(tf.reshape(_summed_squares(folded), [FOLDS, width]), 0) + tf.reduce_sum(rest * rest, 0)


def _summed_squares(x: Any) -> Any:
    """Σᵢ xᵢⱼ² of not very many rows.

    In XLA by a product with ones, ten times as fast as a sum on a CPU; elsewhere by what writes no squares into memory.
    """
    if in_xla():
        return tf.linalg.matvec(x * x, tf.ones([x.shape[0]], x.dtype), transpose_a=True)
    return tf.square(tf.math.reduce_euclidean_norm(x, 0))


def _rescaled(gradients: Sequence[Any], unscaled: Any) -> Any:
    """float64 [V, 3], of squares that float32 does not hold: those of g / max|g| do, where every element is finite.

    Gradients that have vanished are common, and take this way at every step.
    """
    largest = tf.stack([_largest(g) for g in gradients])
    scaled = [tf.math.divide_no_nan(g, m) for g, m in zip(gradients, tf.unstack(largest), strict=True)]
    squares, zeros = _by_width([_columns(g) for g in scaled])
    sound = tf.math.is_finite(squares) & ~tf.math.is_nan(unscaled)  # in XLA a maximum passes over NaN
    return either(
        tf.reduce_all(sound),
        lambda: tf.stack([tf.cast(largest, tf.float64) * tf.sqrt(squares), tf.zeros_like(squares), zeros], 1),
        lambda: _careful(gradients),
    )


def _largest(x: Any) -> Any:
    """max|xᵢ|; of nothing 0."""
    return tf.maximum(tf.maximum(tf.reduce_max(x), -tf.reduce_min(x)), tf.constant(0.0, x.dtype))


def _careful(gradients: Sequence[Any]) -> Any:
    """float64 [V, 3], see ``exact_gradient``: in float64 the square of no float32 overflows or underflows."""
    squares, zeros = _by_width([_columns(tf.cast(g, tf.float64)) for g in gradients])
    finite = tf.stack([tf.reduce_sum(tf.cast(tf.math.is_finite(g), tf.float64)) for g in gradients])
    nonfinite = np.array([float(g.shape.num_elements()) for g in gradients]) - finite
    return tf.stack([tf.where(nonfinite > 0, tf.constant(np.nan, tf.float64), tf.sqrt(squares)), nonfinite, zeros], 1)
