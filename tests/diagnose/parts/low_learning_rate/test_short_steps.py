"""The rate that made steps short is named where they show it."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.parts.low_learning_rate.short_steps import identified
from tb_convergence.diagnose.rules.low_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Found
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import regression
from tests.diagnose.simulate import Recording, adam, sgd


def test_a_rate_that_does_not_account_for_the_updates_is_not_advised() -> None:
    """Adam on a steady slope: each update is as the one before, which fits momentum near 1 with a rate near 0."""
    recording, w = Recording(["w"]), np.linspace(1.5, 3.0, 16).reshape(4, 4)
    for step in range(100):
        after = w - 1e-6 * (1.0 - 1e-6 * step * w)
        recording.step([w], [2.0 * w], [after], loss=float((w**2).sum()))
        w = after
    answer = ask(RULE, recording.series())
    assert isinstance(answer, Found)
    assert answer.evidence["suggested_learning_rate"] is None
    assert 1e-4 < float(str(answer.evidence["factor"])) * float(str(answer.evidence["update_ratio"])) < 3.1e-2


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_first_step_tells_the_rate_from_momentum(momentum: float) -> None:
    """On a steady slope both show one rate, ten times the one that was set with momentum 0.9."""
    net = Mlp((8, 2))
    answer = ask(RULE, train(net, sgd(1e-5, momentum), 100, data=regression(0), batch=None))
    assert isinstance(answer, Found)
    assert answer.evidence["learning_rate"] == pytest.approx(1e-5, rel=0.02)


def test_steps_of_adam_show_no_rate() -> None:
    """Along a steady slope they fit another momentum at each place, so that no number is advised."""
    x, y = regression(0)
    series = train(Mlp((8, 32, 2)), adam(1e-6), 200, data=(x, y))
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert advised is None or float(advised) > 1e-5


@pytest.mark.parametrize(("agree", "severity"), [(True, Severity.ERROR), (False, Severity.INFO)])
def test_weights_that_stay_are_an_error_only_where_gradients_agree(*, agree: bool, severity: Severity) -> None:
    """A net that had converged has gradients, too, of which one says nothing about the next."""
    series = train(Mlp((64, 32, 10)), sgd(1e-8), 100)
    if not agree:
        values = dict(series.values)
        values["cosine_gradient_previous_gradient"] = np.random.default_rng(0).normal(size=(100, 4)) * 0.05
        series = replace(series, values=values)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is severity


@pytest.mark.parametrize(("share", "shown"), [(0.03, False), (0.9, True)])
def test_a_rate_that_few_steps_fit_is_not_theirs(share: float, *, shown: bool) -> None:
    """By chance a few of Adam's fit a momentum near 1 and a tiny rate, whose steady sum accounts for all of them."""
    context = Context(train(Mlp((8, 2)), sgd(1e-5, 0.9), 100, data=regression(0), batch=None))
    assert identified(context)
    windows = context.fits.coefficients
    few = np.where(np.arange(len(windows))[:, None] < share * len(windows), windows, np.nan)
    nothing = replace(context.fit, coefficients=np.full_like(context.fit.coefficients, np.nan))
    vars(context).update(fits=replace(context.fits, coefficients=few), fit=nothing)
    assert identified(context) is shown
