"""What is said of a gradient that is not the derivative of the loss."""

import numpy as np
import pytest

from tb_convergence.diagnose.advice import wrong_gradient as advice
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found


def _scaled(names: tuple[str, ...], *, exact: bool) -> Found:
    told = {"exact": exact, "alarm": exact}
    return advice.scaled(0.5, 0.0, names, (30, 2), source="the loss change", threshold=0.01, **told)


@pytest.mark.parametrize(
    ("names", "which"),
    [((), "of every variable"), (("a",), "of a"), (("a", "b"), "of every variable")],
)
def test_the_variables_are_named_unless_it_is_all(names: tuple[str, ...], which: str) -> None:
    """With the factor that puts it right."""
    found = _scaled(names, exact=True)
    assert found.summary.startswith(f"The gradient {which} is 0.5 × the derivative")
    assert "by 2," in found.advice[0]
    assert "is about 0.5 ×" in _scaled(names, exact=False).summary


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
    assert "in 7 steps" in advice.opposite(-1.0, 7, 1.0).summary


def test_a_factor_near_nothing_is_no_slip_of_a_formula() -> None:
    """But the gradient of another loss."""
    found = advice.scaled(1e-6, 0.0, (), (30, 2), source="the loss change", threshold=0.01, exact=False, alarm=True)
    assert "Is it the gradient of this loss?" in found.advice[0]
    assert not any("Multiply" in line for line in found.advice)
