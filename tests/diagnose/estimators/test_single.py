"""A batch of one is known by its loss and the gradient of the last bias."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.layers import layers
from tb_convergence.diagnose.estimators.single import holds_an_equation, labels_never_spread
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Array, Recording, sgd

FEWEST = 30


def told(series: Series, classes: int, *, bias: bool = True) -> bool:
    """Whether it is one, of the series' own layers."""
    found = layers(series.variables) if bias else ()
    return labels_never_spread(series, fewest=FEWEST // 2) or holds_an_equation(
        series,
        found,
        classes,
        fewest=FEWEST,
        tolerance=1e-3,
        least=1e-3,
        nearly_all=0.98,
        most_counted=30,
        counted=1e-4,
        varies=0.1,
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("batch", "one"), [(1, True), (2, False), (3, False), (32, False)])
def test_of_ten_classes_only_single_examples_hold_the_bounds(seed: int, batch: int, *, one: bool) -> None:
    """A net that learns digits."""
    assert told(train(Mlp((64, 32, 10)), sgd(0.02), 60, seed=seed, batch=batch), 10) is one


def _single(errors: Array, *, sigmoid: bool) -> Series:
    """A last layer with one output; ``errors`` [steps, batch]: ŷ − y, or p − y of a sigmoid."""
    recording = Recording(["dense/kernel", "dense/bias"])
    w = [np.ones((3, 1)), np.zeros(1)]
    for error in errors:
        loss = -np.log(1.0 - np.abs(error)) if sigmoid else error**2
        g = [np.ones((3, 1)), np.array([error.mean() * (1.0 if sigmoid else 2.0)])]
        recording.step(w, g, w, loss=float(loss.mean()))
    return recording.series()


@pytest.mark.parametrize("sigmoid", [False, True])
@pytest.mark.parametrize(("batch", "one"), [(1, True), (2, False), (8, False)])
def test_of_one_output_they_hold_an_equation(batch: int, *, sigmoid: bool, one: bool) -> None:
    """(ŷ − y)² has the slope 2(ŷ − y), and −ln p_y the slope p − y."""
    errors = np.random.default_rng(0).uniform(-0.9, 0.9, (80, batch))
    assert told(_single(errors, sigmoid=sigmoid), 1) is one


def test_one_batch_seen_again_and_again_is_no_proof() -> None:
    """Its loss hardly changes, and neither does anything else."""
    assert not told(_single(np.linspace(0.5, 0.499, 80)[:, None], sigmoid=False), 1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_prove_nothing(value: float) -> None:
    """A few of them leave the others, more than half leave nothing."""
    series = _single(np.random.default_rng(0).uniform(-0.9, 0.9, (80, 1)), sigmoid=False)
    series.step("loss")[:5] = value
    assert told(series, 1)
    series.step("loss")[:50] = value
    assert not told(series, 1)


@pytest.mark.parametrize("rows", [1, FEWEST - 1])
def test_few_rows_and_no_last_bias_prove_nothing(rows: int) -> None:
    """By chance two examples hold the bounds as well."""
    errors = np.random.default_rng(0).uniform(-0.9, 0.9, (80, 1))
    assert not told(_single(errors[:rows], sigmoid=False), 1)
    assert not told(_single(errors, sigmoid=False), 1, bias=False)


def _labelled(low: Array, high: Array) -> Series:
    series = _single(np.random.default_rng(0).uniform(-0.9, 0.9, (len(low), 4)), sigmoid=False)
    return replace(series, step_values={**series.step_values, "label_min": low, "label_max": high})


def test_labels_that_never_spread_show_it_too() -> None:
    """Unless they come in the order of their classes, are one class, or spread now and then."""
    labels = np.random.default_rng(1).integers(0, 10, 60).astype(np.float64)
    assert told(_labelled(labels, labels), 1)
    assert not told(_labelled(np.sort(labels), np.sort(labels)), 1)
    assert not told(_labelled(np.ones(60), np.ones(60)), 1)
    assert not told(_labelled(labels, labels + (np.arange(60) == 30)), 1)


def _counted(means: Array, counts: Array) -> Series:
    """A last layer whose exponential is the mean of counts, both [steps, batch]: L = m − y ln m, ∂L/∂b = m − y."""
    recording, w = Recording(["dense/kernel", "dense/bias"]), [np.ones((3, 1)), np.zeros(1)]
    for m, y in zip(means, counts, strict=True):
        g = [np.ones((3, 1)), np.array([(m - y).mean()])]
        recording.step(w, g, w, loss=float(np.float32((m - y * np.log(m)).mean())))
    return recording.series()


@pytest.mark.parametrize(("batch", "one"), [(1, True), (2, False), (16, False)])
def test_of_counts_a_single_one_is_a_whole_number(batch: int, *, one: bool) -> None:
    """Its loss is below zero as often as not."""
    rng = np.random.default_rng(0)
    means = rng.uniform(0.2, 9.0, (80, batch))
    assert told(_counted(means, rng.poisson(means).astype(float)), 1) is one


def test_one_count_over_and_over_is_no_proof() -> None:
    """As of a loss that is its own gradient on a batch of any size."""
    means = np.random.default_rng(0).uniform(0.2, 9.0, (80, 1))
    assert not told(_counted(means, np.zeros((80, 1))), 1)
