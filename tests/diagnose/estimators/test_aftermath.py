"""What follows long steps."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.aftermath import comes_back, leaps_after, recovered
from tests.diagnose.simulate import Array

CALM = np.ones(12)


def _leaps(loss: Array, rows: list[int], overshoot: Array | None = None) -> bool:
    slope = np.zeros(len(loss)) if overshoot is None else overshoot
    return leaps_after(loss, slope, np.array(rows, np.int64), high=2.0, soon=3, downhill=0.5)


@pytest.mark.parametrize("value", [2.0, 9.0, np.inf, np.nan])
def test_a_loss_leaps_within_a_few_rows(value: float) -> None:
    """After the step, soon, and not where it had leapt before, or the slope still went downhill."""
    loss = CALM.copy()
    loss[6] = value
    assert _leaps(loss, [3])
    assert _leaps(loss, [0, 5])
    assert not _leaps(loss, [2])
    assert not _leaps(loss, [7])
    assert not _leaps(loss, [])
    assert not _leaps(np.where(np.arange(12) >= 3, 9.0, 1.0), [3])
    assert not _leaps(loss, [5], np.ones(12))
    assert not _leaps(loss[:1], [0])


def test_a_run_recovers_when_all_is_as_before() -> None:
    """The loss below a level, weights neither larger nor smaller, gradients not gone; nothing left tells nothing."""
    known = {"high": 2.0, "grew": 1.1, "faded": 0.3}
    assert recovered(CALM, CALM, CALM, 4, **known)
    assert not recovered(3.0 * CALM, CALM, CALM, 4, **known)
    for other in (np.where(np.arange(12) > 0, factor, 1.0) for factor in (1.2, 0.8, np.nan)):
        assert not recovered(CALM, other, CALM, 4, **known)
    assert not recovered(CALM, CALM, np.where(np.arange(12) > 0, 0.1, 1.0), 4, **known)
    assert not recovered(CALM, CALM, CALM, 12, **known)


def test_a_loss_comes_back_to_a_share_of_the_first() -> None:
    """In one of so many later values; unknown ones are left out, and none at all come back to nothing."""
    jumps = np.where(np.arange(40) % 4 == 0, 1.0, 0.01)
    assert comes_back(jumps, often=0.95, share=0.5)
    assert comes_back(np.where(np.arange(40) % 3 == 1, np.nan, jumps), often=0.95, share=0.5)
    assert not comes_back(np.geomspace(1.0, 0.01, 40), often=0.95, share=0.5)
    assert comes_back(CALM, often=0.95, share=0.5)
    assert comes_back(CALM[:1], often=0.95, share=0.5)
    assert not comes_back(np.full(3, np.nan), often=0.95, share=0.5)
    assert not comes_back(np.empty(0), often=0.95, share=0.5)
