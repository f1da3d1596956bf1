"""The sample of a large variable is fixed, spread out, and near enough."""

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.sampling import BLOCK, BUDGET, LEAST, SAMPLE, blocks, limit_for, take, thin


@pytest.mark.parametrize("size", [0, 1, 15, SAMPLE - 1, SAMPLE])
def test_small_variables_are_taken_whole(size: int) -> None:
    """In their order."""
    np.testing.assert_array_equal(take(tf.range(size), size), np.arange(size))


@pytest.mark.parametrize("size", [SAMPLE + 1, SAMPLE + BLOCK, 5000, 6000, 100_000, 1_000_003])
def test_large_ones_by_distinct_elements(size: int) -> None:
    """No element twice, none out of range, every stratum visited, the same at each call."""
    chosen = take(tf.range(size), size).numpy()
    assert len(set(chosen.tolist())) == SAMPLE == len(chosen)
    assert 0 <= chosen.min() <= chosen.max() < size
    np.testing.assert_array_equal(chosen, take(tf.range(size), size).numpy())
    gaps = np.diff(np.sort(chosen))
    assert gaps.max() <= 2 * (size / SAMPLE + 1) * BLOCK


def test_the_norm_is_estimated_within_a_few_percent() -> None:
    """Also where whole rows have scales of their own."""
    rows = np.random.default_rng(0).lognormal(size=(1000, 1))
    x = (rows * np.random.default_rng(1).normal(size=(1000, 640))).astype(np.float32)
    sample = take(tf.constant(x), x.size).numpy()
    estimate = np.linalg.norm(sample) * np.sqrt(x.size / SAMPLE)
    assert abs(estimate / np.linalg.norm(x) - 1) < 0.25  # one heavy row in a thousand carries most of it


def test_blocks_are_in_range() -> None:
    """Sizes that no block divides lose less than one block."""
    assert blocks(5001).max() * BLOCK + BLOCK <= 5001


@pytest.mark.parametrize("size", [10, 1500, 1501, 4096, 5001, 6000, 100_000])
@pytest.mark.parametrize("limit", [LEAST, 1296, SAMPLE])
def test_what_was_kept_is_thinned_to_the_same_elements(size: int, limit: int) -> None:
    """The weight before the update and the one after it are looked at in the same places."""
    whole = tf.range(size)
    thinned = thin(take(whole, size), size, limit)
    np.testing.assert_array_equal(thinned, take(whole, size, limit))
    assert len(set(thinned.numpy().tolist())) == min(size, limit)


def test_many_variables_share_a_budget() -> None:
    """Few are looked at closely, and no variable less than LEAST."""
    assert limit_for(1) == limit_for(BUDGET // SAMPLE) == SAMPLE
    assert limit_for(10_000) == LEAST
    assert all(limit_for(v) % BLOCK == 0 for v in range(1, 200))
