"""A flat loss is told where there was something to learn, after its cause where one is found."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.loss_plateau import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.series import Series
from tests.diagnose.faults import plain
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import not_meant_to_fall, regression, resumed_converged, warm_up
from tests.diagnose.simulate import Array, Recording, adam, parabola, sgd


@pytest.mark.parametrize(("rate", "start"), [(0.1, -12.0), (1.0, -9.0), (0.01, -20.0)])
def test_a_plain_is_named(rate: float, start: float) -> None:
    """A slope that is there, and far too small for any learning rate."""
    first = diagnose(plain(rate, 200, start=start)).findings[0]
    assert first.id == "loss-plateau"
    assert first.severity is not Severity.INFO


def test_a_cause_comes_before_its_plateau() -> None:
    """Whenever that began."""
    found = diagnose(train(Mlp((64, 32, 32, 10)), sgd(0.5, 0.9), 200)).findings
    assert found[0].id == "high-learning-rate"
    assert {f.id: f.explained_by for f in found}["loss-plateau"] == "high-learning-rate"


def test_guessing_is_a_plateau() -> None:
    """At ln 10."""
    series = train(Mlp((64, 16, 10)), sgd(0.0), 60)
    series.step("loss")[:] = np.log(10.0) + 0.01 * np.random.default_rng(0).normal(size=60)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "guessing among 10 classes" in answer.summary


def test_a_loss_that_need_not_fall_is_clear() -> None:
    """Discriminators, policies, converged runs, and those that learn."""
    assert isinstance(ask(RULE, not_meant_to_fall(1, negative=False)), Clear)
    assert isinstance(ask(RULE, not_meant_to_fall(1, negative=True)), NotApplicable)
    assert isinstance(ask(RULE, resumed_converged(0)), Clear)
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), sgd(0.1), 100)), Clear)


def test_a_warm_up_and_a_short_run_are_waited_for() -> None:
    """Without a loss it does not apply."""
    assert not isinstance(ask(RULE, train(Mlp((64, 32, 10)), warm_up(sgd, 0.1, 10_000), 60)), Found)
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), sgd(0.0), 10)), NotEnoughEvidence)
    assert isinstance(ask(RULE, parabola(sgd(0.0), 60, loss=False)), NotApplicable)


def test_a_high_floor_is_information() -> None:
    """At rest at six tenths of the loss of guessing among ten classes; a low floor is nothing."""
    series, noise = train(Mlp((64, 32, 10)), sgd(0.1), 200), np.random.default_rng(0).normal(size=200)
    for floor, raised in ((0.6, True), (0.1, False)):
        loss = np.log(10.0) * (floor + (1.0 - floor) * np.exp(-np.arange(200) / 15.0)) * np.exp(0.02 * noise)
        answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
        assert isinstance(answer, Found) is raised
        assert not isinstance(answer, Found) or answer.severity is Severity.INFO
        assert (
            not isinstance(answer, Found) or "among 10 classes costs, if that is what the outputs are" in answer.summary
        )


def test_a_floor_is_held_against_labels_where_they_are_seen() -> None:
    """Outputs that are no classes, such as embeddings, have a width, too."""
    series, t = train(Mlp((64, 32, 10)), sgd(0.1), 200, look=True), np.arange(200)
    loss = np.log(10.0) * (0.6 + 0.4 * np.exp(-t / 15.0) + 0.01 * np.cos(t))
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
    assert isinstance(answer, Found)
    assert answer.summary.endswith("of what the best constant prediction costs.")


@pytest.mark.parametrize(("share", "told"), [(0.5, True), (1.2, False)])
def test_a_loss_above_a_constant_answers_is_another_one(share: float, *, told: bool) -> None:
    """What ten outputs cost that are no classes is not known."""
    series, t = train(Mlp((64, 16, 10)), sgd(0.01), 200), np.arange(200)
    rest = share * np.log(10.0)
    series.step("loss")[:] = np.where(t < 50, 30.0 - 0.5 * t, rest * (1.0 + 0.01 * np.cos(t)))
    assert isinstance(ask(RULE, series), Found) is told


def _well(steps: int, *, floor: float) -> Series:
    """A parabola above ``floor``, whose bottom descent reaches."""
    recording, w = Recording(["w"]), np.array([3.0])
    for _ in range(steps):
        after = w - 0.05 * 2.0 * w
        recording.step([w], [2.0 * w], [after], loss=floor + float(w[0] ** 2))
        w = after
    return recording.series()


@pytest.mark.parametrize(("floor", "told"), [(1.0, True), (0.0, False), (1e-3, False)])
def test_a_minimum_above_zero_is_information(floor: float, *, told: bool) -> None:
    """Of few numbers: it may be a local one, and nothing in the run can say so."""
    answer = ask(RULE, _well(100, floor=floor))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.confidence) == (Severity.INFO, 0.4)


def test_guessing_between_two_classes_is_information() -> None:
    """Many a loss lies at ln 2."""
    series = train(Mlp((8, 16, 2)), sgd(0.0), 60, data=regression(0))
    series.step("loss")[:] = np.log(2.0) + 0.003 * np.random.default_rng(0).normal(size=60)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO


def test_weights_that_decayed_to_nothing_are_told_with_a_decay_to_use() -> None:
    """And neither the rate nor units without gradient or labels are blamed for it."""
    inner = adam(1e-3)

    def update(weights: list[Array], gradients: list[Array]) -> list[Array]:
        return [d - 0.1 * w for d, w in zip(inner(weights, gradients), weights, strict=True)]

    series = train(Mlp((64, 32, 32, 10)), update, 200)
    configured = {"class": "AdamW", "config": {"learning_rate": 1e-3, "weight_decay": 100.0}}
    found = diagnose(replace(series, optimizer=configured)).findings
    assert [f.id for f in found if f.severity is not Severity.INFO] == ["loss-plateau"]
    assert found[0].summary.startswith("The weight decay 100 is too strong: a step takes 10 % off")
    better = float(found[0].evidence["suggested_weight_decay"] or 0.0)
    assert 1e-3 < better < 10.0
    assert f"weight_decay={better:.3g}" in found[0].advice[0]
