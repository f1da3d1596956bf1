"""A constant added to the loss changes nothing in the training, and so nothing in what is found."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Diagnosis, Outcome
from tb_convergence.series import Series
from tests.diagnose.faults import valley
from tests.diagnose.networks import Mlp, train
from tests.diagnose.runs import HEALTHY, not_meant_to_fall
from tests.diagnose.simulate import adam, parabola, sgd

FAULTY: dict[str, tuple[Callable[[], Series], str]] = {
    "rate too high": (lambda: train(Mlp((64, 32, 10)), sgd(20.0), 150), "high-learning-rate"),
    "parabola, rate too high": (lambda: parabola(sgd(1.05), 60), "high-learning-rate"),
    "rate too low": (lambda: train(Mlp((64, 32, 10)), sgd(1e-5), 150), "low-learning-rate"),
    "rate too low, Adam": (lambda: train(Mlp((64, 32, 10)), adam(1e-7), 150), "low-learning-rate"),
    "narrow valley": (lambda: valley(1.0, 300.0, 300), "missing-momentum"),
    "climbs": (lambda: train(Mlp((64, 32, 10)), sgd(-0.05), 150), "wrong-gradient"),
}


def below(series: Series, levels: float = 3.0) -> Series:
    """The same run, its loss so many times its first value lower."""
    loss = series.step("loss")
    return replace(series, step_values={**series.step_values, "loss": loss - levels * loss[0]})


def named(found: Diagnosis) -> list[str]:
    """Findings in order of rank, without those that compare the loss with another answer's."""
    return [f.id for f in found.findings if f.id not in {"mismatched-labels", "mismatched-loss", "loss-plateau"}]


@pytest.mark.parametrize("levels", [3.0, 10.0])
@pytest.mark.parametrize("name", FAULTY)
def test_the_first_cause_is_the_same(name: str, levels: float) -> None:
    """As severe as above zero, or less so, and never silent."""
    make, cause = FAULTY[name]
    series = make()
    assert named(diagnose(series))[0] == named(diagnose(below(series, levels)))[0] == cause


@pytest.mark.parametrize("levels", [1.0, 1.5, 10.0])
@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_runs_stay_without_an_alarm(name: str, levels: float) -> None:
    """Whether they cross zero or began below it."""
    found = diagnose(below(HEALTHY[name](3), levels))
    assert [f.id for f in found.findings if f.severity != "info"] == []


def test_a_loss_below_zero_diverges_where_its_own_steps_lead_up() -> None:
    """In a game the other player takes it up, while these steps go down."""
    rises = below(train(Mlp((64, 32, 10)), sgd(-0.05), 150))
    assert diagnose(rises).outcome is Outcome.DIVERGED
    game = not_meant_to_fall(0, negative=False)
    up = np.linspace(0.0, 5.0, len(game)) - 6.0 + 0.01 * np.random.default_rng(0).normal(size=len(game))
    assert diagnose(replace(game, step_values={**game.step_values, "loss": up})).outcome is not Outcome.DIVERGED


def test_one_of_several_losses_is_counted_from_no_floor() -> None:
    """What one player wins the other loses."""
    series = below(train(Mlp((64, 32, 10)), sgd(0.1), 150))
    assert Context(series).floor < 0.0
    assert Context(replace(series, stream="critic")).floor == 0.0


def test_losses_are_told_as_they_are() -> None:
    """Not as they are counted from a floor, nor in percent of anything."""
    found = diagnose(below(train(Mlp((64, 32, 10)), sgd(1e-5), 150))).findings[0]
    assert found.id == "low-learning-rate"
    assert "%" not in found.summary.split("the loss")[-1]
    assert np.isnan(float(found.evidence["loss_fall_percent"] or 0.0))
