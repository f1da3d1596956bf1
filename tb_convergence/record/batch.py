"""A batch in a few numbers: scale and range of inputs, prior of labels, saturation of outputs.

A batch is a tensor or a nest of them. Where it holds both, numbers with a fraction count and whole numbers do not;
strings never count. All is computed in float64, over the elements that are finite.
"""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tb_convergence.record.weights import raw

SATURATED = 1e-3  # distance from an end of the range within which an output counts as saturated
ROUNDING = 1e-5  # by which an output may leave its range: a softmax gives 1.0000001, in float16 its exact 1


def input_statistics(inputs: Any) -> dict[str, Any]:
    """``schema.statistics.INPUT_PROBES``, float64 scalars; a feature is an index of the last axis."""
    numbers = _numbers(inputs)
    if not numbers:
        return {}
    leaves = _counted(numbers)
    deviations = tf.concat([tf.reshape(tf.sqrt(_variances(_table(x))), [-1]) for x in leaves], 0)
    varying = deviations > 0
    some = tf.reduce_any(varying)
    return {
        **_moments("input", leaves),
        "input_nonfinite_fraction": _mean([~tf.math.is_finite(x) for x in leaves]),
        "input_smallest_feature_std": _where(
            some, tf.reduce_min(tf.where(varying, deviations, _like(deviations, "inf")))
        ),
        "input_largest_feature_std": _where(some, tf.reduce_max(tf.concat([deviations, [0.0]], 0))),
        "input_is_integer": tf.constant(float(all(x.dtype.is_integer for x in numbers)), tf.float64),
    }


def label_statistics(labels: Any) -> dict[str, Any]:
    """``schema.statistics.LABEL_PROBES``, float64 scalars.

    Classes are numbers of an integer type, fractions that are all 0 or 1 with one for each example, and rows of zeros
    with a single 1. A table of zeros and ones whose rows hold another number of them is none.

    Of several tensors nothing is known: each belongs to another output, and their mixture to none.
    """
    numbers = _numbers(labels)
    if len(numbers) != 1:
        return {}
    found = _moments("label", _counted(numbers))
    for fits, classes in reversed(_readings(numbers[0])):
        for name, value in zip(("label_classes", "label_entropy"), _prior(classes), strict=True):
            found[name] = tf.where(fits, value, found.get(name, math.nan))
    return found


def output_statistics(outputs: Any) -> dict[str, Any]:
    """``schema.statistics.OUTPUT_PROBES``, float64 scalars; the first axis is the batch.

    The share of saturated elements is NaN when some leave [−1, 1], the error of the sum when no row has two elements.
    """
    numbers = _numbers(outputs)
    if not numbers:
        return {}
    leaves = _counted(numbers)
    found = _moments("output", leaves)
    low, high = found["output_min"], found["output_max"]
    bottom = tf.where(low >= -ROUNDING, _like(low, 0), _like(low, -1))
    ends = [(x <= bottom + SATURATED) | (x >= 1 - SATURATED) for x in leaves]
    found["output_spread"] = tf.sqrt(_mean([_variances(x) for x in leaves]))
    found["output_saturated_fraction"] = _where((low >= -1 - ROUNDING) & (high <= 1 + ROUNDING), _mean(ends))
    rows = [tf.abs(tf.reduce_sum(x, -1) - 1) for x in leaves if x.shape.rank > 1 and x.shape[-1] != 1]
    if rows:
        found["output_sum_error"] = _mean(rows)
    return found


def _numbers(batch: Any) -> list[Any]:
    """The tensors of a nest that hold numbers, of ragged and sparse ones the values, with one axis at least."""
    flat = [x for x in tf.nest.flatten(batch) if x is not None]
    dense = [x.flat_values if isinstance(x, tf.RaggedTensor) else x for x in flat]
    tensors = [tf.convert_to_tensor(x.values if isinstance(x, tf.SparseTensor) else raw(x)) for x in dense]
    found = [x for x in tensors if x.dtype.is_floating or x.dtype.is_integer or x.dtype.is_bool]
    return [x if x.shape.rank else tf.reshape(x, [-1]) for x in found]


def _counted(numbers: Sequence[Any]) -> list[Any]:
    """Those with a fraction, if any, as float64."""
    return [tf.cast(x, tf.float64) for x in [x for x in numbers if x.dtype.is_floating] or numbers]


