"""The stability limit is where the optimizer's own recurrence stops shrinking."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.stability import limit, stability_limit, stability_number
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
