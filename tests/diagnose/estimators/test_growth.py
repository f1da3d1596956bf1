"""A run that blows up is seen without its loss; warm-up and learning are not mistaken for it."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.growth import growing_since
from tb_convergence.series import Values

DOUBLING: Values = np.exp2(np.arange(20.0))
STEADY: Values = np.ones(20)


def test_what_doubles_at_every_step_grows_from_the_start() -> None:
    """From the first step that left the lowest gradient."""
    assert growing_since(DOUBLING, DOUBLING, DOUBLING) == 1


def test_a_calm_beginning_is_left_out() -> None:
    """The onset is where the growth begins."""
    later = np.concatenate([STEADY, DOUBLING])
    assert growing_since(later, later, later) == 21


@pytest.mark.parametrize("steady", [0, 1, 2])
def test_all_three_must_grow(steady: int) -> None:
    """Updates grow in a warm-up, weights while a run learns."""
    gradient, update, weight = (STEADY if i == steady else DOUBLING for i in range(3))
    assert growing_since(gradient, update, weight) is None


def test_a_spike_is_no_divergence() -> None:
    """What comes back has not left."""
    spike = np.where(np.arange(20) == 10, 1e6, 1.0)
    assert growing_since(spike, spike, spike) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_missing_numbers_are_passed_over(bad: float) -> None:
    """Wherever they stand; nothing else is nothing."""
    for place in (0, 10, 19):
        norm = DOUBLING.copy()
        norm[place] = bad
        assert growing_since(norm, norm, norm) is not None
    assert growing_since(np.full(20, bad), DOUBLING, DOUBLING) is None
    assert growing_since(DOUBLING[:7], DOUBLING[:7], DOUBLING[:7]) is None
    assert growing_since(DOUBLING[:0], DOUBLING[:0], DOUBLING[:0]) is None
