"""The learning rate as the steps show it."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.gram import of_model
from tb_convergence.diagnose.estimators.rate_course import filled, known, over_first, taken_away
from tb_convergence.series import Values
from tests.diagnose.simulate import adam, parabola, sgd

NONE = np.full(20, np.nan)


def test_gaps_are_filled_by_the_steps_of_gradient_descent() -> None:
    """Those of another optimizer stay unknown; identified rates stay as they are."""
    descent, other = of_model(parabola(sgd(0.1), 20)), of_model(parabola(adam(0.1), 20))
    rates = np.where(np.arange(20) % 3 == 0, np.nan, 0.2)
    np.testing.assert_allclose(filled(rates, descent, straight=-0.99), np.where(np.isnan(rates), 0.1, 0.2), rtol=1e-4)
    np.testing.assert_array_equal(filled(rates, other, straight=-1.01), rates)
    np.testing.assert_allclose(filled(NONE, descent, straight=-0.99), 0.1, rtol=1e-4)
    assert np.isnan(filled(NONE, descent, straight=-1.01)).all()
    assert len(filled(NONE[:1], of_model(parabola(sgd(0.1), 1)), straight=-0.99)) == 1


@pytest.mark.parametrize("falls", [1.0, 0.8])
def test_a_rate_is_told_over_the_first(falls: float) -> None:
    """Of steps as long as the rate says, and of such that are as much longer as the gradient is; NaN where both are."""
    rate, gradient = falls ** np.arange(20.0), np.linspace(2.0, 1.0, 20)
    middle = float(np.median(rate[:5]))
    for update in (rate, rate * gradient):
        found = over_first(update, gradient, first=5)
        by_hand = [
            max(update[t] / np.median(update[:5]), update[t] / gradient[t] / np.median((update / gradient)[:5]))
            for t in range(20)
        ]
        np.testing.assert_allclose(found, by_hand)
        assert (found >= 0.99 * rate / middle).all()
    assert np.isnan(over_first(NONE, gradient, first=5)).all()
    assert len(over_first(NONE[:0], gradient[:0], first=5)) == 0


def test_steps_that_accumulation_leaves_out_do_not_count() -> None:
    """Every other row is zero, the first ones included; the rate falls tenfold."""
    rate = np.geomspace(1.0, 0.1, 40)
    rate[::2] = 0.0
    found = over_first(rate, np.ones(40), first=5)
    assert found[-1] == pytest.approx(0.1 / rate[5])


def test_a_rate_is_taken_away_where_it_stays_below_a_share_of_the_first() -> None:
    """Rows that are not known are passed over, zeros before the first rate too; one that comes back was not taken."""
    rates = np.array([np.nan, 0.0, 1.0, 0.5, 0.05, np.nan, 0.04, 0.02, 0.01, 0.03])
    positive = [x for x in rates if x > 0.0]
    row = next(t for t, x in enumerate(rates) if t > 2 and x < 0.1)
    assert known(rates) == len(positive)
    assert taken_away(rates, share=0.1) == (row, 1.0, np.median(positive[-2:]))
    assert taken_away(np.array([1.0, 0.05, 1.0, 1.0]), share=0.1) == (-1, 1.0, 1.0)
    assert taken_away(np.array([1.0]), share=0.1) == (-1, 1.0, 1.0)
    assert taken_away(np.array([1.0, 1.0, 0.0, 0.0]), share=0.1) == (2, 1.0, 0.0)


@pytest.mark.parametrize("rates", [NONE, NONE[:0], np.zeros(3)], ids=["unknown", "empty", "zero"])
def test_of_rates_that_nobody_knows_none_was_taken_away(rates: Values) -> None:
    """And no first one is named."""
    assert known(rates) == 0
    row, first, late = taken_away(rates, share=0.1)
    assert row == -1
    assert np.isnan(first)
    assert np.isnan(late)
