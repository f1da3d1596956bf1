"""Where a learning rate leaps, and which one the run had before."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.gram import Gram, of_model
from tb_convergence.diagnose.estimators.noise import Trend, trend
from tb_convergence.diagnose.estimators.rate_leap import leap_row, longer_since, rate_before
from tests.diagnose.simulate import Array, parabola

ROWS, AT, LOW, HIGH = 40, 25, 0.01, 0.1


def _rates(low: float = LOW, high: float = HIGH) -> Array:
    return np.where(np.arange(ROWS) < AT, low, high)


def _model(rates: Array) -> Gram:
    steps = iter(rates)
    return of_model(parabola(lambda _, gradients: [-next(steps) * g for g in gradients], ROWS))


def _leap(rates: Array, of: Array | None = None) -> int:
    return leap_row(rates, _model(_rates() if of is None else of), proven=10, leap=3.0)


def test_the_leap_is_found_at_its_row() -> None:
    """And none where the rate is one, or leaps by less, or before it was proven, or is not known at all."""
    assert _leap(_rates()) == AT
    assert _leap(_rates(high=LOW)) == _leap(_rates(high=2.0 * LOW)) == 0
    assert _leap(np.where(np.arange(ROWS) < 5, LOW, HIGH)) == 0
    assert _leap(np.full(ROWS, np.nan)) == _leap(np.empty(0)) == _leap(np.ones(1)) == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_a_window_of_both_rates_dates_the_leap_by_its_steps(value: float) -> None:
    """Where the rows around the leap are not identified, the steps' own sizes tell the row."""
    rates = _rates()
    rates[AT - 1 : AT + 6] = value
    assert _leap(rates) == AT


def test_the_rate_before_is_that_at_which_the_loss_fell() -> None:
    """None where it did not fall, was not proven, or the later one is no higher."""
    falling, rising = trend(np.geomspace(1.0, 0.1, ROWS)), trend(np.geomspace(0.1, 1.0, ROWS))
    assert _before(_rates(), falling) == pytest.approx(LOW)
    assert _before(_rates(), rising) is _before(_rates(), None) is _before(_rates(), falling, 5) is None
    assert _before(_rates(high=LOW), falling) is None
    assert _before(np.full(ROWS, np.nan), falling) is None


def _before(rates: Array, found: Trend | None, row: int = AT) -> float | None:
    return rate_before(rates, found, row, proven=10, few=5, leap=3.0)


def _slow(update: Array, gradient: Array, proven: int, leap: float) -> int:
    """The same, row by row."""
    for row in range(proven, len(update) - proven):
        most = max(update[row - proven : row])
        if most > 0.0 and update[row] > leap * most and np.median(update[row : row + proven]) > leap * most:
            return row if gradient[row] < 2.0 * max(gradient[row - proven : row]) else 0
    return 0


@pytest.mark.parametrize(("times", "steeper", "row"), [(50.0, 1.0, 30), (3.0, 1.0, 0), (50.0, 9.0, 0)])
def test_steps_that_leap_at_gradients_as_before_show_it(times: float, steeper: float, row: int) -> None:
    """Whatever the optimizer; not steps that answer to a steep gradient, nor those that scatter."""
    rng = np.random.default_rng(0)
    update, gradient = np.exp(0.2 * rng.normal(size=(2, 80)))
    update[30:] *= times
    gradient[30] *= steeper
    assert longer_since(update, gradient, proven=10, leap=5.0, steeper=2.0) == _slow(update, gradient, 10, 5.0) == row


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
@pytest.mark.parametrize("row", [0, 40, 79])
def test_unknown_steps_are_no_leap(value: float, row: int) -> None:
    """One of them at the start, in the middle, at the end; none, one step, and a constant."""
    update = np.ones(80)
    update[row] = value
    assert longer_since(update, np.ones(80), proven=10, leap=5.0, steeper=2.0) == 0
    for rows in (0, 1, 20):
        assert longer_since(np.ones(rows), np.ones(rows), proven=10, leap=5.0, steeper=2.0) == 0
