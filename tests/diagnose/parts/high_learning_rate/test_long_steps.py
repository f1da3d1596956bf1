"""What is advised of long steps: the rate before, or one that trains."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.parts.high_learning_rate.long_steps import built_up
from tb_convergence.diagnose.rules.high_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Found
from tests.diagnose.networks import train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import architecture
from tests.diagnose.simulate import parabola, scheduled, sgd


@pytest.mark.parametrize("since", [40, 110])
def test_a_rate_that_jumps_goes_back_to_the_one_before(since: int) -> None:
    """It trained the net until then."""
    jumping = scheduled(lambda step: 0.05 if step <= since else 10.0)

    answer = ask(RULE, train(architecture(3), jumping, 150, seed=3))
    assert isinstance(answer, Found)
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.05, rel=0.01)


@pytest.mark.parametrize(
    ("momentum", "longer"), [(0.0, 1.0), (0.9, np.sqrt(10.0)), (1.0, 1.0), (None, 2.0), ("?", 2.0)]
)
def test_steps_of_momentum_get_longer_than_the_first(momentum: object, longer: float) -> None:
    """As set, or else as identified: here 0.75."""
    series = replace(parabola(sgd(0.1, 0.75), 60), optimizer={"class": "SGD", "config": {"momentum": momentum}})
    assert built_up(Context(series)) == pytest.approx(longer, rel=1e-3)
    assert built_up(Context(replace(series, optimizer=None))) == pytest.approx(2.0, rel=1e-3)


def test_the_advice_for_a_rate_with_momentum_trains() -> None:
    """Ten times lower is not enough where steps add up."""
    net = architecture(3)
    answer = ask(RULE, train(net, sgd(3.0, 0.9), 150, seed=3))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = train(net, sgd(advised, 0.9), 300, seed=3).step("loss")
    assert np.median(loss[-30:]) < 0.5 * loss[0]
