"""A rate that was taken away is told where there was more to learn."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.low_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import regression
from tests.diagnose.simulate import Array, Recording, adam, scheduled, sgd

NET = Mlp((64, 64, 32, 10))


def test_a_schedule_that_ends_too_early_is_told() -> None:
    """The rate is gone after twenty steps, and the loss lies flat."""
    fading = scheduled(lambda step: 0.1 * 0.85**step)

    answer = ask(RULE, train(NET, fading, 150))
    assert isinstance(answer, Found)
    assert answer.row is not None
    assert 5 <= answer.row <= 30
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.1, rel=0.2)


def test_a_rate_taken_away_from_a_run_that_learned_is_information() -> None:
    """It fell by a good deal; the later gradients confirm that there was more."""
    decaying = scheduled(lambda step: 0.2 * 0.96**step)

    answer = ask(RULE, train(NET, decaying, 200))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.192, rel=0.01)


def test_a_rate_taken_away_after_a_few_steps_is_an_error() -> None:
    """Too early for the loss to have shown much; the later gradients still confirm every step."""
    jumping = scheduled(lambda step: 0.05 if step <= 8 else 1e-5)

    answer = ask(RULE, train(NET, jumping, 150))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    assert answer.row is not None
    assert 8 <= answer.row <= 16


def test_a_rate_that_is_gone_after_some_steps_is_told_though_nothing_was_learned() -> None:
    """As it was set: it leaves next to nothing to judge the labels by. One that lasts does."""
    x, labels = digits()
    shuffled = x, np.random.default_rng(1).permutation(labels)
    for gone in (True, False):
        count = 0

        def update(_: list[Array], gradients: list[Array], gone: bool = gone) -> list[Array]:
            nonlocal count
            count += 1
            return [-(1e-8 if gone and count > 5 else 0.05) * g for g in gradients]

        series = train(NET, update, 200, data=shuffled)
        series.step("learning_rate")[:] = np.where((np.arange(200) >= 5) & gone, 1e-8, 0.05)
        answer = ask(RULE, series)
        assert isinstance(answer, Found) == gone
        assert not isinstance(answer, Found) or answer.evidence["suggested_learning_rate"] == 0.05


def test_shorter_steps_of_adam_are_no_rate_that_was_taken_away() -> None:
    """Along a gradient that grows, −⟨g, Δ⟩/‖g‖² of unlike directions shrinks at one and the same rate."""
    recording, rng, w = Recording(["w"]), np.random.default_rng(0), np.ones((6, 6))
    straight = Recording(["w"])
    for step in range(100):
        g = np.exp(0.05 * step) * np.abs(rng.normal(size=w.shape)) ** 3
        after, along = w - 1e-3 * np.sign(g), w - 1e-3 * g / np.linalg.norm(g)
        loss = 1.0 if step > 10 else 2.0
        recording.step([w], [g], [after], loss=loss)
        straight.step([w], [g], [along], loss=loss)
        w = after
    assert not isinstance(ask(RULE, recording.series()), Found)
    assert isinstance(ask(RULE, straight.series()), Found)


@pytest.mark.parametrize(("decay", "told"), [(0.85, True), (1.0, False), (0.985, False)])
def test_a_rate_that_is_taken_away_shows_in_the_steps_of_any_optimizer(decay: float, *, told: bool) -> None:
    """Adam's rate is not known: both its steps and their share of the gradient shrink by powers of ten."""
    inner, count = adam(3e-3), 0

    def decaying(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [decay**count * u for u in inner(weights, gradients)]

    answer = ask(RULE, train(Mlp((64, 32, 10)), decaying, 200))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.evidence["suggested_learning_rate"] is None
    assert not isinstance(answer, Found) or "its first value" in answer.advice[0]


def test_steps_of_rounding_show_no_rate() -> None:
    """A run that had converged: what is left of its updates is the last place of the weights."""
    rng, recording, w = np.random.default_rng(0), Recording(["kernel"]), np.ones((4, 4))
    for step in range(120):
        g = 1e-6 * rng.normal(size=(4, 4))
        after = w + (1e-8 * rng.normal(size=(4, 4)) if step < 10 else 0.0)
        recording.step([w], [g], [after], loss=1.0)
        w = after
    assert not isinstance(ask(RULE, recording.series()), Found)


def test_steps_that_shrink_while_the_gradient_stays_are_information() -> None:
    """Of an optimizer whose rate nobody told: a schedule, or Adagrad; and the run has not come far."""
    series = train(Mlp((64, 32, 10)), sgd(0.005), 200)
    values = {**series.values, "update_norm": series.values["update_norm"] * np.exp(-np.arange(200) / 20.0)[:, None]}
    values["cosine_gradient_update"] = np.full_like(values["cosine_gradient_update"], -0.6)
    answer = ask(RULE, replace(series, values=values))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["first_learning_rate"] is None


def test_a_rate_taken_away_leaves_a_slow_run_as_it_leaves_a_flat_one() -> None:
    """On one batch the least fall is seen for certain."""
    jumping = scheduled(lambda step: 0.05 if step <= 8 else 1e-5)

    series = train(NET, jumping, 150, batch=None)
    assert Context(series).outcome is Outcome.SLOW
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "from step" in answer.summary


@pytest.mark.parametrize(("steps", "told"), [(10, True), (150, False)])
def test_a_rate_taken_away_is_told_of_a_loss_that_swings_around_zero(steps: int, *, told: bool) -> None:
    """As of counts: it says nothing, but the gradients of all batches still point the same way."""
    jumping = scheduled(lambda step: 0.02 if step <= steps else 1e-9)

    series = train(NET, jumping, 200)
    series.step("loss")[:] = np.random.default_rng(0).normal(size=200)
    series.step("learning_rate")[:] = np.where(np.arange(200) < steps, 0.02, 1e-9)
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.row) == (Severity.INFO, steps)


