"""Ringing, from the roots of the recurrence, against the recurrence itself."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.oscillation import ringing
from tests.diagnose.simulate import parabola, sgd


def test_the_third_example_of_the_article() -> None:
    """Momentum 0.9, rate 0.1, on w²: period 13.7 steps, 5 % a step, critical momentum 0.306."""
    swing = ringing(0.2, 0.9)
    assert swing.period == pytest.approx(13.7, abs=0.1)
    assert swing.decay == pytest.approx(1.0 - np.sqrt(0.9))
    assert swing.critical_momentum == pytest.approx(0.306, abs=0.001)


@pytest.mark.parametrize(("rate", "momentum"), [(0.1, 0.9), (0.02, 0.95), (0.05, 0.9)])
@pytest.mark.parametrize("nesterov", [False, True])
def test_period_and_decay_are_those_of_a_run(rate: float, momentum: float, *, nesterov: bool) -> None:
    """The slow twin: count the sign changes, and compare envelopes."""
    swing = ringing(2.0 * rate, momentum, nesterov=nesterov)
    series = parabola(sgd(rate, momentum, nesterov=nesterov), 400)
    turns = np.flatnonzero(series.recorded("cosine_update_previous_update")[:, 0] < 0)
    assert 2.0 * np.mean(np.diff(turns)) == pytest.approx(swing.period, rel=0.02)
    size = np.log(series.norm("update")[:, 0])
    half = round(swing.period * 5)  # whole periods apart
    measured = (np.median(size[10 + half : 10 + 2 * half]) - np.median(size[10 : 10 + half])) / half
    assert np.exp(measured) == pytest.approx(swing.magnitude, rel=0.01)


def test_at_the_critical_momentum_it_stops_ringing() -> None:
    """Just above it the roots are complex, just below they are not."""
    critical = ringing(0.2, 0.9).critical_momentum
    assert np.isinf(ringing(0.2, critical - 0.01).period)
    assert np.isfinite(ringing(0.2, critical + 0.01).period)


def test_gradient_descent_beyond_one_swings_every_other_step() -> None:
    """ηh = 3: each update is −2 times the one before."""
    swing = ringing(3.0, 0.0)
    assert swing.period == pytest.approx(2.0)
    assert swing.magnitude == pytest.approx(2.0)
    assert swing.decay == pytest.approx(-1.0)


def test_nothing_moves_without_curvature() -> None:
    """On a flat loss heavy ball goes on for ever, and does not ring."""
    assert ringing(0.0, 0.9).left_after_a_period == 0.0
