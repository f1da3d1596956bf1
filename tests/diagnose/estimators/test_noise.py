"""The loss curve is described as it is, not as its noise looks."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.noise import deviation, line, median, trend


def test_levels_and_noise_of_a_noisy_fall() -> None:
    """Start, end, noise and slope are those that the curve was made of."""
    rng = np.random.default_rng(0)
    found = trend(np.exp(1.0 - 0.01 * np.arange(400) + 0.2 * rng.normal(size=400)))
    assert found is not None
    assert found.log
    assert found.noise == pytest.approx(0.2, rel=0.2)
    assert found.drop == pytest.approx(0.01 * 360, abs=0.15)
    assert found.slope == pytest.approx(-0.01, abs=4 * found.slope_error)


def test_a_smooth_curve_has_no_noise() -> None:
    """A steady decay is a trend, however steep."""
    found = trend(4.0 * 0.5 ** np.arange(30.0))
    assert found is not None
    assert found.noise < 1e-12


def test_a_run_that_explodes_at_once_began_where_it_began() -> None:
    """A tenth of the run is no start when the first steps already left it."""
    found = trend(4.0 * 4.0 ** np.arange(60.0))
    assert found is not None
    assert np.exp(found.start) == pytest.approx(4.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 5, 9])
def test_values_that_are_not_finite_are_left_out(bad: float, row: int) -> None:
    """Wherever they stand."""
    loss = np.linspace(2.0, 1.0, 10)
    loss[row] = bad
    found = trend(loss)
    assert found is not None
    assert len(found.values) == 9
    assert row not in found.rows


def test_no_finite_loss_has_no_trend() -> None:
    """Nothing is made up."""
    assert trend(np.full(5, np.nan)) is None
    assert trend(np.array([])) is None


def test_a_zero_among_losses_keeps_the_logarithm() -> None:
    """A run that lands exactly on its minimum has fallen far, and is not of another kind."""
    found = trend(np.array([4.0, 0.0, 0.0, 0.0, 0.0]))
    assert found is not None
    assert found.log
    assert found.drop > 10.0


def test_a_negative_loss_has_none() -> None:
    """Ratios of it mean nothing."""
    found = trend(np.array([1.0, -1.0, 2.0, -3.0]))
    assert found is not None
    assert not found.log


def test_the_line_is_that_of_polyfit() -> None:
    """The slow twin."""
    y = np.random.default_rng(1).normal(size=50).cumsum()
    assert line(y)[0] == pytest.approx(np.polyfit(np.arange(50), y, 1)[0])


def test_the_slope_error_covers_the_truth() -> None:
    """Of white noise around a line, three standard errors hold the slope in all but a few of a hundred tries."""
    rng = np.random.default_rng(2)
    misses = 0
    for _ in range(100):
        slope, error = line(0.3 * np.arange(60) + rng.normal(size=60))
        misses += abs(slope - 0.3) > 3.0 * error
    assert misses <= 3


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points_have_no_slope(n: int) -> None:
    """Two points always lie on a line."""
    assert line(np.arange(n, dtype=float)) == (0.0, np.inf)


def test_the_deviation_ignores_outliers() -> None:
    """One spike in a hundred does not change the noise."""
    x = np.random.default_rng(3).normal(size=1000)
    x[::100] = 1e6
    assert deviation(x) == pytest.approx(1.0, rel=0.1)
    assert deviation(np.array([1.0])) == 0.0


def test_the_median_of_nothing_is_nan() -> None:
    """And no warning."""
    assert np.isnan(median(np.array([])))
    assert np.isnan(median(np.array([np.nan, np.inf])))
    assert median(np.array([1.0, np.nan, 3.0])) == 2.0
