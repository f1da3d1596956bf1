"""What a batch looks like agrees with slow numpy twins, in every kind of graph, on odd input too."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.batch import input_statistics, label_statistics, output_statistics
from tb_convergence.schema.statistics import INPUT_PROBES, LABEL_PROBES, OUTPUT_PROBES

WAYS = [lambda f: f, tf.function, tf.function(jit_compile=True)]
ways = pytest.mark.parametrize("way", WAYS, ids=["eager", "graph", "xla"])
Statistics = Callable[[Any], dict[str, Any]]


def measured(statistics: Statistics, batch: Any, way: Any = WAYS[0]) -> dict[str, float]:
    """In float64; a nest goes in as it is."""
    found = way(statistics)(tf.nest.map_structure(tf.convert_to_tensor, batch))
    assert all(value.dtype == tf.float64 and value.shape == () for value in found.values())
    return {name: float(value.numpy()) for name, value in found.items()}


def moments(what: str, x: Any) -> dict[str, float]:
    """The twin."""
    x = np.asarray(x, np.float64)
    values = {"mean": np.mean(x), "std": np.std(x), "min": np.min(x), "max": np.max(x)}
    return {f"{what}_{name}": float(value) for name, value in values.items()}


def close(found: dict[str, float], wanted: dict[str, float]) -> None:
    """Each wanted number, and NaN where it is."""
    for name, value in wanted.items():
        np.testing.assert_allclose(found.get(name, math.nan), value, rtol=1e-6, atol=1e-12, err_msg=name)


@ways
def test_inputs(way: Any) -> None:
    """Images whose channels differ in scale by a million; one channel is constant."""
    x = np.random.default_rng(0).normal(size=(8, 5, 5, 3)).astype(np.float32) * [1e-3, 1e3, 0.0] + [0, 5, 0.1]
    deviations = [x.astype(np.float32).astype(np.float64)[..., c].std() for c in range(3)]
    found = measured(input_statistics, x.astype(np.float32), way)
    close(found, moments("input", x.astype(np.float32)))
    close(found, {"input_smallest_feature_std": deviations[0], "input_largest_feature_std": deviations[1]})
    close(found, {"input_nonfinite_fraction": 0.0, "input_is_integer": 0.0})
    assert set(found) == set(INPUT_PROBES)


@ways
def test_inputs_that_are_not_finite_are_counted_and_left_out(way: Any) -> None:
    """The rest still has its scale."""
    x = np.array([[1.0, np.nan], [3.0, np.inf], [5.0, 2.0], [7.0, -np.inf]], np.float32)
    found = measured(input_statistics, x, way)
    close(found, moments("input", [1, 3, 5, 7, 2]))
    close(found, {"input_nonfinite_fraction": 3 / 8, "input_smallest_feature_std": 5**0.5})


@pytest.mark.parametrize("batch", [np.zeros((0, 3), np.float32), np.full((2, 3), np.nan, np.float32)])
def test_an_empty_batch_and_one_of_nan_have_no_scale(batch: Any) -> None:
    """NaN, never infinity."""
    for statistics, what in ((input_statistics, "input"), (label_statistics, "label"), (output_statistics, "output")):
        found = measured(statistics, batch)
        for name in ("mean", "std", "min", "max"):
            assert math.isnan(found[f"{what}_{name}"])


def test_constant_inputs_have_no_feature_that_varies() -> None:
    """0.1 is no binary number, and its mean not 0.1: the deviation is exactly none all the same."""
    found = measured(input_statistics, np.full((1000, 2), 0.1, np.float32))
    assert math.isnan(found["input_smallest_feature_std"])
    assert math.isnan(found["input_largest_feature_std"])
    close(found, {"input_std": 0.0})


def test_a_nest_of_inputs_is_measured_by_its_fractions() -> None:
    """Token ids beside them have no scale to speak of; alone they are said to be whole numbers."""
    x = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    nest = {"ids": np.array([[1, 2], [30000, 4]]), "x": x, "text": np.array(["a", "b"])}
    close(measured(input_statistics, nest), {**moments("input", x), "input_is_integer": 0.0})
    close(measured(input_statistics, nest["ids"]), {**moments("input", nest["ids"]), "input_is_integer": 1.0})
    assert measured(input_statistics, nest["text"]) == {}


def test_ragged_and_sparse_inputs_are_measured_by_their_values() -> None:
    """Lengths and indices are no inputs."""
    ragged, sparse = tf.ragged.constant([[1.0, 2.0], [6.0]]), tf.sparse.from_dense([[0.0, 3.0], [5.0, 0.0]])
    found = {name: float(value) for name, value in input_statistics([ragged, sparse]).items()}
    close(found, moments("input", [1, 2, 6, 3, 5]))


def prior(classes: Any) -> dict[str, float]:
    """The twin."""
    shares = np.unique(classes, return_counts=True)[1] / np.size(classes)
    return {"label_classes": float(len(shares)), "label_entropy": float(-(shares * np.log(shares)).sum())}


_INTS = np.random.default_rng(0).integers(0, 7, size=(40,))
_NO_CLASSES = {"label_classes": math.nan, "label_entropy": math.nan}


@ways
@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (_INTS, prior(_INTS)),
        (_INTS[:, None].astype(np.uint8), prior(_INTS)),
        (_INTS.reshape(4, 10), prior(_INTS)),
        (_INTS.reshape(2, 4, 5) % 2, prior(_INTS % 2)),
        (np.eye(7, dtype=np.float32)[_INTS], prior(_INTS)),
        (np.eye(7, dtype=np.int64)[_INTS], prior(_INTS)),
        ((_INTS % 2).astype(np.float32)[:, None], prior(_INTS % 2)),
        (_INTS % 2 == 0, prior(_INTS % 2)),
        (np.full(5, 3), {"label_classes": 1.0, "label_entropy": 0.0}),
        (np.array([2]), {"label_classes": 1.0, "label_entropy": 0.0}),
        (_INTS.astype(np.float32), _NO_CLASSES),
        (np.array([[1, 1, 0], [0, 1, 0]]), _NO_CLASSES),
        (np.array([[1, 1, 0], [0, 1, 0]], np.float32), _NO_CLASSES),
        (np.array([0.5, 0.5, 1.0], np.float32), _NO_CLASSES),
    ],
    ids=[
        *("vector", "column", "sequences", "masks", "one-hot", "whole one-hot", "binary", "truth", "one class", "one"),
        *("numbers", "several labels", "several as fractions", "smoothed"),
    ],
)
def test_labels(labels: Any, wanted: dict[str, float], way: Any) -> None:
    """Classes are recognised, and nothing else is taken for them."""
    found = measured(label_statistics, labels, way)
    close(found, {**moments("label", labels), **wanted})
    assert set(found) <= set(LABEL_PROBES)


def test_labels_of_several_outputs_are_not_mixed() -> None:
    """Neither a prior nor a range of them belongs to any output."""
    assert measured(label_statistics, [_INTS, _INTS % 2]) == {}
    assert measured(label_statistics, {"class": _INTS, "box": _INTS / 7.0}) == {}


@ways
def test_outputs_that_are_probabilities(way: Any) -> None:
    """They add up to one; the ends of [0, 1] are where they saturate."""
    y = tf.nn.softmax(np.random.default_rng(0).normal(size=(16, 5)) * 20).numpy().astype(np.float32)
    found = measured(output_statistics, y, way)
    y = y.astype(np.float64)
    ends = ((y <= 1e-3) | (y >= 1 - 1e-3)).mean()
    assert 0 < ends < 1
    spread = np.sqrt((y.std(axis=0) ** 2).mean())
    close(found, {**moments("output", y), "output_spread": spread, "output_saturated_fraction": ends})
    assert found["output_sum_error"] < 1e-6
    assert set(found) == set(OUTPUT_PROBES)


@ways
def test_outputs_of_tanh_and_outputs_without_bounds(way: Any) -> None:
    """[−1, 1] has other ends, and numbers beyond them do not saturate."""
    y = np.array([[-1.0, 0.0], [0.9995, 0.5], [-0.9, 1.0]], np.float32)
    found = measured(output_statistics, y, way)
    close(found, {"output_saturated_fraction": 3 / 6, "output_sum_error": np.abs(y.sum(1) - 1).mean()})
    assert math.isnan(measured(output_statistics, y * 2, way)["output_saturated_fraction"])


def test_the_same_output_for_all_has_no_spread() -> None:
    """Exactly none; a single unit has no sum to speak of."""
    found = measured(output_statistics, np.tile(np.array([[0.1]], np.float32), (100, 1)))
    close(found, {"output_spread": 0.0, "output_sum_error": math.nan})
