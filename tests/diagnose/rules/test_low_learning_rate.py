"""A learning rate is called too low only when longer steps would help."""

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.low_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import not_meant_to_fall, resumed_converged, warm_up
from tests.diagnose.simulate import Array, Recording, adam, parabola, sgd

NET = Mlp((64, 64, 32, 10))


def test_the_advice_is_a_rate_that_trains() -> None:
    """What the advice says is tried: the loss falls to a half."""
    answer = ask(RULE, train(NET, sgd(1e-4), 200))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = train(NET, sgd(advised), 600).step("loss")
    assert np.median(loss[-20:]) < 0.5 * loss[0]


def test_without_noise_the_curvature_gives_the_rate() -> None:
    """A quarter of the limit of w², which is 1.0."""
    answer = ask(RULE, parabola(sgd(1e-4), 100))
    assert isinstance(answer, Found)
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.25, rel=0.01)


def test_an_unknown_rate_is_advised_as_a_factor() -> None:
    """Adam, without its setting."""
    answer = ask(RULE, train(NET, adam(1e-6), 200))
    assert isinstance(answer, Found)
    assert "times" in answer.advice[0]


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_a_usual_rate_is_clear(rate: float) -> None:
    """Slow is not too low."""
    assert isinstance(ask(RULE, train(NET, sgd(rate), 100)), Clear)


def test_a_warm_up_is_waited_for() -> None:
    """Its first steps are short on purpose."""
    series = train(NET, warm_up(sgd, 0.1, 10_000), 60)
    assert isinstance(ask(RULE, series), NotEnoughEvidence)


def test_a_converged_run_has_no_rate_too_low() -> None:
    """Its steps are short because there is nowhere to go."""
    assert isinstance(ask(RULE, resumed_converged(0)), Clear)


def test_a_loss_that_is_not_meant_to_fall_is_left_alone() -> None:
    """No step of a random walk leads downhill on the next batch too."""
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=False)), Clear)
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=True)), NotApplicable)


def test_a_short_run_is_not_slow() -> None:
    """Ten steps."""
    assert isinstance(ask(RULE, train(NET, sgd(1e-4), 10)), NotEnoughEvidence)


def test_a_schedule_that_ends_too_early_is_told() -> None:
    """The rate is gone after twenty steps, and the loss lies flat."""
    count = 0

    def fading(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-0.1 * 0.85**count * g for g in gradients]

    answer = ask(RULE, train(NET, fading, 150))
    assert isinstance(answer, Found)
    assert answer.row is not None
    assert 5 <= answer.row <= 30
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.1, rel=0.2)


def test_a_loss_that_falls_and_lingers_is_information() -> None:
    """L(w) = w² falls by 30 % in 300 steps, and could fall in ten."""
    answer = ask(RULE, parabola(sgd(3e-4), 300))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.25, rel=0.01)


def test_a_rate_taken_away_from_a_run_that_learned_is_information() -> None:
    """It fell by a good deal; the later gradients confirm that there was more."""
    count = 0

    def decaying(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-0.2 * 0.96**count * g for g in gradients]

    answer = ask(RULE, train(NET, decaying, 200))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.192, rel=0.01)


def test_the_steepest_curvature_bounds_the_advice() -> None:
    """Along the floor of a valley steps are short beside what the walls allow."""
    recording, w, h = Recording(["w"]), np.array([1.0, 1.0]), np.array([1.0, 0.001])
    for _ in range(200):
        after = w - 0.5 * h * w
        recording.step([w], [h * w], [after], loss=float((h * w**2).sum() + 1.0))
        w = after
    assert isinstance(ask(RULE, recording.series()), Clear)


def test_a_rate_taken_away_after_a_few_steps_is_an_error() -> None:
    """Too early for the loss to have shown much; the later gradients still confirm every step."""
    count = 0

    def jumping(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-(0.05 if count <= 8 else 1e-5) * g for g in gradients]

    answer = ask(RULE, train(NET, jumping, 150))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    assert answer.row is not None
    assert 8 <= answer.row <= 16
