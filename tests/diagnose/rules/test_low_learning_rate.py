"""A learning rate is called too low only when longer steps would help."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.low_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import not_meant_to_fall, resumed_converged, warm_up
from tests.diagnose.simulate import Array, Update, adam, parabola, sgd

NET = Mlp((64, 64, 32, 10))


def test_the_advice_is_a_rate_that_trains() -> None:
    """What the advice says is tried: the loss falls to a half."""
    answer = ask(RULE, train(NET, sgd(1e-4), 200))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = train(NET, sgd(advised), 600).step("loss")
    assert np.median(loss[-20:]) < 0.5 * loss[0]


def test_an_unknown_rate_is_advised_as_a_factor() -> None:
    """Adam, without its setting."""
    answer = ask(RULE, train(NET, adam(1e-6), 200))
    assert isinstance(answer, Found)
    assert "times" in answer.advice[0]


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_a_usual_rate_is_clear(rate: float) -> None:
    """Slow is not too low."""
    assert isinstance(ask(RULE, train(NET, sgd(rate), 100)), Clear)


def test_a_warm_up_is_waited_for() -> None:
    """Its first steps are short on purpose."""
    series = train(NET, warm_up(sgd, 0.1, 10_000), 60)
    assert isinstance(ask(RULE, series), NotEnoughEvidence)


def test_a_converged_run_has_no_rate_too_low() -> None:
    """Its steps are short because there is nowhere to go."""
    assert isinstance(ask(RULE, resumed_converged(0)), Clear)


def test_a_loss_that_is_not_meant_to_fall_is_left_alone() -> None:
    """No step of a random walk leads downhill on the next batch too."""
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=False)), Clear)
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=True)), NotApplicable)


def test_a_short_run_is_not_slow() -> None:
    """Ten steps."""
    assert isinstance(ask(RULE, train(NET, sgd(1e-4), 10)), NotEnoughEvidence)


def test_a_loss_that_falls_and_lingers_is_information() -> None:
    """L(w) = w² falls by 30 % in 300 steps, and could fall in ten."""
    answer = ask(RULE, parabola(sgd(3e-4), 300))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.5, rel=0.01)


def test_weights_that_stand_still_have_too_low_a_rate_whatever_the_batches_say() -> None:
    """Batches of two: no next batch confirms anything, but weights that do not move learn nothing."""
    answer = ask(RULE, train(NET, sgd(1e-7), 300, batch=2))
    assert isinstance(answer, Found)
    assert answer.evidence["factor"] > 1e4  # type: ignore[operator]  # a number here


def test_momentum_that_builds_up_is_no_warm_up() -> None:
    """Its first steps are shorter, and the rate that they show jumps once successive gradients are parallel."""
    answer = ask(RULE, parabola(sgd(1e-6, 0.95), 300))
    assert isinstance(answer, Found)


def clipped_to(norm: float, rate: float) -> Update:
    """Gradient descent that clips by global norm out of sight of the recorder."""

    def update(_: list[Array], gradients: list[Array]) -> list[Array]:
        whole = np.sqrt(sum(float((g**2).sum()) for g in gradients))
        return [-rate * min(1.0, norm / whole) * g for g in gradients]

    return update


def test_a_limit_on_the_gradients_is_named_instead_of_the_rate() -> None:
    """With the norm to clip at, which trains."""
    answer = ask(RULE, train(NET, clipped_to(1e-3, 0.1), 150))
    assert isinstance(answer, Found)
    assert "clipped" in answer.summary
    assert "suggested_learning_rate" not in answer.evidence
    advised = answer.evidence["suggested_clipnorm"]
    assert isinstance(advised, float)
    loss = train(NET, clipped_to(advised, 0.1), 300).step("loss")
    assert np.median(loss[-20:]) < 0.5 * loss[0]
    assert not isinstance(ask(RULE, train(NET, clipped_to(1.0, 0.1), 150)), Found)


def test_a_limit_on_the_gradients_of_a_run_that_learns_is_information() -> None:
    """The loss falls by a tenth, and would take the run again to halve."""
    series = train(NET, clipped_to(1e-3, 0.1), 300)
    fall = np.exp(-0.1 * np.arange(300) / 300.0)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": 2.5 * fall}))
    assert isinstance(answer, Found)
    assert "clipped" in answer.summary
    assert answer.severity is Severity.INFO


@pytest.mark.parametrize(("size", "told"), [(5e5, True), (50.0, True), (1.0, False)])
def test_labels_out_of_reach_are_named(size: float, *, told: bool) -> None:
    """Adam moves each weight by a thousandth a step, whatever the labels ask for."""
    series = train(NET, adam(1e-3), 200)
    looked = np.where(np.arange(200) % 10 == 0, 1.0, np.nan)
    noise = np.exp(0.1 * np.random.default_rng(0).normal(size=200))
    probes = {
        "loss": size**2 * noise,
        "label_mean": looked * 0.6 * size,
        "label_std": looked * 0.8 * size,
        "output_mean": 0.0 * looked,
        "output_std": looked * np.linspace(0.5, 5.0, 200),
    }
    answer = ask(RULE, replace(series, step_values={**series.step_values, **probes}))
    assert isinstance(answer, Found) == told
    if isinstance(answer, Found):
        assert "Standardize the labels" in answer.advice[0]
        assert answer.evidence["output_share_of_labels"] == pytest.approx(5.0 * (190.0 / 199.0) / size, rel=0.1)


def test_a_warm_up_that_is_over_is_not_waited_for() -> None:
    """It rose in the first quarter of the run, to a rate that is still far too low."""
    assert isinstance(ask(RULE, train(NET, warm_up(sgd, 1e-5, 50), 200)), Found)


def test_weights_that_stay_ask_no_next_batch() -> None:
    """Batches in one order, each like its neighbours, at a rate a million times too low."""
    series = train(NET, sgd(1e-7), 150)
    order = np.exp(np.sin(np.arange(150) * 2.0 * np.pi / 15.0))
    loss = order + 0.05 * np.random.default_rng(0).random(150)
    series = replace(series, step_values={**series.step_values, "loss": loss})
    assert Context(series).data_period is not None
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert float(answer.evidence["factor"] or 0.0) > 1e3


@pytest.mark.parametrize(("rate", "told"), [(3e-3, True), (3e-2, False), (0.2, False)])
def test_without_noise_a_run_on_its_way_is_told_that_it_could_run(rate: float, *, told: bool) -> None:
    """w² falls to a 36th in 300 steps, and could in two; one that fell to a hundredth has got somewhere."""
    answer = ask(RULE, parabola(sgd(rate), 300))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO


def test_weights_that_stand_still_are_told_early() -> None:
    """Thirty steps that move nothing: as a warning, since it is early. Thirty of a usual rate are waited for."""
    answer = ask(RULE, train(NET, sgd(1e-7), 30))
    assert isinstance(answer, Found)
    assert answer.severity is not Severity.INFO
    assert not isinstance(ask(RULE, train(NET, sgd(0.05), 30)), Found)


@pytest.mark.parametrize(("rate", "told"), [(1e-8, True), (1e-3, False)])
def test_weights_that_stay_are_a_warning_whatever_the_loss(rate: float, *, told: bool) -> None:
    """As of counts, which swings around zero: the gradients of all batches point the same way."""
    series = train(Mlp((64, 32, 10)), sgd(rate), 60)
    series.step("loss")[:] = np.random.default_rng(0).normal(size=60)
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    if isinstance(answer, Found):
        assert answer.severity is Severity.WARNING
        assert float(answer.evidence["factor"] or 0.0) > 1e3


@pytest.mark.parametrize(("rate", "told"), [(1e-6, True), (np.nan, False)])
def test_steps_of_the_rates_own_length_leave_a_saddle_if_they_are_longer(rate: float, *, told: bool) -> None:
    """A loss that hardly falls, and a gradient nearly gone, as of embeddings of which one half began at zero.

    Where the rate is not known the gradient may be what makes steps short.
    """
    series = train(NET, adam(1e-6), 400)
    t = np.arange(400.0)
    values = {"loss": 4.16 - 1e-6 * t, "learning_rate": np.full(400, rate)}
    small = {name: 1e-4 * x if name.endswith("gradient_norm") else x for name, x in series.values.items()}
    shown = replace(series, values=small, step_values={**series.step_values, **values})
    answer = ask(RULE, shown)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.WARNING
