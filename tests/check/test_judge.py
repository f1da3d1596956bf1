"""Verdicts from numbers alone: the judge is pure."""

import numpy as np
import pytest

from tb_convergence.check.judge import Subject, judge, stray
from tb_convergence.check.reasons import Surroundings, reason
from tb_convergence.check.reference import Directions, Reference, agrees
from tb_convergence.check.result import Verdict

R = np.array([1.0, -2.0, 3.0, 0.5])


def verdict(
    gradient: object, values: object = R, *, error: float = 0.0, blur: float = 0.0, floor: float = 0.0
) -> Verdict:
    values = np.asarray(values, np.float64)
    g = None if gradient is None else np.asarray(gradient, np.float64)
    found = judge(
        [Subject("w", values.shape, g)],
        [Reference(values.reshape(-1), error, 1e-3, "test", blur=blur)],
        Surroundings(),
        stray=floor,
    )
    return found[0].verdict


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1.0, 1e30, 1e150])
def test_the_scale_of_the_numbers_does_not_matter(scale: float) -> None:
    """Squares neither vanish nor overflow."""
    assert verdict(R * scale, R * scale) is Verdict.RIGHT
    assert verdict(R * scale * 0.5, R * scale) is Verdict.SCALED


def test_empty_and_single_elements() -> None:
    """A variable without elements has nothing wrong with it."""
    assert verdict(np.zeros((0, 3)), np.zeros((0, 3))) is Verdict.RIGHT
    assert verdict([2.0], [2.0]) is Verdict.RIGHT
    assert verdict([-2.0], [2.0]) is Verdict.SIGN


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_what_is_not_finite_is_said(bad: float, at: int) -> None:
    """In the gradient, or in the derivative."""
    broken = R.copy()
    broken[at] = bad
    assert verdict(broken) is Verdict.NOT_FINITE
    assert verdict(R, broken) is Verdict.NOT_FINITE


def test_a_zero_derivative() -> None:
    """Rounding in place of zero is right; a number is not; what lies between is left open."""
    zero = np.zeros(4)
    assert verdict(zero, zero) is Verdict.RIGHT
    assert verdict(None, zero) is Verdict.RIGHT
    assert verdict(zero + 1e-9, zero, floor=1e-8) is Verdict.RIGHT
    assert verdict(R, zero) is Verdict.DIFFERENT
    assert verdict(R * 1e-3, zero, blur=1e-3) is Verdict.UNDECIDED
    assert verdict(R * 1e-1, zero, blur=1e-3) is Verdict.DIFFERENT


def test_noise_hides_what_it_can_hide_and_no_more() -> None:
    """A derivative lost in noise is undecided; a factor 2 that stands out of it is not."""
    assert verdict(R * 2, error=float(np.linalg.norm(R))) is Verdict.UNDECIDED
    assert verdict(R * 2, error=0.01) is Verdict.SCALED
    assert verdict(R * 1.0005) is Verdict.RIGHT
    assert verdict(R * 1.002) is Verdict.SCALED


def test_a_gradient_that_is_turned_and_scaled_is_said_to_be_both() -> None:
    """−3 × the derivative."""
    (found,) = judge([Subject("w", (4,), -3 * R)], [Reference(R, 0.0, 1e-3, "test")], Surroundings())
    assert found.verdict is Verdict.SCALED
    assert found.factor == pytest.approx(-3.0)
    assert "the sign is turned" in found.reason


def test_directions_tell_what_all_elements_tell() -> None:
    """Against a slow twin that multiplies the whole matrix."""
    directions = Directions(5, 16, 300)
    rng = np.random.default_rng(0)
    r = rng.normal(size=300)
    matrix = np.array(list(directions))
    assert set(np.unique(matrix)) == {-1.0, 1.0}
    reference = Reference(matrix @ r, 0.0, 1e-6, "test", directions)
    np.testing.assert_allclose(reference.view(r), matrix @ r)
    assert agrees(reference, r)
    assert not agrees(reference, r * 1.01)
    assert reference.size(reference.values) == pytest.approx(np.linalg.norm(r), rel=0.5)


def test_stray_is_of_the_largest_gradient() -> None:
    """And no gradient at all makes none."""
    assert stray([], 1e-7) == 0.0
    assert stray([np.zeros(3), np.full(4, 2.0), np.array([np.nan])], 1e-7) == pytest.approx(2e-5)


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (0.5, "a factor 2 is missing"),
        (2.0, "a factor 2 too many"),
        (32.0, "over a batch of 32"),
        (1 / 32, "a mean where the loss has a sum, over a batch of 32"),
        (4.0, "over 4 replicas"),
        (2.0**15, "a loss scale of 2^15 was not undone"),
        (2.0**-15, "undone twice: a loss scale of 2^15"),
        (100.0, "over 100 examples"),
        (-1.0, "the sign is turned"),
        (0.37, "scaled or clipped"),
        (1.0, ""),
        (0.0, "scaled"),
    ],
)
def test_factors_have_reasons(factor: float, said: str) -> None:
    """The likely one is among them."""
    found = reason(factor, 1e-4, Surroundings(frozenset({32}), 4))
    assert said in found
    assert bool(found) == bool(said)
