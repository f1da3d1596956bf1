"""What is said of a batch that is too small."""

import numpy as np
import pytest

from tb_convergence.diagnose.advice import noisy_gradient as advice
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found


def _found(rate: float = np.nan, share: float = 0.05, *, added: bool = False) -> Found:
    return advice.too_small(8.0, rate, share, {"confirmed_share": share}, noise=0.5, kept=0.1, added=added)


@pytest.mark.parametrize(("rate", "words"), [(0.8, "from 0.8 to 0.1"), (np.nan, "rate 8 times")])
def test_an_unknown_rate_is_lowered_by_a_factor(rate: float, words: str) -> None:
    """A known one to its own value."""
    assert words in _found(rate).advice[1]
    at_floor = advice.at_floor(_found(rate), rate, 0.3, noise=0.5, factor=8.0)
    assert words.removeprefix("rate ") in at_floor.advice[0]
    assert at_floor.severity is Severity.INFO


def test_added_noise_is_told_apart() -> None:
    """A larger batch does not lessen it."""
    assert advice.ADDED in _found(added=True).advice
    assert advice.ADDED not in _found().advice


@pytest.mark.parametrize(("share", "words"), [(0.05, "only 5 %"), (-0.1, "none"), (np.nan, "none")])
def test_what_the_next_batch_confirms_is_told_in_percent(share: float, words: str) -> None:
    """Or as none."""
    assert f"the next batch confirms {words} of what a step promises" in _found(share=share).summary


def test_the_cost_is_told_beside_the_loss() -> None:
    """And a batch of one is named as such."""
    assert "near 0.4, and 50 % of that" in advice.at_rest(9, 0.1, 0.4, 0.5, angle=0.0, threshold=0.25).summary
    assert "from 0.1 to 0.01" in advice.at_rest(9, 0.1, 0.4, 0.5, angle=0.0, threshold=0.25).advice[0]
    assert "batch of 32 or more" in advice.alone(("a",), batch=32.0).advice[0]


@pytest.mark.parametrize(("rate", "better", "words"), [(0.8, 0.1, "from 0.8 to 0.1"), (np.nan, None, "rate 8 times")])
def test_noise_of_the_same_examples_is_not_blamed_on_the_batch(rate: float, better: float | None, words: str) -> None:
    """What is left is less of the noise, or a lower rate."""
    told = advice.of_same_examples(_found(rate), rate, 8.0, noise=0.5)
    assert told.evidence["suggested_learning_rate"] == (None if better is None else pytest.approx(better))
    assert told.evidence["suggested_batch_factor"] is None
    assert words in told.advice[1]
    assert "batch is too small" not in told.summary
