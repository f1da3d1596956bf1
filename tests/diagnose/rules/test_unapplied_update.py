"""A gradient without an update is an error when nothing moves, and information when some of it does."""

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.diagnose.rules.unapplied_update import RULE
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Array, Recording, parabola, sgd

NET = Mlp((64, 16, 10))


def test_nothing_applied_is_an_error() -> None:
    """All variables, at all steps."""
    answer = ask(RULE, train(NET, sgd(0.0), 30))
    assert isinstance(answer, Found)
    assert (answer.severity, len(answer.variables)) == (Severity.ERROR, 4)


def test_a_learning_rate_of_zero_is_named() -> None:
    """Which is a cause of its own."""
    series = train(NET, sgd(0.0), 30)
    series.step("learning_rate")[:] = 0.0
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "the learning rate is 0" in answer.summary


def test_frozen_layers_are_information() -> None:
    """They may be meant to stay."""
    answer = ask(RULE, train(NET, sgd(0.1), 30, frozen=(0, 1)))
    assert isinstance(answer, Found)
    assert (answer.severity, answer.variables) == (Severity.INFO, ("dense_0/kernel", "dense_0/bias"))


def test_accumulated_gradients_are_clear() -> None:
    """Updates at every eighth step only."""
    assert isinstance(ask(RULE, train(NET, sgd(0.1), 30, every=8)), Clear)


def test_a_few_steps_may_still_be_accumulating() -> None:
    """Five steps without an update."""
    assert isinstance(ask(RULE, train(NET, sgd(0.0), 5)), NotEnoughEvidence)


def test_zero_gradients_need_no_update() -> None:
    """A converged run stands still, and is right to."""
    recording = Recording(["a"])
    for _ in range(30):
        recording.step([np.ones(2)], [np.zeros(2)], [np.ones(2)], loss=0.0)
    assert isinstance(ask(RULE, recording.series()), NotApplicable)


def test_a_run_that_stops_moving_is_told_when() -> None:
    """Forty steps, and none after them."""
    moving, still = sgd(0.1), sgd(0.0)
    count = 0

    def until(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return (moving if count <= 40 else still)(weights, gradients)

    answer = ask(RULE, train(Mlp((64, 32, 10)), until, 80))
    assert isinstance(answer, Found)
    assert answer.row == 40
    assert answer.severity is not Severity.INFO


@pytest.mark.parametrize("every", [4, 16])
def test_accumulation_pauses_and_goes_on(every: int) -> None:
    """Its pauses are all alike."""
    assert isinstance(ask(RULE, train(Mlp((64, 32, 10)), sgd(0.1), 20 * every + every - 1, every=every)), Clear)


def test_what_has_converged_to_the_last_digit_may_rest() -> None:
    """Its updates are below the rounding of the weights."""
    assert isinstance(ask(RULE, parabola(sgd(0.4), 400)), Clear)


@pytest.mark.parametrize("steps", [60, 400], ids=["cut off", "to its fixed point"])
def test_proximal_descent_may_rest_where_the_gradient_does_not_vanish(steps: int) -> None:
    """Shrinkage undoes each step of the gradient there; a run that is cut off on its way is told."""
    target, w = np.linspace(-3.0, 3.0, 8, dtype=np.float32), np.zeros(8, np.float32)
    recording = Recording(["w"])
    for step in range(600):
        g = w - target
        shrunk = w - np.float32(0.1) * g
        moved = np.sign(shrunk) * np.maximum(np.abs(shrunk) - np.float32(0.05), np.float32(0.0))
        after = moved if step < steps else w
        recording.step([w.astype(float)], [g.astype(float)], [after.astype(float)], loss=float(0.5 * (g @ g)))
        w = after
    assert isinstance(ask(RULE, recording.series()), Found) is (steps == 60)


def test_a_gradient_below_the_resolution_of_the_weights_would_not_show() -> None:
    """float32 holds 5 ± 6e-7 and nothing in between."""
    recording, w = Recording(["w"]), np.full(2, 5.0)
    for _ in range(40):
        recording.step([w], [np.full(2, 1e-9)], [w], loss=1.0)
    assert isinstance(ask(RULE, recording.series()), Clear)


def test_a_variable_whose_own_gradient_is_too_small_to_show_is_not_frozen() -> None:
    """A bias of 7 behind units that are pinned, beside a kernel that moves; with a gradient to speak of it is."""
    for small, told in ((1e-8, False), (1e-2, True)):
        recording, w = Recording(["kernel", "bias"]), [np.ones((3, 3)), np.full(3, 7.0)]
        for _ in range(40):
            g = [0.1 * np.ones((3, 3)), np.full(3, small)]
            recording.step(w, g, [w[0] - 0.01 * g[0], w[1]], loss=1.0)
            w = [w[0] - 0.01 * g[0], w[1]]
        assert isinstance(ask(RULE, recording.series()), Found) is told


def test_of_a_run_that_does_not_learn_most_layers_are_a_warning() -> None:
    """Frozen or not: only the last one moves, and the loss lies flat."""
    for steps, severity in ((100, Severity.WARNING), (300, Severity.INFO)):
        rate = 1e-4 if severity is Severity.WARNING else 0.1
        answer = ask(RULE, train(Mlp((64, 16, 16, 10)), sgd(rate), steps, frozen=(0, 1, 2, 3)))
        assert isinstance(answer, Found)
        assert answer.severity is severity
