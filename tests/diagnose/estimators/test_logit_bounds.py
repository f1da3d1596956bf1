"""What cross-entropy allows outputs of a known range."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.logit_bounds import confined, largest_entropy, largest_loss
from tests.diagnose.simulate import Array


def _cross_entropy(logits: Array, label: int) -> float:
    return float(np.log(np.exp(logits).sum()) - logits[label])


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("width", [0.0, 1.0, 2.0])
def test_the_best_and_the_worst_logits_have_these_losses(classes: int, width: float) -> None:
    """One at the right end and all others at the other; random ones lie between."""
    floor, ceiling = confined(width, classes)
    one = np.where(np.arange(classes) == 0, width, 0.0)
    assert _cross_entropy(one, 0) == pytest.approx(floor)
    assert _cross_entropy(width - one, 0) == pytest.approx(np.log(1.0 + (classes - 1) * np.exp(width)))
    assert _cross_entropy(one, 1) == pytest.approx(ceiling)
    rng = np.random.default_rng(0)
    logits = rng.uniform(0.0, width, (200, classes))
    most = float(largest_loss(np.zeros(1), np.full(1, width), classes)[0])
    assert all(floor - 1e-9 <= _cross_entropy(x, 0) <= most + 1e-9 for x in logits)


def test_of_one_sigmoid_the_farther_end_counts() -> None:
    """ln(1 + e^x) is at most ln 2 + |x|; unknown, infinite and absent outputs give nothing else."""
    low, high = np.array([-3.0, -1.0, 0.0, np.nan, -np.inf]), np.array([1.0, 2.0, 0.0, 1.0, 0.0])
    found = largest_loss(low, high, 1)
    by_hand = [np.log(2.0) + max(abs(a), abs(b)) for a, b in zip(low[:3], high[:3], strict=True)]
    np.testing.assert_allclose(found[:3], by_hand)
    assert np.isnan(found[3])
    assert np.isinf(found[4])
    assert len(largest_loss(low[:0], high[:0], 3)) == 0


@pytest.mark.parametrize("classes", [2, 5])
def test_no_answers_of_a_spread_have_a_larger_entropy(classes: int) -> None:
    """Uniform ones have ln C, sure ones 0, and answers as sure as each other no more than the bound."""
    assert largest_entropy(0.0, classes) == pytest.approx(np.log(classes))
    assert largest_entropy(1.0, classes) == pytest.approx(0.0, abs=1e-9)
    rng = np.random.default_rng(1)
    for _ in range(50):
        p = rng.dirichlet(np.ones(classes))
        spread = float(np.sqrt(np.mean((p - 1.0 / classes) ** 2)))
        square = 1.0 / classes + classes * spread**2
        assert square == pytest.approx(float(np.sum(p**2)))
        assert float(-np.sum(p * np.log(p))) <= largest_entropy(spread, classes) + 1e-9


def test_an_unknown_spread_has_no_entropy_to_speak_of() -> None:
    """NaN holds no comparison."""
    assert np.isnan(largest_entropy(np.nan, 3))
