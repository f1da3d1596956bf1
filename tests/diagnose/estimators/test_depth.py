"""The slope over depth is robust, and its interval is honest."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.depth import theil_sen


def test_a_line_has_its_slope() -> None:
    """Exactly, with an interval of no width."""
    found = theil_sen(0.6 * np.arange(12.0) - 9.0)
    assert (found.slope, found.low, found.high) == pytest.approx((0.6, 0.6, 0.6))


def test_one_layer_far_off_does_not_matter() -> None:
    """An embedding decades below the rest is no trend."""
    y = np.zeros(12)
    y[0] = -6.0
    assert theil_sen(y).slope == 0.0


def test_the_slope_is_the_median_of_all_pairs() -> None:
    """The slow twin."""
    y = np.random.default_rng(0).normal(size=9)
    pairs = [(y[j] - y[i]) / (j - i) for i in range(9) for j in range(i + 1, 9)]
    assert theil_sen(y).slope == pytest.approx(np.median(pairs))


def test_the_interval_holds_the_truth_in_most_cases() -> None:
    """Of noise without a slope, the 95 % interval misses zero in a few of a hundred tries."""
    rng = np.random.default_rng(1)
    found = [theil_sen(rng.normal(size=12)) for _ in range(200)]
    assert sum(f.low > 0 or f.high < 0 for f in found) <= 20


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 4, 7])
def test_layers_without_a_number_are_left_out(bad: float, place: int) -> None:
    """A layer whose gradient is zero has no logarithm."""
    y = 0.5 * np.arange(8.0)
    y[place] = bad
    assert theil_sen(y).slope == pytest.approx(0.5)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_two_layers_have_no_slope(n: int) -> None:
    """NaN, not a number made of nothing."""
    assert np.isnan(theil_sen(np.arange(n, dtype=float)).slope)
