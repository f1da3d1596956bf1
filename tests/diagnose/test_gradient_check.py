"""The table of the gradient check gives the factor, the angle and what neither explains."""

import numpy as np
import pytest

from tb_convergence.diagnose.gradient_check import Verdict, compared, passive
from tests.diagnose.cut import cut
from tests.diagnose.simulate import Array, Recording, parabola, sgd


def logged(g: Array, r: Array, steps: int = 5) -> Recording:
    """A run in which ``g`` was passed on where the tape's own was ``r``."""
    recording, w = Recording(["w"]), np.ones(len(g))
    for _ in range(steps):
        recording.step([w], [g], [w - 0.1 * g], references=[r])
        w = w - 0.1 * g
    return recording


@pytest.mark.parametrize(
    ("g", "verdict"),
    [
        ([3.0, 4.0], Verdict.RIGHT),
        ([1.5, 2.0], Verdict.SCALED),
        ([-3.0, -4.0], Verdict.OPPOSITE),
        ([4.0, -3.0], Verdict.ASTRAY),
        ([4.0, 3.0], Verdict.ASTRAY),
    ],
)
def test_factor_cosine_and_residual_are_those_of_the_vectors(g: list[float], verdict: Verdict) -> None:
    """The slow twin: the vectors themselves."""
    gradient, r = np.array(g), np.array([3.0, 4.0])
    (found,) = compared(logged(gradient, r).series())
    factor = gradient @ r / (r @ r)
    residual = np.linalg.norm(gradient - factor * r) / np.linalg.norm(gradient)
    expected = [factor, gradient @ r / np.linalg.norm(gradient) / np.linalg.norm(r), residual]
    np.testing.assert_allclose(np.array([found.factor, found.cosine, found.residual], float), expected, atol=1e-3)
    assert (found.verdict, found.steps) == (verdict, 5)


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, Verdict.RIGHT), (0.5, Verdict.SCALED), (-0.01, Verdict.OPPOSITE)]
)
def test_the_loss_tells_the_factor_without_any_reference(factor: float, verdict: Verdict) -> None:
    """Exact on a parabola."""
    found = passive(parabola(sgd(0.1), 20, factor=factor))
    assert found.verdict is verdict
    assert found.factor == pytest.approx(factor, rel=1e-3)


def test_a_loss_that_jumps_hides_it() -> None:
    """Minibatches."""
    rng = np.random.default_rng(0)
    recording, w = Recording(["w"]), np.ones(4)
    for _ in range(40):
        g = w + rng.normal(size=4)
        recording.step([w], [g], [w - 0.01 * g], loss=float(w @ w / 2 + rng.normal()))
        w = w - 0.01 * g
    assert passive(recording.series()).verdict is Verdict.UNSTEADY


@pytest.mark.parametrize("steps", [0, 1])
def test_too_few_steps_are_not_compared(steps: int) -> None:
    """Not compared is not right."""
    series = cut(parabola(sgd(0.1), 4), steps)
    assert passive(series).verdict is Verdict.UNKNOWN
    assert [c.verdict for c in compared(series)] == [Verdict.UNKNOWN] * len(series.variables)


def test_a_zero_or_broken_reference_is_not_compared() -> None:
    """Nothing to divide by."""
    assert compared(logged(np.ones(2), np.zeros(2)).series())[0].verdict is Verdict.UNKNOWN
    assert compared(logged(np.ones(2), np.array([np.nan, 1.0])).series())[0].verdict is Verdict.UNKNOWN


def test_a_constant_loss_is_not_compared() -> None:
    """Its change is invisible."""
    assert passive(parabola(sgd(0.0), 10)).verdict is Verdict.UNKNOWN
