"""A factor of a gradient has ends, as wide as the steps that it is known from."""

import math

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.bracket import Bracket
from tb_convergence.diagnose.estimators.factor import Factor, of_comparisons, of_parts, of_share, of_steps


@pytest.mark.parametrize("factor", [0.01, 0.5, 1.0, 450.0, -1.0, -0.2])
def test_it_lies_between_its_ends(factor: float) -> None:
    """Of steps that scatter by 5 % about 1/c: the ends are those of sorting them by hand."""
    inverse = (1.0 + 0.05 * np.random.default_rng(3).standard_normal(201)) / factor
    found, ordered = of_steps(inverse), np.sort(1.0 / inverse)
    assert found.low < factor < found.high
    assert found.value == pytest.approx(ordered[100])
    assert (found.low, found.high) == pytest.approx((ordered[20], ordered[180]))
    assert 0.05 < found.error < 0.1


def test_what_all_steps_share_widens_the_ends() -> None:
    """An error that their scatter does not show."""
    found = of_steps(np.full(9, -2.0), blur=0.1)
    assert (found.low, found.value, found.high) == pytest.approx((-0.5 / 0.9, -0.5, -0.5 / 1.1))
    compared = of_comparisons(np.full(9, -2.0), blur=0.1)
    assert (compared.low, compared.value, compared.high) == pytest.approx((-2.2, -2.0, -1.8))


def test_exact_steps_have_no_error() -> None:
    """All of them say the same; those that are not finite say nothing."""
    assert of_steps(np.array([2.0, np.nan, 2.0, np.inf])) == Factor(0.5, 0.5, 0.5)
    assert of_comparisons(np.array([0.5, 0.5, np.nan])) == Factor(0.5, 0.5, 0.5)


def test_steps_of_both_signs_leave_it_open() -> None:
    """1/c that may be zero: c may be as large as it likes."""
    found = of_steps(np.array([-1.0, 0.5, 1.0, 1.0, 2.0]))
    assert (found.value, found.low, found.high) == (1.0, -math.inf, math.inf)
    assert of_share(0.5, 0.3).high == math.inf


def test_no_step_says_nothing() -> None:
    """None at all, or zeros: no ends."""
    for found in (
        of_steps(np.array([])),
        of_comparisons(np.array([np.nan])),
        of_steps(np.zeros(3)),
    ):
        assert not math.isfinite(found.value)
    assert of_steps(np.array([np.nan])).low == -math.inf


def test_one_step_is_its_own_end() -> None:
    """Nothing else is known."""
    assert of_steps(np.array([4.0])) == Factor(0.25, 0.25, 0.25)


def test_a_standard_error_counts_twice() -> None:
    """1/c = 2 ± 0.1."""
    found = of_share(2.0, 0.1)
    assert (found.low, found.value, found.high) == pytest.approx((1.0 / 2.2, 0.5, 1.0 / 1.8))
    assert found.error == pytest.approx(1.0 / 9.0)


def test_parts_of_a_run_are_as_wide_as_all_of_them() -> None:
    """With what their falls are not known to, and no sign but that of their middle."""
    parts = (Bracket(0.2, 0.4, fall=1.0, error=0.05), Bracket(0.3, 0.6, fall=0.5, error=0.1))
    found = of_parts(parts)
    assert found.value == pytest.approx(0.375)
    assert (found.low, found.high) == pytest.approx((0.18, 0.72))
    assert of_parts([Bracket(-0.1, 0.5, fall=1.0)]).low == 0.0
    assert of_parts([Bracket(-0.5, 0.1, fall=-1.0)]).high == 0.0
