"""Layers that get no gradient."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.mortality import born_dead, killed


def test_a_layer_is_born_dead() -> None:
    """In the first row and in most of the last; one that lives at either end is not."""
    dead = np.ones(20)
    assert born_dead(dead, last=10)
    assert born_dead(dead[:1], last=10)
    assert not born_dead(np.r_[0.9, dead[1:]], last=10)
    assert not born_dead(np.r_[dead[:10], np.zeros(10)], last=10)
    assert not born_dead(np.full(20, np.nan), last=10)
    assert not born_dead(np.empty(0), last=10)


@pytest.mark.parametrize("unknown", [0, 10, 19])
def test_a_layer_is_killed_on_the_way(unknown: int) -> None:
    """Of two, one that dies in the midst; not where one was dead at first, half lives, or most rows are unknown."""
    dead = np.stack([np.zeros(20), np.where(np.arange(20) < 8, 0.1, 0.95)], axis=1)
    dead[unknown] = np.nan
    assert killed(dead, share=0.9, last=10)
    assert not killed(dead[:, :1], share=0.9, last=10)
    assert not killed(np.minimum(dead, 0.6), share=0.9, last=10)  # as wide ones are healthy
    assert not killed(np.ones((20, 2)), share=0.9, last=10)
    assert not killed(np.full((20, 2), np.nan), share=0.9, last=10)
    assert not killed(dead[:1], share=0.9, last=10)
    assert not killed(dead[:0], share=0.9, last=10)
