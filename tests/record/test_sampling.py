"""The sample of a large variable is fixed, spread out over rows and columns, and near enough."""

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.sampling import BUDGET, LEAST, LIMITS, SAMPLE, limit_for, limit_of, places, take, thin


@pytest.mark.parametrize("size", [0, 1, 15, SAMPLE - 1, SAMPLE])
def test_small_variables_are_taken_whole(size: int) -> None:
    """In their order."""
    np.testing.assert_array_equal(take(tf.range(size), (size,)), np.arange(size))


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("size", [SAMPLE + 1, SAMPLE + 16, 5000, 6000, 100_000, 1_000_003])
def test_large_ones_by_distinct_elements(size: int, limit: int) -> None:
    """No element twice, none out of range, evenly from beginning to end, the same at each call."""
    chosen = take(tf.range(size), (size,), limit).numpy()
    assert len(set(chosen.tolist())) == len(chosen)
    assert 0.5 * limit <= len(chosen) <= limit
    assert 0 <= chosen.min() <= chosen.max() < size
    np.testing.assert_array_equal(chosen, take(tf.range(size), (size,), limit).numpy())
    distance = np.diff(chosen).max()
    assert distance <= 2 * size / limit
    assert chosen[0] < distance
    assert chosen[-1] + distance >= size


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize(
    "shape", [(316, 316), (354, 354), (3, 3, 64, 64), (20_000, 64), (512, 512), (1000, 1000), (700, 96), (64, 60)]
)
def test_columns_are_visited_evenly(shape: tuple[int, ...], limit: int) -> None:
    """In step with the rows of a matrix, they would see the same few units for ever."""
    found = places(shape, limit)
    assert found is not None
    columns = (found.first + found.distance * np.arange(found.number)) % shape[-1]
    most = min(shape[-1], found.number)
    assert len(np.unique(columns)) >= 0.5 * most
    assert len(np.unique(columns)) * found.number >= 0.15 * most * limit
    assert np.bincount(columns, minlength=shape[-1]).max() <= 4 * max(1.0, limit / shape[-1])


def test_the_norm_is_estimated_within_a_few_percent() -> None:
    """Also where whole rows have scales of their own."""
    rows = np.random.default_rng(0).lognormal(size=(1000, 1))
    x = (rows * np.random.default_rng(1).normal(size=(1000, 640))).astype(np.float32)
    sample = take(tf.constant(x), x.shape).numpy()
    estimate = np.linalg.norm(sample) * np.sqrt(x.size / SAMPLE)
    assert abs(estimate / np.linalg.norm(x) - 1) < 0.25  # one heavy row in a thousand carries most of it


@pytest.mark.parametrize("shape", [(10,), (1500,), (SAMPLE,), (5001,), (60, 100), (100_000,), (3, 3, 64, 64)])
@pytest.mark.parametrize("limit", LIMITS)
def test_what_was_kept_is_thinned_to_the_same_elements(shape: tuple[int, ...], limit: int) -> None:
    """The weight before the update and the one after it are looked at in the same places."""
    whole = tf.reshape(tf.range(np.prod(shape)), shape)
    thinned = thin(whole, shape, limit)
    np.testing.assert_array_equal(thinned, take(whole, shape, limit))
    np.testing.assert_array_equal(thinned, thin(thinned, shape, limit))
    for more in LIMITS:
        if more >= limit:
            np.testing.assert_array_equal(thinned, thin(take(whole, shape, more), shape, limit))
    found = places(shape, limit)
    assert len(set(thinned.numpy().tolist())) == (np.prod(shape) if found is None else found.number)


def test_many_variables_share_a_budget() -> None:
    """Few are looked at closely, and no variable at less than LEAST."""
    assert limit_for(1) == limit_for(BUDGET // SAMPLE) == SAMPLE
    assert limit_for(10_000) == LEAST
    assert all(limit_for(v) * v <= BUDGET for v in range(1, BUDGET // LEAST + 1))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(), (0,), (10,), (4000,), (60, 100), (3, 3, 64, 64)])
@pytest.mark.parametrize("limit", LIMITS)
def test_on_the_host_it_is_the_same_sample(shape: tuple[int, ...], dtype: str, limit: int) -> None:
    """Of every type of number, and of what was kept, too."""
    x = tf.cast(np.random.default_rng(0).normal(size=shape), dtype)
    kept = take(x.numpy(), shape, limit)
    assert kept.dtype == x.dtype.as_numpy_dtype
    np.testing.assert_array_equal(kept, take(x, shape, limit))
    np.testing.assert_array_equal(thin(kept, shape, limit), take(x, shape, limit))


@pytest.mark.parametrize("shape", [(100,), (5000,), (60, 100), (300, 300)])
def test_the_limit_of_a_sample_is_known_by_its_size(shape: tuple[int, ...]) -> None:
    """What is no sample has none, nor has the whole."""
    for limit in LIMITS:
        found = places(shape, limit)
        assert found is None or limit_of(found.number, shape) == limit
    assert limit_of(int(np.prod(shape)), shape) is None
    assert limit_of(int(np.prod(shape)) + 1, shape) is None
