"""The sample of a large variable is fixed, spread out, and near enough."""

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.sampling import BLOCK, SAMPLE, blocks, sampled_size, take


@pytest.mark.parametrize("size", [0, 1, 15, SAMPLE - 1, SAMPLE])
def test_small_variables_are_taken_whole(size: int) -> None:
    """In their order."""
    assert sampled_size(size) == size
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
