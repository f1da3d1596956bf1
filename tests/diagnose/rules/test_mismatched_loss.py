"""Outputs, labels and loss that contradict each other are named, with what to change."""

import pytest

from tb_convergence.diagnose.rules.mismatched_loss import RULE
from tb_convergence.diagnose.rules.rule import Clear, NotApplicable
from tests.diagnose.faults import line
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import HEALTHY
from tests.diagnose.simulate import sgd


@pytest.mark.parametrize("name", ["adam", "sgd", "batch of 1", "sgd, small steps", "deep he", "linear"])
def test_right_losses_are_clear(name: str) -> None:
    """Of any level."""
    assert isinstance(ask(RULE, HEALTHY[name](0)), Clear)


def test_unknown_outputs_are_not_called_clear() -> None:
    """The arguments that would decide are named."""
    answer = ask(RULE, train(Mlp((8, 16, 1), head="linear"), sgd(0.1), 60, data=line(0)))
    assert isinstance(answer, NotApplicable)
    assert "labels= and outputs=" in answer.reason
