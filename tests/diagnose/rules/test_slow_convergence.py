"""A loss that crawls is told with the steps that it would need to halve."""

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.diagnose.rules.slow_convergence import RULE
from tests.diagnose.faults import valley
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import HEALTHY, not_meant_to_fall
from tests.diagnose.simulate import parabola, sgd


def test_the_steps_to_halve_are_right() -> None:
    """L falls by 2η/κ a step along the valley: ln 2 · κ/(2η) of them."""
    answer = ask(RULE, valley(1.0, 1e4, 300))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["steps_to_halve"] == pytest.approx(np.log(2.0) * 1e4 / 2.0, rel=0.02)


def test_a_fall_by_decades_is_not_told_in_percent() -> None:
    """A hundred percent would say nothing."""
    answer = ask(RULE, valley(1.0, 1e4, 300))
    assert isinstance(answer, Found)
    assert "it is 10,600 times smaller after 300 steps, and to halve it takes about 3,500 more" in answer.summary


def test_a_run_that_hardly_fell_is_a_warning_after_its_cause() -> None:
    """A rate far too low."""
    found = diagnose(train(Mlp((64, 32, 10)), sgd(2e-4), 400)).findings
    assert {f.id: f.explained_by for f in found}.get("slow-convergence", "low-learning-rate") == "low-learning-rate"
    series = parabola(sgd(1e-4), 100)
    assert {f.id: f.explained_by for f in diagnose(series).findings}["slow-convergence"] == "low-learning-rate"


@pytest.mark.parametrize("name", ["full batch", "linear", "parabola", "adam", "two classes, to the floor", "resumed"])
def test_healthy_runs_are_clear(name: str) -> None:
    """Also those that come to their floor."""
    assert isinstance(ask(RULE, HEALTHY[name](1)), Clear)


def test_a_run_to_its_floor_is_clear() -> None:
    """Full batch, thousands of steps: what remains is little."""
    x, y = HEALTHY["linear"](0), parabola(sgd(0.3), 2000)
    assert isinstance(ask(RULE, x), Clear)
    assert isinstance(ask(RULE, y), Clear)


def test_what_has_no_pace_is_not_judged() -> None:
    """Short, or negative."""
    assert isinstance(ask(RULE, parabola(sgd(1e-4), 20)), NotEnoughEvidence)
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=True)), NotApplicable)


@pytest.mark.parametrize(("floor", "told"), [(0.8, True), (0.05, False)])
def test_a_run_without_noise_that_has_not_come_far_is_told_how_long_it_would_take(floor: float, *, told: bool) -> None:
    """Two lengths of the run and more for the loss to halve; one that has come far is left alone."""
    series = train(Mlp((64, 16, 10)), sgd(1e-4), 200, batch=None)
    t = np.arange(200)
    series.step("loss")[:] = 2.3 * (floor + (1.0 - floor) * np.exp(-t / 10.0)) * np.exp(-t / 1000.0)
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO
    assert not isinstance(answer, Found) or "it is 24 % lower after 200 steps" in answer.summary
