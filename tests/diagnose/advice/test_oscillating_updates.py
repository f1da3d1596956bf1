"""What is said of updates, or a loss, that swing."""

import pytest

from tb_convergence.diagnose.advice import oscillating_updates as advice
from tb_convergence.diagnose.estimators.oscillation import ringing
from tb_convergence.diagnose.estimators.periodicity import Period
from tb_convergence.diagnose.finding import Severity


def test_data_that_come_sorted_are_to_be_shuffled() -> None:
    """By class, or by kind where no labels are known."""
    by_class = advice.by_class(Severity.ERROR, 1.0, 10, 9.0)
    by_kind = advice.by_kind(Severity.INFO, 5, 20.0, 0.95, thresholds=(4, 0.9))
    assert by_class.advice == by_kind.advice == advice.SHUFFLE
    assert "a batch holds 1 of 10" in by_class.summary
    assert "every 20 steps" in by_kind.summary


@pytest.mark.parametrize("harms", [True, False])
def test_one_order_is_blamed_where_it_harms(*, harms: bool) -> None:
    """Else it is only named."""
    found = advice.in_one_order(Severity.INFO, Period(30, 0.8), 5.0, harms=harms, threshold=4.0)
    assert "every 30 steps" in found.summary
    assert ("undo" in found.summary) is harms


def test_a_swing_is_told_with_its_period() -> None:
    """And a bounce with the step since which it lasts."""
    swing = ringing(0.5, 0.9)
    found = advice.rings(swing, ("w",), rate=0.1, momentum=0.9, curvature=5.0, limit=3.8)
    assert found.evidence["stability_number"] == pytest.approx(0.5)
    assert "lose 5.13 % a step" in found.summary
    assert "from step 70 on" in advice.bounces(7, 70, -0.9, ("w",), threshold=-0.5).summary
