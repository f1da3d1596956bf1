"""The passive gradient check: 1 for a right gradient, 1/factor for a wrong one, nothing where nothing can be said."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.trapezoid import consecutive, loss_change, loss_change_ratio
from tests.diagnose.networks import Mlp, train
from tests.diagnose.runs import regression
from tests.diagnose.simulate import adam, parabola, sgd


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
