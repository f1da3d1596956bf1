"""Momentum is blamed only when it led a run uphill that went wrong, and not for what the learning rate did."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.excessive_momentum import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import architecture
from tests.diagnose.simulate import Recording, adam, parabola, sgd


@pytest.mark.parametrize("momentum", [0.99, 0.995, 0.999])
def test_a_net_that_is_carried_away(momentum: float) -> None:
    """The momentum as identified, and named before the units that it killed."""
    found = diagnose(train(architecture(7), sgd(0.1, momentum), 300, seed=7)).findings[0]
    assert (found.id, found.severity) == ("excessive-momentum", Severity.ERROR)
    assert found.evidence["momentum"] == pytest.approx(momentum, rel=0.01)


def test_the_advice_trains() -> None:
    """The same learning rate with the momentum that is advised."""
    net = architecture(11)
    answer = ask(RULE, train(net, sgd(0.1, 0.999), 300, seed=11))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_momentum"]
    assert isinstance(advised, float)
    loss = train(net, sgd(0.1, advised), 300, seed=11).step("loss")
    assert np.median(loss[-20:]) < 0.5 * loss[0]


def test_on_a_parabola_the_critical_momentum_is_exact() -> None:
    """(1 − √(ηλ))² with ηλ = 0.2."""
    answer = ask(RULE, parabola(sgd(0.1, 0.999), 200))
    assert isinstance(answer, Found)
    assert answer.evidence["critical_momentum"] == pytest.approx(0.306, abs=0.002)


@pytest.mark.parametrize("momentum", [0.9, 0.99])
def test_a_high_momentum_that_trains_is_clear(momentum: float) -> None:
    """A small learning rate bears it."""
    assert isinstance(ask(RULE, train(architecture(3), sgd(0.003, momentum), 300, seed=3)), Clear)


def test_a_memory_longer_than_the_run_is_information_while_it_trains() -> None:
    """1,000 steps in a run of 300, some of them uphill; a warning once the loss has left its best behind."""
    answer = ask(RULE, train(architecture(3), sgd(0.003, 0.999), 300, seed=3))
    assert isinstance(answer, Found)
    assert (answer.severity, answer.evidence["suggested_momentum"]) == (Severity.INFO, 0.9)
    swung = ask(RULE, parabola(sgd(0.0001, 0.9995), 320))
    assert isinstance(swung, Found)
    assert swung.severity is Severity.WARNING


def test_ringing_that_decays_is_information() -> None:
    """The loss falls, by μ a step: no rate makes that faster. A lower momentum does."""
    answer = ask(RULE, parabola(sgd(0.1, 0.99), 400))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert isinstance(ask(RULE, parabola(sgd(1e-7, 0.99), 400)), Clear)


def test_the_learning_rate_is_not_blamed_on_the_momentum() -> None:
    """Nor is a net whose gradient vanishes, nor steps that are too short."""
    vanishing = Mlp((64, *[32] * 11, 10), "sigmoid", "glorot")
    for series in (
        train(architecture(3), sgd(30.0, 0.99), 150, seed=3),
        train(vanishing, sgd(0.05, 0.99), 150),
        train(architecture(3), sgd(1e-7, 0.99), 150, seed=3),
    ):
        assert "excessive-momentum" not in [f.id for f in diagnose(series).findings]


def test_without_momentum_it_does_not_apply() -> None:
    """Adam's is not seen; plain descent has none; few steps show nothing."""
    assert isinstance(ask(RULE, train(architecture(3), adam(1e-3), 60)), NotApplicable)
    assert isinstance(ask(RULE, parabola(sgd(0.1), 60)), Clear)
    assert isinstance(ask(RULE, parabola(sgd(0.1, 0.999), 10)), NotEnoughEvidence)


def test_rows_that_are_not_finite_do_not_hide_the_momentum() -> None:
    """A run that breaks early is judged by the steps that it made."""
    series = parabola(sgd(0.3, 0.998), 60)
    longer = parabola(sgd(0.3, 0.998), 300)
    for name, values in longer.values.items():
        values[60:] = 0.0 if name.endswith("count") else np.nan
    longer.step("loss")[:] = np.concatenate([np.exp(np.arange(60) / 4.0), np.full(240, np.nan)])
    series.step("loss")[:] = np.exp(np.arange(60) / 4.0)
    assert isinstance(ask(RULE, series), Found)
    assert isinstance(ask(RULE, longer), Found)


def test_the_whole_run_tells_a_momentum_that_its_late_rows_do_not() -> None:
    """Where only the flatter of two directions still moves, any momentum fits a few rows."""
    recording, update = Recording(["w"]), sgd(0.05, 0.999, nesterov=True)
    w, h = np.array([3.0, 1.0]), np.array([1.0, 10.0])
    for _ in range(62):
        (delta,) = update([w], [h * w])
        recording.step([w], [h * w], [w + delta], loss=0.5 * float((h * w**2).sum()))
        w = w + delta
    answer = ask(RULE, recording.series())
    assert isinstance(answer, Found)
    assert answer.evidence["momentum"] == pytest.approx(0.999, rel=1e-3)


@pytest.mark.parametrize(("breaks", "told"), [(True, True), (False, False)])
def test_a_run_that_breaks_under_a_long_memory_is_a_guess(*, breaks: bool, told: bool) -> None:
    """Though hardly a step leads uphill: it may be another's doing; of a loss that lies flat nothing is said."""
    series = train(architecture(3), sgd(0.005, 0.98), 150, seed=3)
    t = np.arange(150)
    series.step("loss")[:] = np.where(t < 120, 2.0, 2.0 * np.exp((t - 120) / 8.0)) if breaks else 2.0 + 1e-3 * np.cos(t)
    series.values["cosine_gradient_update"][:] = np.where(t == 60, 0.1, -0.5)[:, None]
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.confidence) == (Severity.INFO, 0.4)


@pytest.mark.parametrize(("momentum", "told"), [(1.0, True), (0.999, False)])
def test_gradients_that_are_never_set_back_make_a_momentum_of_one(momentum: float, *, told: bool) -> None:
    """All of them stay in each later step, which nobody asks of an optimizer."""
    answer = ask(RULE, parabola(sgd(0.01, momentum), 200))
    assert isinstance(answer, Found)
    assert ("never set back to zero" in answer.advice[0]) is told


@pytest.mark.parametrize(("beta", "told"), [(0.9, False), (0.9985, True)])
def test_a_memory_that_the_optimizer_does_not_have_is_that_of_the_gradients(beta: float, *, told: bool) -> None:
    """Adam's steps along a steady slope are alike, whatever its first moment forgets."""
    series = parabola(sgd(0.1, 0.999), 200)
    answer = ask(RULE, replace(series, optimizer={"class": "Adam", "config": {"beta_1": beta}}))
    assert isinstance(answer, Found) is told