def _table(x: Any) -> Any:
    """[elements, features]; a vector holds one feature."""
    return x[:, None] if x.shape.rank == 1 else tf.reshape(x, [-1, tf.shape(x)[-1]])


def _like(x: Any, value: float | str) -> Any:
    return tf.fill(tf.shape(x), tf.constant(float(value), tf.float64))


def _where(condition: Any, value: Any) -> Any:
    return tf.where(condition, value, tf.constant(float("nan"), tf.float64))


def _mean(parts: Sequence[Any]) -> Any:
    """The mean over all elements of all parts."""
    total = tf.add_n([tf.reduce_sum(tf.cast(x, tf.float64)) for x in parts])
    return total / tf.add_n([tf.cast(tf.size(x), tf.float64) for x in parts])


def _moments(what: str, leaves: Sequence[Any]) -> dict[str, Any]:
    """Mean, standard deviation (of the population), minimum and maximum; NaN of nothing."""
    flat = tf.concat([tf.reshape(x, [-1]) for x in leaves], 0)
    finite = tf.math.is_finite(flat)
    count = tf.reduce_sum(tf.cast(finite, tf.float64))
    mean = tf.reduce_sum(tf.where(finite, flat, tf.zeros_like(flat))) / count
    square = tf.reduce_sum(tf.where(finite, (flat - mean) ** 2, tf.zeros_like(flat))) / count
    least = tf.reduce_min(tf.where(finite, flat, _like(flat, "inf")))
    most = tf.reduce_max(tf.where(finite, flat, _like(flat, "-inf")))
    values = {"mean": mean, "std": tf.sqrt(square), "min": least, "max": most}
    return {f"{what}_{name}": _where(count > 0, value) for name, value in values.items()}


def _variances(x: Any) -> Any:
    """Over the first axis; exactly 0 where nothing varies, which the mean of rounded numbers would not give."""
    finite = tf.math.is_finite(x)
    count = tf.reduce_sum(tf.cast(finite, tf.float64), 0)
    zeros = tf.zeros_like(x)
    mean = tf.math.divide_no_nan(tf.reduce_sum(tf.where(finite, x, zeros), 0), count)
    variance = tf.math.divide_no_nan(tf.reduce_sum(tf.where(finite, (x - mean) ** 2, zeros), 0), count)
    least, most = (
        f(tf.where(finite, x, _like(x, s + "inf")), 0) for f, s in ((tf.reduce_min, ""), (tf.reduce_max, "-"))
    )
    return tf.where(most > least, variance, tf.zeros_like(variance))


def _readings(x: Any) -> list[tuple[Any, Any]]:
    """How labels can be read as classes, the first that fits counts: whether it does, and the classes [n], float64."""
    flat = tf.cast(tf.reshape(x, [-1]), tf.float64)
    binary = tf.reduce_all((flat == 0) | (flat == 1))
    if x.shape.rank == 1 or x.shape[-1] == 1:
        return [(binary if x.dtype.is_floating else tf.constant(True), flat)]
    rows = tf.reduce_all(tf.reduce_sum(tf.cast(x, tf.float64), -1) == 1)
    table = [(binary & rows, tf.cast(tf.reshape(tf.argmax(tf.cast(x, tf.float64), -1), [-1]), tf.float64))]
    if x.dtype.is_floating:
        return table
    return [*table, (~binary if x.shape.rank == 2 else tf.constant(True), flat)]


def _prior(classes: Any) -> tuple[Any, Any]:
    """The number of distinct values in a vector, and the entropy of their shares in nats.

    By sorting, since XLA has no ``unique``: a run of equal values begins where one differs from the one before.
    """
    n = tf.size(classes)
    ordered = tf.sort(classes)
    begins = tf.concat([tf.fill([tf.minimum(n, 1)], True), ordered[1:] != ordered[:-1]], 0)
    starts = tf.sort(tf.where(begins, tf.range(n), n))
    lengths = tf.cast(tf.concat([starts[1:], [n]], 0) - starts, tf.float64)
    total = tf.cast(n, tf.float64)
    distinct = tf.reduce_sum(tf.cast(begins, tf.float64))
    return _where(n > 0, distinct), tf.math.log(total) - tf.reduce_sum(tf.math.xlogy(lengths, lengths)) / total
