"""A rate is believed of a step only where it makes it as long as it was."""

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.accounting import accounts, accounts_for_slope
from tb_convergence.diagnose.estimators.gram import of_model
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Update, adam, sgd

NET = Mlp((64, 16, 10))


@pytest.mark.parametrize(
    ("update", "momentum"),
    [(sgd(0.1), 0.0), (sgd(0.02, 0.9), 0.9), (sgd(0.02, 0.9, nesterov=True), 0.9)],
    ids=["descent", "momentum", "nesterov"],
)
def test_the_optimizers_own_rate_accounts_for_every_step(update: Update, momentum: float) -> None:
    """And one ten times as high for none."""
    model = of_model(train(NET, update, 60))
    rate = 0.02 if momentum else 0.1
    assert accounts(model, slice(0, 60), rate, momentum)
    assert not any(accounts(model, slice(t, t + 1), 10.0 * rate, momentum) for t in range(60))


@pytest.mark.parametrize("rate", [np.nan, 0.0, -0.1])
def test_no_rate_accounts_for_nothing(rate: float) -> None:
    """Not known, zero, uphill."""
    assert not accounts(of_model(train(NET, sgd(0.1), 5)), slice(0, 5), rate, 0.0)


def test_the_rate_of_a_step_is_not_that_of_a_tail_that_coasts() -> None:
    """Adam at a rate of 5 kills all but the last bias, whose even steps fit some momentum and a tiny rate."""
    series = train(Mlp((64, 32, 10)), adam(5.0), 150)
    shown = Context(series).rate_of(0)
    assert np.isnan(shown) or shown == pytest.approx(5.0, rel=2.0)


def test_the_rate_of_a_step_is_the_identified_one() -> None:
    """Of descent in each row, the first included, though a window must see it first."""
    context = Context(train(NET, sgd(0.1), 30))
    assert [context.rate_of(t) for t in (0, 5, 29)] == pytest.approx([0.1] * 3, rel=1e-3)


@pytest.mark.parametrize(("update", "rate", "momentum"), [(sgd(0.01), 0.01, 0.0), (sgd(0.01, 0.9), 0.01, 0.9)])
def test_a_rate_accounts_for_a_steady_slope(update: Update, rate: float, momentum: float) -> None:
    """From η to η/(1 − μ), up to a factor; one far off does not, nor does any of steps that stay where they are."""
    model = of_model(train(NET, update, 60))
    assert accounts_for_slope(model, rate, momentum, within=3.0)
    assert not accounts_for_slope(model, 100.0 * rate, momentum, within=3.0)
    assert not accounts_for_slope(model, rate / 100.0, momentum, within=3.0)
    assert not accounts_for_slope(model, np.nan, momentum, within=3.0)
    assert not accounts_for_slope(of_model(train(NET, sgd(0.0), 1)), rate, momentum, within=3.0)
