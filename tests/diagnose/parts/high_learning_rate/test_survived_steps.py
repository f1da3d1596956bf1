"""A run that gets on although long steps threw it out is told, and no error."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.high_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found
from tests.diagnose.descents import bowl, descends
from tests.diagnose.faults import line
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import architecture, regression
from tests.diagnose.simulate import Array, adam, sgd


@pytest.mark.parametrize("seed", [3, 7, 12, 15])
def test_a_run_that_limps_on_is_a_warning(seed: int) -> None:
    """Adam at a hundred times its rate: half the units are gone, and the loss lies flat where it need not."""
    answer = ask(RULE, train(architecture(seed), adam(0.1), 200, seed=seed))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert "by a factor" in answer.advice[0]  # the updates do not show Adam's rate, and no setting was recorded


def test_a_run_that_recovered_is_clear() -> None:
    """Long first steps, as biases that begin at zero and zero-initialized heads take, do no lasting harm."""
    assert isinstance(ask(RULE, train(architecture(11), adam(0.03), 200, seed=11)), Clear)


def test_a_run_that_learned_and_does_not_settle_is_information() -> None:
    """Long first steps, and a loss that comes back to a fifth of its first value."""
    answer = ask(RULE, train(architecture(11), adam(0.06), 200, seed=11))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert "too high to settle" in answer.summary
    zeros = [np.zeros((8, 2)), np.zeros(2)]
    flat = train(Mlp((8, 2)), sgd(0.5), 300, data=regression(0), weights=zeros)
    assert isinstance(ask(RULE, flat), Clear)


def test_a_first_step_longer_than_the_weights_is_named_where_the_run_learns_little() -> None:
    """Adam's first step is the rate itself in each weight; what is left is a constant answer."""
    net, data = Mlp((8, 16, 16, 1), head="linear"), line(0, labels=3.0)
    answer = ask(RULE, train(net, adam(3.0), 300, data=data, look=True))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert not isinstance(ask(RULE, train(net, adam(3e-3), 200, data=data, look=True)), Found)


def test_a_run_that_came_back_from_far_up_is_told() -> None:
    """Adam at a rate of 20: no number is advised where none is known. At usual rates it is clear."""
    answer = ask(RULE, descends(adam(20.0), bowl, 400, [3.0, 1.0]))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["suggested_learning_rate"] is None
    assert isinstance(ask(RULE, descends(adam(0.2), bowl, 400, [3.0, 1.0])), Clear)
    assert isinstance(ask(RULE, descends(sgd(0.05), bowl, 100, [3.0, 1.0])), Clear)


@pytest.mark.parametrize(("rate", "told"), [(2.0, True), (1e-3, False)])
def test_a_first_step_that_threw_a_net_up_is_information(rate: float, *, told: bool) -> None:
    """As long as the weights themselves, though the loss came down again; not where later ones are as short."""
    series = train(Mlp((64, 32, 10)), sgd(0.05), 200)
    loss = series.step("loss")
    loss[:] = np.geomspace(2.5, 0.05, 200) * np.exp(0.05 * np.random.default_rng(0).normal(size=200))
    if told:
        series.values["update_norm"][0] = series.norm("weight")[0] * rate
        loss[1:4] = 8.0
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    if isinstance(answer, Found):
        assert answer.severity is Severity.INFO
        assert answer.evidence["highest_loss"] == 8.0


@pytest.mark.parametrize(("factor", "told"), [(1.0, True), (0.02, False)])
def test_a_run_that_long_steps_led_above_its_start_is_a_warning(factor: float, *, told: bool) -> None:
    """It falls again as the rate does, too slowly to come back; short steps up there were another's doing."""
    series = train(Mlp((64, 32, 10)), adam(0.05), 400)
    t = np.arange(400.0)
    loss = np.where(t < 100, 1.5 + t / 100.0, 2.5 - 5e-4 * (t - 100)) * np.exp(0.01 * _noise(400))
    context = Context(replace(series, step_values={**series.step_values, "loss": loss}))
    vars(context).update(update_ratio=factor * np.full(400, 0.03))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tb_convergence.diagnose.parts.high_learning_rate.survived_steps._taken_back", lambda _: True)
        answer = RULE.check(context)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.WARNING


def test_a_run_that_its_first_step_threw_up_for_good_is_a_warning() -> None:
    """One that came down below its start is told only."""
    for end, severity in ((1.8, Severity.WARNING), (0.2, Severity.INFO)):
        series = train(Mlp((64, 32, 10)), adam(3.0), 300)
        t = np.arange(300.0)
        loss = (end + 100.0 * np.exp(-t / 8.0) - 3e-4 * t) * np.exp(0.02 * _noise(300))
        loss[0] = 0.8
        context = Context(replace(series, step_values={**series.step_values, "loss": loss}))
        answer = RULE.check(context)
        assert isinstance(answer, Found)
        assert answer.severity is severity


def _noise(count: int) -> Array:
    found: Array = np.random.default_rng(0).normal(size=count)
    return found
