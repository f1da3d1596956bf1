"""The gradient check from the same batch gives the factor of the whole, and of each variable."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.probe import _errors, at_the_ends, factors, true_slope
from tb_convergence.series import Series
from tests.diagnose.simulate import Recording


def _probed(steps: int, each: tuple[float, float], *, looks: bool = True, taped: bool = False) -> Series:
    """L = ½‖w − x‖², another x at each step; gradients are ``each`` times the derivative.

    ``taped``: and so is what the tape says afterwards.
    """
    rng = np.random.default_rng(0)
    recording, w = Recording(["a", "b"]), [rng.normal(size=5), rng.normal(size=3)]
    for _ in range(steps):
        x = [rng.normal(size=v.shape) for v in w]
        g = [c * (v - y) for c, v, y in zip(each, w, x, strict=True)]
        after = [v - 0.01 * d for v, d in zip(w, g, strict=True)]
        tape = each if taped else (1.0, 1.0)
        slope = sum(c * float((a - y) @ (a - v)) for c, a, y, v in zip(tape, after, x, w, strict=True))
        losses = [sum(0.5 * float((p - y) @ (p - y)) for p, y in zip(v, x, strict=True)) for v in (w, after)]
        looked = {"loss_after": losses[1], "slope_after": slope} if looks else {}
        recording.step(w, g, after, loss=losses[0], looked=looked)
        w = after
    return recording.series()


@pytest.mark.parametrize("each", [(1.0, 1.0), (0.5, 0.5), (-1.0, 1.0), (1.0, 20.0), (0.0625, 1.0)])
def test_each_factor_is_found_on_a_parabola(each: tuple[float, float]) -> None:
    """Exactly, through any noise of batches."""
    found = factors(_probed(40, each))
    assert found is not None
    np.testing.assert_allclose(1.0 / found.each, each, rtol=1e-3)
    if each[0] == each[1]:
        assert found.whole.value == pytest.approx(each[0], rel=1e-3)
        assert found.spread < 1e-3


@pytest.mark.parametrize("each", [(0.5, 0.5), (2.0, 2.0), (-1.0, -1.0), (-1.0, 1.0), (0.9, 0.9)])
def test_a_tape_that_is_wrong_itself_is_told_from_the_loss(each: tuple[float, float]) -> None:
    """Its slope after the step is as wrong as the one before: only the loss says so."""
    found, straight = factors(_probed(40, each, taped=True)), factors(_probed(40, each))
    assert found is not None
    np.testing.assert_allclose(1.0 / found.each, each, rtol=0.03)
    assert found.taped
    assert straight is not None
    assert not straight.taped


def test_a_right_tape_is_not_called_wrong() -> None:
    """With a right gradient both readings are one."""
    found = factors(_probed(40, (1.0, 1.0), taped=True))
    assert found is not None
    assert not found.taped


def test_the_slope_is_that_of_the_derivative() -> None:
    """⟨∇L, Δ⟩ at the start of the step, by hand."""
    series = _probed(6, (1.0, 1.0))
    np.testing.assert_allclose(true_slope(series), series.inner("gradient", "update").sum(axis=1), rtol=1e-4)


def test_without_probes_there_are_none() -> None:
    """Nor from too few steps, nor from numbers that are not finite."""
    assert factors(_probed(40, (1.0, 1.0), looks=False)) is None
    assert factors(_probed(3, (1.0, 1.0))) is None
    series = _probed(40, (1.0, 1.0))
    series.step("loss_after")[:] = np.inf
    with np.errstate(all="ignore"):
        assert factors(series) is None


def test_fewer_steps_than_variables_name_none() -> None:
    """The whole is known, the parts are not."""
    series = _probed(4, (2.0, 2.0))
    found = factors(series)
    assert found is not None
    assert found.whole.value == pytest.approx(2.0, rel=1e-3)


def test_errors_are_those_of_leaving_each_row_out() -> None:
    """HC3 against its slow twin, about the jackknife; a column that few rows hold is far less sure than the others."""
    rng = np.random.default_rng(1)
    a = rng.normal(size=(60, 3))
    a[4:, 0] = 0.0
    solution, _, _, _ = np.linalg.lstsq(a, rng.normal(size=60) + a @ [1.0, 2.0, 3.0], rcond=None)
    b = a @ solution + np.where(np.arange(60) < 4, 3.0, 0.01) * rng.normal(size=60)
    found = _errors(a, b - a @ np.linalg.lstsq(a, b, rcond=None)[0])
    inverse, slow = np.linalg.inv(a.T @ a), np.zeros(3)
    for i in range(60):
        others = np.arange(60) != i
        without = np.linalg.lstsq(a[others], b[others], rcond=None)[0]
        slow += (inverse @ a[i] * (b[i] - a[i] @ without)) ** 2
    np.testing.assert_allclose(found, np.sqrt(slow), rtol=1e-6)
    assert found[0] > 3.0 * found[1:].max()


def _quartic(factor: float, *, rate: float = 0.3, steps: int = 12) -> Series:
    """L = ¼ Σ w⁴ of one batch, probed; the gradient is ``factor`` times the derivative, the rate divided by it."""
    recording, w = Recording(["w"]), np.array([1.6, -1.1, 0.7])
    for _ in range(steps):
        after = w - rate * w**3
        looked = {"loss_after": float(np.sum(after**4) / 4.0), "slope_after": float((after**3) @ (after - w))}
        recording.step([w], [factor * w**3], [after], loss=float(np.sum(w**4) / 4.0), looked=looked)
        w = after
    return recording.series()


@pytest.mark.parametrize("factor", [100.0, 0.5, -1.0, 1.0])
def test_slopes_at_the_ends_give_the_factor_however_long_the_steps(factor: float) -> None:
    """Where the third derivative makes the trapezoid useless; from each step that one follows."""
    ratio = at_the_ends(_quartic(factor))
    np.testing.assert_allclose(ratio, factor, rtol=1e-4)
    assert len(ratio) == 11


def test_other_batches_do_not_agree_on_it() -> None:
    """Nor does a step say anything that was not looked at, or is followed by another than the next."""
    ratio = at_the_ends(_probed(40, (2.0, 2.0)))
    assert np.std(ratio) > 0.1 * abs(np.median(ratio))
    assert np.isnan(at_the_ends(_probed(40, (2.0, 2.0), looks=False))).all()
    series = _quartic(2.0)
    series.steps[6:] += 1
    assert np.flatnonzero(np.isnan(at_the_ends(series))).tolist() == [5]
    assert len(at_the_ends(_quartic(2.0, steps=1))) == 0
