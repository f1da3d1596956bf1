"""What is said of a learning rate that is too high."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.advice import high_learning_rate as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tests.diagnose.simulate import parabola, sgd


def _context(rate: float = np.nan) -> Context:
    series = parabola(sgd(1.5), 12)
    return Context(replace(series, step_values={**series.step_values, "learning_rate": np.full(12, rate)}))


@pytest.mark.parametrize(("rate", "words"), [(0.5, "from 0.5 to 0.05"), (None, "by a factor of 10")])
def test_an_unknown_rate_is_lowered_by_a_factor(rate: float | None, words: str) -> None:
    """A known one to its own value."""
    found = advice.long_steps(_context(), 1, 0.3, rate, 10.0, threshold=0.1, safe=0.02)
    assert words in found.advice[0]
    assert "one step changes 30 % of the weights" in found.summary
    assert found.evidence["suggested_learning_rate"] == (0.05 if rate else None)


def test_a_step_is_told_in_ways_to_the_minimum() -> None:
    """Of w² a rate of 1.5 goes three times as far."""
    found = advice.past_the_minimum(_context(1.5), 3, 5, threshold=-1.0)
    assert "the step at 2 went 3 times as far as to the minimum" in found.summary
    assert found.evidence["suggested_learning_rate"] == pytest.approx(0.15)
    assert "tenfold" in advice.thrown_up(_context(), 1, np.nan, threshold=-1.0).advice[0]


def test_variants_keep_the_advice() -> None:
    """And are less sure, and less alarming."""
    found = advice.long_steps(_context(), 1, 2.0, 0.5, 10.0, threshold=0.1, safe=0.02)
    variants = (
        advice.leapt(found, 3, 0.1, 0.5, lost=1.0, thrown=2.0, higher=True),
        advice.limping(found, 4, highest=9.0, end=1.0, threshold=0.1),
        advice.replaced(found, 3, 2.0, end=1.0, constant=2.0, falls=False),
        advice.wild(found, 2.0, 0.5, killed=True, threshold=0.3),
        advice.never_settled(found, 0.4, 0.03),
    )
    assert [x.severity for x in variants] == [Severity.WARNING] * 3 + [Severity.INFO, Severity.ERROR]
    assert all(x.advice == found.advice and x.confidence < found.confidence for x in variants)
