"""No false alarm: whatever the tape differentiates rightly is called right."""

import pytest

from tb_convergence.check.gradients import check_gradients
from tb_convergence.check.result import Verdict
from tests.check.losses import HEALTHY


def test_there_are_enough_of_them() -> None:
    """Layers, losses, types, kinks, noise."""
    assert len(HEALTHY) >= 30


@pytest.mark.parametrize("name", HEALTHY)
def test_the_tapes_gradient_of_a_healthy_loss_is_right(name: str) -> None:
    """Every variable, and nothing is left undecided; gradients given by hand are as right as the tape's."""
    loss_fn, variables = HEALTHY[name]()
    before = [v.numpy().tobytes() for v in variables]
    found = check_gradients(loss_fn, variables)
    assert found.ok, str(found)
    assert {v.verdict for v in found.variables} == {Verdict.RIGHT}, str(found)
    assert [v.numpy().tobytes() for v in variables] == before


SLOW = {
    "lstm",
    "gru",
    "attention",
    "vanishing gradients",
    "many variables",
    "layer norm",
    "group norm",
    "gaussian noise",
}


@pytest.mark.parametrize("name", [n for n in HEALTHY if n not in SLOW])
def test_central_differences_raise_no_alarm_either(name: str) -> None:
    """They are coarse, and say so where they cannot tell."""
    if name == "a stopped gradient":  # differences see through it, as they should
        return
    found = check_gradients(*HEALTHY[name](), method="difference")
    assert found.ok, str(found)
