"""What is said of a gradient that is not the derivative of the loss."""

import math

import numpy as np
import pytest

from tb_convergence.diagnose.advice import wrong_gradient as advice
from tb_convergence.diagnose.estimators.factor import Factor
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found


def _scaled(names: tuple[str, ...], *, exact: bool) -> Found:
    told = {"exact": exact, "alarm": exact}
    factor = Factor(0.5) if exact else Factor(0.5, 0.4, 0.7)
    return advice.scaled(factor, 0.0, names, (30, 2), source="the loss change", threshold=0.01, **told)


@pytest.mark.parametrize(
    ("names", "which"),
    [((), "of every variable"), (("a",), "of a"), (("a", "b"), "of every variable")],
)
def test_the_variables_are_named_unless_it_is_all(names: tuple[str, ...], which: str) -> None:
    """With the factor that puts it right."""
    found = _scaled(names, exact=True)
    assert found.summary.startswith(f"The gradient {which} is 0.5 × the derivative")
    assert "by 2," in found.advice[0]
    about = _scaled(names, exact=False)
    assert "is about 0.5 × the derivative of the loss, between 0.4 and 0.7 (from" in about.summary
    assert (about.evidence["factor_from"], about.evidence["factor_to"]) == (0.4, 0.7)
    assert "by about 2," in about.advice[0]


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (Factor(44.158, low=44.158), "is at least 44 × the derivative of the loss (from"),
        (Factor(0.32789), "is about 0.33 × the derivative of the loss (from"),
        (Factor(0.32789, 0.3271, 0.3283), "is about 0.328 × the derivative of the loss, between 0.327 and 0.328 (from"),
        (Factor(0.32789, -math.inf, 0.4), "is about 0.33 × the derivative of the loss, at most 0.4 × (from"),
    ],
)
def test_a_factor_is_said_as_far_as_it_is_known(factor: Factor, words: str) -> None:
    """An end that is not known is not said, nor are more digits."""
    told = {"exact": False, "alarm": False}
    found = advice.scaled(factor, 0.0, (), (30, 2), source="the loss change", threshold=0.01, **told)
    assert words in found.summary


def test_the_tape_may_do_so_on_purpose() -> None:
    """Then it is information, with other advice."""
    found = _scaled((), exact=False)
    assert advice.from_the_tape(found, alarm=True).severity is found.severity
    told = advice.from_the_tape(found, alarm=False)
    assert (told.severity, told.evidence["from_the_tape"], told.summary) == (Severity.INFO, True, found.summary)


def test_signs_and_directions_are_told_apart() -> None:
    """By the cosine to the tape's gradient; by the rate that the updates show, or by their angle where they do not."""
    assert "opposite sign" in advice.turned(("a",), -1.0, alarm=True, threshold=0.99).summary
    assert "points elsewhere" in advice.turned(("a",), 0.3, alarm=False, threshold=0.99).summary
    assert "a learning rate of −0.1" in advice.ascent(-0.1, 1.0).summary
    assert "their cosine to it is 1" in advice.ascent(np.nan, 1.0).summary
    assert "in 7 steps" in advice.opposite(Factor(-1.0), 7, 1.0).summary


def test_a_factor_near_nothing_is_no_slip_of_a_formula() -> None:
    """But the gradient of another loss."""
    told = {"exact": False, "alarm": True}
    found = advice.scaled(Factor(1e-6), 0.0, (), (30, 2), source="the loss change", threshold=0.01, **told)
    assert "Is it the gradient of this loss?" in found.advice[0]
    assert not any("Multiply" in line for line in found.advice)


def test_a_factor_that_is_at_least_so_large_is_taken_back_by_as_much_at_most() -> None:
    """44 and more: 0.023 and less."""
    told = {"exact": False, "alarm": True}
    found = advice.scaled(Factor(44.0, low=44.0), 0.0, (), (30, 2), source="a bound", threshold=0.01, **told)
    assert "by at most 0.023," in found.advice[0]