def test_steps_that_end_with_the_gradient_have_no_schedule() -> None:
    """A net whose gradient dies, under an optimizer whose rate is not known."""
    series = train(Mlp((64, 32, 10)), adam(1e-3), 200)
    for name in ("gradient_norm", "update_norm"):
        series.values[name][60:] *= 1e-5
    series.step("loss")[:] = np.where(np.arange(200) < 60, 8.0 - 0.09 * np.arange(200), 2.3)
    answer = ask(RULE, series)
    assert not isinstance(answer, Found) or answer.evidence.get("share_of_first_learning_rate") is None


def test_a_set_rate_is_no_schedule_however_short_clipping_makes_the_steps() -> None:
    """The limit is named, and the gradients' own size advised."""
    series = train(Mlp((8, 32, 2)), sgd(0.3, 0.9, nesterov=True, clip=0.004), 150, batch=None, data=regression(0))
    series.step("learning_rate")[:] = 0.3
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.evidence["clipnorm"] == pytest.approx(0.004, rel=0.2)


@pytest.mark.parametrize(("first", "told"), [(0.05, True), (0.0, False)])
def test_a_rate_of_zero_is_one_that_was_taken_away(first: float, *, told: bool) -> None:
    """As by a schedule that divides whole numbers, after the first epoch; not what a run without any rate is told."""
    rates = np.where(np.arange(150) < 30, first, 0.0)
    series = train(NET, scheduled(lambda step: float(rates[step - 1])), 150)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "learning_rate": rates}))
    assert (isinstance(answer, Found) and "from step 30 on: it falls from 0.05 to 0.0" in answer.summary) is told


def test_the_zero_at_the_start_of_a_warm_up_takes_nothing_away() -> None:
    """The rate before it has begun."""
    rates = np.where(np.arange(150) < 30, 0.05 * np.arange(150) / 30.0, 0.05)
    series = train(NET, scheduled(lambda step: float(rates[step - 1])), 150)
    assert isinstance(ask(RULE, replace(series, step_values={**series.step_values, "learning_rate": rates})), Clear)
