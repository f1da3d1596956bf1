"""The tape's own gradient, and the loss of the same batch, name what is wrong."""

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Clear, Found
from tb_convergence.diagnose.rules.wrong_gradient import RULE
from tb_convergence.series import Series
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Recording, parabola, sgd


def quadratic(factors: tuple[float, float], *, reference: bool = False, turn: float = 0.0) -> Series:
    """L = ½ Σ λᵢ wᵢ² of two variables, each gradient times its factor; ``turn`` mixes the elements of the first."""
    rng, recording = np.random.default_rng(0), Recording(["a", "b"])
    scales = [np.array([1.0, 2.0, 3.0]), np.array([0.5, 4.0])]
    w = [rng.normal(size=3), rng.normal(size=2)]
    for _ in range(30):
        right = [s * x for s, x in zip(scales, w, strict=True)]
        used = [f * g for f, g in zip(factors, right, strict=True)]
        used[0] = used[0] + turn * np.roll(used[0], 1)
        after = [x - 0.1 * g for x, g in zip(w, used, strict=True)]
        loss = 0.5 * sum(float(g @ x) for g, x in zip(right, w, strict=True))
        recording.step(w, used, after, loss=loss, references=right if reference else None)
        w = after
    return recording.series()


@pytest.mark.parametrize("reference", [False, True])
def test_the_wrong_one_of_two_variables_is_named(*, reference: bool) -> None:
    """By the reference, and by how much each variable's promise is worth in loss."""
    answer = ask(RULE, quadratic((1.0, 0.5), reference=reference))
    assert isinstance(answer, Found)
    assert answer.variables == ("b",)


def test_a_gradient_that_points_elsewhere_is_told_by_its_cosine() -> None:
    """A direction has no factor."""
    answer = ask(RULE, quadratic((1.0, 1.0), reference=True, turn=0.7))
    assert isinstance(answer, Found)
    assert answer.variables == ("a",)
    assert "cosine" in answer.summary


def test_the_tapes_own_gradient_shows_a_wrong_sign() -> None:
    """In so many words, not only as an angle."""
    answer = ask(RULE, parabola(sgd(0.01), 20, factor=-1.0, reference=True))
    assert isinstance(answer, Found)
    assert "opposite sign" in answer.summary


def _one_layer(factor: float, *, first: float = 1.0, taped: bool = False, reference: bool = False) -> Series:
    """Noisy batches, probed; the gradient of the second variable is ``factor`` times the derivative.

    ``first``: that of the first variable; ``taped``: what the tape says is as wrong; ``reference``: and was recorded.
    """
    rng = np.random.default_rng(0)
    recording, w = Recording(["a", "b"]), [rng.normal(size=6), rng.normal(size=6)]
    for _ in range(80):
        x = [rng.normal(size=6) for _ in w]
        g = [first * (w[0] - x[0]), factor * (w[1] - x[1])]
        after = [v - 0.02 * d for v, d in zip(w, g, strict=True)]
        tape = (first, factor) if taped else (1.0, 1.0)
        slope = sum(c * float((a - y) @ (a - v)) for c, a, y, v in zip(tape, after, x, w, strict=True))
        losses = [sum(0.5 * float((p - y) @ (p - y)) for p, y in zip(v, x, strict=True)) for v in (w, after)]
        looked = {"loss_after": losses[1], "slope_after": slope}
        recording.step(w, g, after, loss=losses[0], looked=looked, references=g if reference else None)
        w = after
    return recording.series()


def test_a_probed_batch_names_the_layer_with_the_wrong_sign() -> None:
    """Through the noise of batches; and a right gradient is clear."""
    answer = ask(RULE, _one_layer(-1.0))
    assert isinstance(answer, Found)
    assert answer.variables == ("b",)
    assert answer.evidence["factor"] == pytest.approx(-1.0, rel=0.01)
    assert not isinstance(ask(RULE, _one_layer(1.0)), Found)


@pytest.mark.parametrize("reference", [False, True])
def test_a_tape_that_is_wrong_itself_is_told_as_such(*, reference: bool) -> None:
    """A custom gradient without its factor 2, in minibatches: the gradient agrees with the tape, not with the loss."""
    answer = ask(RULE, _one_layer(0.5, first=0.5, taped=True, reference=reference))
    assert isinstance(answer, Found)
    assert answer.evidence["factor"] == pytest.approx(0.5, rel=0.01)
    assert answer.severity is Severity.ERROR
    assert "custom_gradient" in answer.advice[0]
    assert not isinstance(ask(RULE, _one_layer(1.0, taped=True, reference=reference)), Found)


@pytest.mark.parametrize(("slope", "severity"), [(0.0, Severity.ERROR), (-0.1, Severity.INFO)])
def test_a_tape_that_is_wrong_on_purpose_is_no_alarm(slope: float, severity: Severity) -> None:
    """A gradient that is reversed, or passed straight through, in a run that learns."""
    series, shrinks = _one_layer(-1.0, taped=True), np.exp(slope * np.arange(80.0))
    for name in ("loss", "loss_after", "slope_after"):
        series.step(name)[:] *= shrinks
    series.values["gradient_norm"][:] *= shrinks[:, None]
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.variables == ("b",)
    assert answer.severity is severity


def test_clipping_is_no_error() -> None:
    """The factor of a clipped gradient changes from step to step."""
    rng, recording = np.random.default_rng(0), Recording(["w"])
    for _ in range(30):
        g = rng.normal(size=4) * rng.uniform(0.1, 10.0)
        recording.step([g], [g * min(1.0, 1.0 / float(np.linalg.norm(g)))], [g], loss=1.0, references=[g])
    assert isinstance(ask(RULE, recording.series()), Clear)


@pytest.mark.parametrize(("factor", "told"), [(100.0, True), (-1.0, True), (1.0, False)])
def test_long_steps_on_one_batch_tell_the_factor_by_their_ends(factor: float, *, told: bool) -> None:
    """L = ¼ Σ w⁴: no trapezoid holds along such steps. A right gradient says nothing."""
    recording, w = Recording(["w"]), np.array([1.6, -1.1, 0.7])
    for _ in range(12):
        after = w - 0.6 * w**3
        looked = {"loss_after": float(np.sum(after**4) / 4.0), "slope_after": float((after**3) @ (after - w))}
        recording.step([w], [factor * w**3], [after], loss=float(np.sum(w**4) / 4.0), looked=looked)
        w = after
    answer = ask(RULE, recording.series())
    assert isinstance(answer, Found) == told
    if isinstance(answer, Found):
        assert answer.evidence["factor"] == pytest.approx(factor, rel=1e-4)
        assert answer.evidence["source"] == "the slopes after the steps"
