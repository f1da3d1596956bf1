"""Outputs, labels and loss that contradict each other are named, with what to change."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.mismatched_loss import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable
from tests.diagnose.faults import line
from tests.diagnose.heads import with_head
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import HEALTHY
from tests.diagnose.simulate import adam, sgd


@pytest.mark.parametrize("name", ["adam", "sgd", "batch of 1", "sgd, small steps", "deep he", "linear"])
def test_right_losses_are_clear(name: str) -> None:
    """Of any level."""
    assert isinstance(ask(RULE, HEALTHY[name](0)), Clear)


def test_unknown_outputs_are_not_called_clear() -> None:
    """The arguments that would decide are named."""
    answer = ask(RULE, train(Mlp((8, 16, 1), head="linear"), sgd(0.1), 60, data=line(0)))
    assert isinstance(answer, NotApplicable)
    assert "labels= and outputs=" in answer.reason


@pytest.mark.parametrize(("rest", "severity"), [(2.23, Severity.WARNING), (0.7, Severity.INFO)])
def test_a_loss_that_fell_to_that_of_guessing_is_worth_an_alarm(rest: float, severity: Severity) -> None:
    """It began at 8.9: a fall to what one constant answer costs is nothing learned."""
    noise = np.exp(0.02 * np.random.default_rng(0).normal(size=200))
    looked = {
        "loss": (rest + (8.9 - rest) * np.exp(-np.arange(200) / 10.0)) * noise,
        "label_classes": np.full(200, 10.0),
        "label_entropy": np.full(200, np.log(10.0)),
    }
    series = with_head(train(Mlp((64, 32, 10)), adam(1e-2), 200), "relu")
    answer = ask(RULE, replace(series, step_values={**series.step_values, **looked}))
    assert isinstance(answer, Found)
    assert answer.severity is severity
