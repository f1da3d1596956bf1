"""The stability limit is where the optimizer's own recurrence stops shrinking."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.identification import Fit
from tb_convergence.diagnose.estimators.stability import (
    limit,
    share_of_limit,
    stability_limit,
    stability_number,
    windowed_fit,
)
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import adam, parabola, sgd


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
def test_runs_below_the_limit_shrink_and_above_it_grow(momentum: float, *, nesterov: bool) -> None:
    """The slow twin: the optimizer itself, on either side of the limit."""
    bound = float(limit(np.array([momentum]), nesterov=np.array([nesterov]))[0])
    for share, grows in ((0.97, False), (1.03, True)):
        rate = share * bound / 2.0  # the curvature of w² is 2
        loss = parabola(sgd(rate, momentum, nesterov=nesterov), 400).step("loss")
        assert (loss[-1] > loss[0]) == grows


def test_the_stability_number_of_a_parabola_is_exact() -> None:
    """ηh with curvature 2."""
    np.testing.assert_allclose(stability_number(parabola(sgd(1.5), 6))[1:], 3.0, rtol=1e-5)
    np.testing.assert_allclose(stability_limit(parabola(sgd(1.5), 6))[1:], 2.0, rtol=1e-5)


def test_adam_has_no_stability_number() -> None:
    """Its updates are not linear in the gradient: no number rather than a wrong one."""
    assert np.isnan(stability_number(train(Mlp((64, 16, 10)), adam(1e-3), 40))).all()


def test_the_share_of_the_limit_is_that_of_the_lower_of_two_rates() -> None:
    """Row by row: h was measured along a step at the rate before; where one is not known, the other counts."""
    eta = np.array([0.1, 0.2, 0.4, 0.3, np.nan, 0.5, 0.5])
    coefficients = np.column_stack([-eta, np.zeros(7), np.zeros(7), np.zeros(7)])
    found, curvature = Fit(np.zeros(7, np.int64), coefficients, np.zeros(7)), np.arange(1.0, 8.0)
    by_hand = [
        np.nan if np.isnan(eta[t]) else np.nanmin([eta[t], eta[max(0, t - 1)]]) * curvature[t] / 2.0 for t in range(7)
    ]
    np.testing.assert_allclose(share_of_limit(found, curvature), by_hand)
    assert np.isnan(share_of_limit(found, np.full(7, np.nan))).all()
    unknown = windowed_fit(train(Mlp((64, 16, 10)), adam(1e-3), 40))
    assert np.isnan(share_of_limit(unknown, np.ones(40))).all()
    empty = Fit(found.model[:0], coefficients[:0], found.residual[:0])
    assert len(share_of_limit(empty, curvature[:0])) == 0
