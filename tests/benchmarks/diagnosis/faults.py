"""What can be wrong in a training besides its numbers: in the data, the gradients, or the update."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tests.benchmarks.diagnosis.tasks import Task
from tests.benchmarks.diagnosis.training import Training

# ---- data, before training --------------------------------------------------------------------------------------


def inputs(training: Training, x: Any) -> Any:
    """The inputs as the network gets them."""
    found = _INPUTS.get(training.fault)
    return x if found is None else found(np.array(x), training.factor).astype(x.dtype)


def _shifted(x: Any, factor: float) -> Any:
    return x + factor


def _one_large(x: Any, factor: float) -> Any:
    x[..., :1] *= factor
    return x


def _uneven(x: Any, factor: float) -> Any:
    return x * np.logspace(0.0, np.log10(factor), x.shape[-1])


_INPUTS: dict[str, Callable[[Any, float], Any]] = {
    "inputs-scaled": lambda x, factor: x * factor,
    "inputs-shifted": _shifted,
    "inputs-one-large": _one_large,
    "inputs-uneven": _uneven,
}


def labels(training: Training, task: Task) -> Any:
    """The labels to train on."""
    y = task.y
    rng = np.random.default_rng(training.seed + 11)
    if training.fault == "labels-shuffled":
        return y[rng.permutation(len(y))]
    if training.fault == "labels-random":
        return rng.integers(0, task.outputs, y.shape).astype(y.dtype)
    if training.fault == "labels-scaled":
        return (y * training.factor).astype(y.dtype)
    return y


def batches(training: Training, y: Any) -> Any:
    """Row numbers of each step's examples, int32 [steps, batch]; a new shuffle each epoch, unless that is the fault."""
    n = len(y)
    size = min(training.batch or n, n)
    rng = np.random.default_rng(training.seed + 3)
    if training.fault == "sorted":
        order = np.argsort(y.reshape(n, -1)[:, 0], kind="stable")
        epoch = order[: n // size * size].reshape(-1, size)
        return np.resize(epoch, (training.steps, size)).astype(np.int32)
    rows: list[Any] = []
    while len(rows) < training.steps + training.pretrain:
        order = rng.permutation(n)
        rows += list(order[: n // size * size].reshape(-1, size))
    return np.array(rows[: training.steps + training.pretrain], np.int32)


# ---- data, within a step ----------------------------------------------------------------------------------------


def batch(training: Training, x: Any, y: Any, t: Any) -> tuple[Any, Any]:
    """What step ``t`` gets."""
    begun = t >= training.since
    if training.fault == "batch-nan":
        return tf.where(t == training.since, x * np.nan, x), y
    if training.fault == "batch-outlier":
        return tf.where(t % 40 == training.since % 40, tf.where(begun, x * training.factor, x), x), y
    if training.fault == "drift":
        return x, tf.where(begun, y * training.factor ** tf.cast(t - training.since, y.dtype), y)
    if training.fault == "labels-roll":
        return x, tf.where(begun, tf.roll(y, 1, axis=0), y)
    return x, y


# ---- loss -------------------------------------------------------------------------------------------------------


def penalized(training: Training, loss: Any, variables: Sequence[Any]) -> Any:
    """The loss, with ``factor`` · ‖w‖² of each kernel where that is the fault: Keras' ``L2(factor)``."""
    if training.fault != "penalty":
        return loss
    kernels = [tf.convert_to_tensor(v) for v in variables if len(v.shape) >= 2]
    return loss + training.factor * tf.add_n([tf.reduce_sum(w * w) for w in kernels])


# ---- gradients --------------------------------------------------------------------------------------------------


def gradients(training: Training, found: Sequence[Any], variables: Sequence[Any], t: Any) -> list[Any]:
    """The gradients as the user's code makes them."""
    tamper = _GRADIENTS.get(training.fault)
    if tamper is None:
        return list(found)
    begun = t >= training.since
    wrong = tamper(list(found), variables, training.factor)
    return [f if w is f else tf.where(begun, w, f) for f, w in zip(found, wrong, strict=True)]


def hidden_kernel(variables: Sequence[Any]) -> int:
    """The middle one of the kernels."""
    kernels = [i for i, v in enumerate(variables) if len(v.shape) >= 2]
    return kernels[len(kernels) // 2]


def _scale(found: list[Any], _: Sequence[Any], factor: float) -> list[Any]:
    return [factor * tf.convert_to_tensor(g) for g in found]


def _scale_one(found: list[Any], variables: Sequence[Any], factor: float) -> list[Any]:
    i = hidden_kernel(variables) if any(len(v.shape) >= 2 for v in variables) else 0
    return [factor * g if j == i else g for j, g in enumerate(found)]


def _scale_kernels(found: list[Any], variables: Sequence[Any], factor: float) -> list[Any]:
    return [factor * g if len(v.shape) >= 2 else g for g, v in zip(found, variables, strict=True)]


def _transpose(found: list[Any], variables: Sequence[Any], _: float) -> list[Any]:
    square = [len(v.shape) == 2 and v.shape[0] == v.shape[1] for v in variables]
    return [tf.transpose(g) if s else g for g, s in zip(found, square, strict=True)]


def _fresh_noise(found: list[Any], _: Sequence[Any], factor: float) -> list[Any]:
    return [g + factor * tf.random.normal(g.shape) for g in map(tf.convert_to_tensor, found)]


def _root(found: list[Any], _: Sequence[Any], __: float) -> list[Any]:
    return [tf.sqrt(g) for g in found]


_GRADIENTS: dict[str, Callable[[list[Any], Sequence[Any], float], list[Any]]] = {
    "gradient-scaled": _scale,
    "gradient-one-scaled": _scale_one,
    "gradient-kernels-scaled": _scale_kernels,
    "gradient-transposed": _transpose,
    "gradient-noise": _fresh_noise,
    "gradient-root": _root,
}
HAND_MADE = {"gradient-scaled", "gradient-one-scaled", "gradient-kernels-scaled", "gradient-transposed"}
"""Faults of gradients that are made by hand, and handed over with the variables and the loss."""


# ---- update -----------------------------------------------------------------------------------------------------


def applied(training: Training, found: Sequence[Any], variables: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Which gradient is applied to which variable."""
    pairs = APPLIED.get(training.fault)
    chosen = list(found), list(variables)
    return chosen if pairs is None else pairs(*chosen)


def _same_shape(found: list[Any], variables: list[Any]) -> tuple[list[Any], list[Any]]:
    """Each gradient goes to the next variable of its shape, as after zipping with another order."""
    given = list(found)
    for shape in {tuple(v.shape) for v in variables}:
        places = [i for i, v in enumerate(variables) if tuple(v.shape) == shape]
        for place, other in zip(places, places[1:] + places[:1], strict=True):
            given[place] = found[other]
    return given, variables


def _swapped_pair(found: list[Any], variables: list[Any]) -> tuple[list[Any], list[Any]]:
    """The first two variables of one shape of rank 2 have each other's gradient."""
    given = list(found)
    shapes = [tuple(v.shape) for v in variables]
    first = next(i for i, s in enumerate(shapes) if len(s) >= 2 and shapes.count(s) > 1)
    second = shapes.index(shapes[first], first + 1)
    given[first], given[second] = found[second], found[first]
    return given, variables


def _only_last(found: list[Any], variables: list[Any]) -> tuple[list[Any], list[Any]]:
    return found[-2:], variables[-2:]


def _only_first(found: list[Any], variables: list[Any]) -> tuple[list[Any], list[Any]]:
    return found[:2], variables[:2]


def _biases(found: list[Any], variables: list[Any]) -> tuple[list[Any], list[Any]]:
    places = [i for i, v in enumerate(variables) if len(v.shape) < 2]
    return [found[i] for i in places], [variables[i] for i in places]


APPLIED: dict[str, Callable[[list[Any], list[Any]], tuple[list[Any], list[Any]]]] = {
    "misassigned": _same_shape,
    "misassigned-pair": _swapped_pair,
    "unapplied": lambda *_: ([], []),
    "unapplied-but-last": _only_last,
    "unapplied-but-first": _only_first,
    "unapplied-kernels": _biases,
    "ascent": lambda found, variables: ([None if g is None else -g for g in found], variables),
}
