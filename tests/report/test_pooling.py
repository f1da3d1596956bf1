"""Buckets of rows → one row, against a slow twin."""

from collections.abc import Callable

import numpy as np
import pytest

from tb_convergence.report.buckets import starts
from tb_convergence.report.pooling import POOLS, pooled

SLOW: dict[str, Callable[[list[float]], float]] = {
    "max": lambda x: max(x, key=abs),
    "min": min,
    "median": lambda x: sorted(x)[(len(x) - 1) // 2],
    "last": lambda x: x[-1],
}


def slow(values: np.ndarray, exists: np.ndarray, pool: str) -> float | None:
    """One bucket of one variable, as the contract says it; ``None``: no number."""
    there = values[exists]
    if not len(there):
        return None
    if np.isnan(there).any():
        return np.nan
    if np.isinf(there).any():
        return np.inf
    return SLOW[pool](there.tolist())


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("seed", range(6))
def test_pooling_agrees_with_the_plain_rule(pool: str, seed: int) -> None:
    """Signed values with NaN, infinities and missing numbers anywhere, buckets of unequal length."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(41, 5))
    values[rng.random(values.shape) < 0.04] = np.inf
    values[rng.random(values.shape) < 0.04] = np.nan
    missing = rng.random(values.shape) < 0.5
    values[missing] = np.nan
    start = starts(41, 12)
    found, there = pooled(values, ~missing, start, pool)
    for bucket, (begin, end) in enumerate(zip(start, [*start[1:], 41], strict=True)):
        for v in range(5):
            wanted = slow(values[begin:end, v], ~missing[begin:end, v], pool)
            assert there[bucket, v] == (wanted is not None)
            if wanted is not None:
                np.testing.assert_equal(found[bucket, v], wanted)


@pytest.mark.parametrize("pool", POOLS)
def test_as_many_buckets_as_rows_change_nothing(pool: str) -> None:
    """A short run is shown as it was recorded."""
    values = np.random.default_rng(0).normal(size=(7, 3))
    found, there = pooled(values, np.ones((7, 3), bool), starts(7, 100), pool)
    np.testing.assert_array_equal(found, values)
    assert there.all()


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (0, 0)])
def test_nothing_pools_to_nothing(pool: str, shape: tuple[int, int]) -> None:
    """No steps in range, or no variables."""
    found, there = pooled(np.zeros(shape), np.zeros(shape, bool), starts(shape[0], 2), pool)
    assert found.shape == there.shape == (min(shape[0], 2), shape[1])


def test_one_spike_among_thousands_is_kept() -> None:
    """The reason why the largest magnitude is pooled, and not the mean."""
    values = np.full((10_000, 1), -1.0)
    values[5000] = -1e6
    found, _ = pooled(values, np.ones_like(values, bool), starts(10_000, 100), "max")
    assert found.min() == -1e6
