"""A wrong gradient is named with its factor, from the tape's own gradient or from the loss alone."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable
from tb_convergence.diagnose.rules.wrong_gradient import RULE
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import regression
from tests.diagnose.simulate import Array, Recording, adam, parabola, sgd


@pytest.mark.parametrize("series", [parabola(sgd(0.1, 0.9), 60), parabola(adam(0.1), 60), parabola(sgd(1.5), 60)])
def test_a_right_gradient_is_clear(series: Series) -> None:
    """Even of a run that diverges."""
    assert isinstance(ask(RULE, series), Clear)


def test_a_network_on_its_whole_data_is_clear() -> None:
    """Curvature that changes along the step is not an error of the gradient."""
    series = train(Mlp((8, 16, 2)), sgd(0.5), 100, batch=None, data=regression(0))
    assert isinstance(ask(RULE, series), Clear)


def test_going_up_is_a_wrong_sign() -> None:
    """A negative learning rate, or an update that is added: not a rate that is too high."""
    answer = ask(RULE, parabola(sgd(-0.1), 60))
    assert isinstance(answer, Found)
    assert "go up the gradient" in answer.summary


def test_an_adaptive_optimizer_that_goes_up_has_a_wrong_sign() -> None:
    """No rate can be read off its updates; the first one is uphill all the same. With the right sign it is clear."""

    def up(weights: list[Array], gradients: list[Array]) -> list[Array]:
        return [-u for u in adam(0.05)(weights, gradients)]

    answer = ask(RULE, train(Mlp((64, 32, 10)), up, 100))
    assert isinstance(answer, Found)
    assert "go up the gradient" in answer.summary
    assert answer.evidence["learning_rate"] is None
    assert not isinstance(ask(RULE, train(Mlp((64, 32, 10)), adam(30.0), 100)), Found)


def test_loss_scaling_is_no_wrong_gradient() -> None:
    """Gradients a thousand times the derivative, and a recorder that knows of loss scaling."""
    series = train(Mlp((64, 32, 10)), sgd(0.05), 200)
    for name in ("gradient_norm", "previous_gradient_norm"):
        series.values[name][:] *= 1000.0
    assert isinstance(ask(RULE, series), Found)
    recorded = {**series.step_values, "update_skipped": np.zeros(len(series))}
    assert isinstance(ask(RULE, replace(series, step_values=recorded)), NotApplicable)


def test_a_climb_that_ends_on_a_hilltop_is_told() -> None:
    """The loss rises, and comes to rest higher up, since the updates go up the gradient; downhill it is clear."""
    for sign, told in ((1.0, True), (-1.0, False)):
        recording, w = Recording(["w"]), np.array([0.5])
        for _ in range(100):
            after = w + sign * 0.2 * np.cos(w)
            recording.step([w], [np.cos(w)], [after], loss=3.0 + float(np.sin(w[0])))
            w = after
        answer = ask(RULE, recording.series())
        assert isinstance(answer, Found) is told
        assert not isinstance(answer, Found) or answer.evidence["factor"] == -1.0
