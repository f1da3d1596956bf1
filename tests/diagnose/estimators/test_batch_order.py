"""The order in which batches come."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.batch_order import more_than, neighbours_alike, swing
from tb_convergence.diagnose.estimators.noise import trend


def test_neighbours_are_alike_in_sorted_data() -> None:
    """Not in shuffled ones, nor where all are one, single, or not known."""
    rng = np.random.default_rng(0)
    labels = np.sort(rng.integers(0, 10, 200)).astype(float)
    assert neighbours_alike(labels, correlation=0.5)
    assert not neighbours_alike(rng.permutation(labels), correlation=0.5)
    for values in (np.ones(20), np.ones(1), np.empty(0), np.full(20, np.nan)):
        assert not neighbours_alike(values, correlation=0.5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 10, 19])
def test_neighbours_of_what_is_not_finite_are_not_alike(place: int, value: float) -> None:
    """Wherever it is."""
    labels = np.arange(20.0)
    labels[place] = value
    with np.errstate(all="ignore"):
        assert not neighbours_alike(labels, correlation=0.5)


@pytest.mark.parametrize("count", [1, 3, 8, 9, 32])
def test_the_mean_of_many_labels_is_no_fraction_of_few(count: int) -> None:
    """As single batches of 9 and of 32 show, and any of up to 8 do not."""
    means = np.random.default_rng(1).integers(0, 10, (50, count)).mean(axis=1)
    by_hand = any(all(abs(m * k - round(m * k)) > 1e-3 for k in range(1, 9)) for m in means)
    assert more_than(means, 8, whole=1e-3) is by_hand is (count > 8)
    assert not more_than(means[:0], 8, whole=1e-3)
    assert not more_than(np.ones(5), 8, whole=1e-3)
    assert not more_than(np.array([np.nan]), 8, whole=1e-3)


def test_the_swing_is_that_of_a_period() -> None:
    """Four times between lowest and highest; 1 of a constant loss, and of one that may be negative."""
    wave = np.where(np.arange(80) % 8 < 4, 1.0, 4.0)
    for loss, expected in ((wave, 4.0), (np.ones(80), 1.0), (wave - 2.0, 1.0)):
        found = trend(loss)
        assert found is not None
        assert swing(found, 8) == pytest.approx(expected)


@pytest.mark.parametrize(("odd", "expected"), [((19,), 1.5), ((0,), 1.5), ((0, 19), 9.0), ((3, 4), 9.0)])
def test_one_batch_that_stands_out_is_the_last_of_an_epoch(odd: tuple[int, ...], expected: float) -> None:
    """It may hold few examples; two are an order, and so is one that takes the next along."""
    cycle = np.where(np.arange(20) % 2, 1.0, 1.5)
    cycle[list(odd)] = 9.0
    found = trend(np.tile(cycle, 6))
    assert found is not None
    assert swing(found, 20) == pytest.approx(expected, rel=0.05)
