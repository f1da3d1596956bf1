"""The passive gradient check: 1 for a right gradient, 1/factor for a wrong one, nothing where nothing can be said."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.trapezoid import (
    consecutive,
    loss_change,
    loss_change_ratio,
    ratio_of_leaps,
    weighed,
)
from tests.diagnose.networks import Mlp, train
from tests.diagnose.runs import regression
from tests.diagnose.simulate import Recording, adam, parabola, sgd


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0, -0.1, 32.0])
@pytest.mark.parametrize("update", ["sgd", "momentum", "adam"])
def test_a_parabola_gives_the_inverse_of_the_factor(factor: float, update: str) -> None:
    """Exactly, whatever the optimizer."""
    optimizer = {"sgd": sgd(0.01), "momentum": sgd(0.005, 0.9), "adam": adam(0.01)}[update]
    ratio = loss_change_ratio(parabola(optimizer, 10, factor=factor))
    assert np.isnan(ratio[0])
    np.testing.assert_allclose(ratio[1:], 1.0 / factor, rtol=1e-4)


def test_a_network_on_its_whole_data_gives_one() -> None:
    """Up to the third derivative along the step."""
    ratio = loss_change_ratio(train(Mlp((8, 16, 2)), sgd(0.1), 40, batch=None, data=regression(0)))
    np.testing.assert_allclose(ratio[1:], 1.0, atol=0.02)


def test_only_steps_that_follow_one_another_are_compared() -> None:
    """A gap, a row for many steps and a restart tell nothing."""
    series = parabola(sgd(0.1), 8)
    series.steps[4:] += 1
    series.windows[6] = 2
    assert list(np.flatnonzero(consecutive(series))) == [1, 2, 3, 5]
    assert np.isnan(loss_change_ratio(series)[[0, 4, 6, 7]]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_has_no_change(bad: float) -> None:
    """Neither to it nor from it."""
    series = parabola(sgd(0.1), 5)
    series.step("loss")[2] = bad
    assert list(np.isnan(loss_change(series))) == [True, False, True, True, False]


def test_a_converged_run_has_no_ratio() -> None:
    """Nothing over nothing is not 1."""
    assert np.isnan(loss_change_ratio(parabola(sgd(0.5), 6))[3:]).all()


def test_shares_are_weighed_by_least_squares_of_even_rows() -> None:
    """Exact on a bowl, whatever the factor of each variable; noise is left over, and few rows, or none, say nothing."""
    rng, recording = np.random.default_rng(0), Recording(["a", "b"])
    w, h = [rng.normal(size=3), rng.normal(size=2)], [np.array([1.0, 0.5, 0.2]), np.array([0.8, 0.1])]
    for _ in range(40):
        g = [h[0] * w[0], -h[1] * w[1]]
        after = [v - 0.05 * rng.uniform(0.5, 2.0) * x for v, x in zip(w, g, strict=True)]
        recording.step(w, g, after, loss=sum(0.5 * float((k * v**2).sum()) for k, v in zip(h, w, strict=True)))
        w = after
    series, rows = recording.series(), np.arange(40) > 0
    found = weighed(series, rows)
    assert found is not None
    np.testing.assert_allclose(found.share, [1.0, -1.0], rtol=1e-3)
    assert found.unexplained < 1e-6
    noisy = replace(series, step_values={**series.step_values, "loss": rng.normal(size=40)})
    other = weighed(noisy, rows)
    assert other is None or other.unexplained > 0.5
    assert weighed(series, rows & (np.arange(40) < 6)) is None
    assert weighed(series, np.zeros(40, bool)) is None


def test_leaps_are_those_that_slope_downhill_at_both_ends() -> None:
    """As by hand; small changes, unknown ratios, steps that end uphill and single rows are left out."""
    series = parabola(sgd(0.1), 6)
    series.step("loss")[:] = [1.0, 2.0, 2.1, 1.0, 3.0, 9.0]
    ratio, overshoot = np.array([np.nan, -1.0, -2.0, 3.0, np.inf, -4.0]), np.array([np.nan, 0.9, 0.9, 0.9, 0.9, 0.1])
    found = ratio_of_leaps(series, ratio, overshoot, leap=0.2, downhill=0.5)
    np.testing.assert_array_equal(found, [-1.0, 3.0])
    one = parabola(sgd(0.1), 1)
    assert len(ratio_of_leaps(one, ratio[:1], overshoot[:1], leap=0.2, downhill=0.5)) == 0
