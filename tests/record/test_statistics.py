"""The TensorFlow formulas agree with slow numpy twins, on odd input too."""

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.statistics import (
    dead_units,
    exact_gradient,
    gradient_extremes,
    lengths_and_cosines,
    safe_norm,
)
from tb_convergence.schema.statistics import VECTORS, cosine, length


@pytest.mark.parametrize("scale", [1e-38, 1e-20, 1.0, 1e20, 1e38])
def test_norms_at_the_ends_of_float32(scale: float) -> None:
    """‖(3, 4)·s‖ = 5 s."""
    norm, unit = safe_norm(
        tf.constant([[3 * scale, 2.4 * scale]], tf.float32)
        if scale == 1e38
        else tf.constant([[3 * scale, 4 * scale]], tf.float32)
    )
    want = np.hypot(3, 2.4 if scale == 1e38 else 4) * scale
    np.testing.assert_allclose(norm.numpy(), [want], rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(unit.numpy()), 1, rtol=1e-6)


def test_the_zero_vector_has_norm_zero_and_no_cosine() -> None:
    """0/0 is not 0."""
    vectors = [tf.constant([[1.0, 0.0]]), tf.zeros([1, 2]), *[tf.ones([1, 2])] * 3]
    found = lengths_and_cosines(vectors, np.ones(1))
    assert found[length("gradient")].numpy() == [0.0]
    assert np.isnan(found[cosine("weight", "gradient")].numpy()).all()
    np.testing.assert_allclose(found[cosine("weight", "update")].numpy(), np.sqrt(0.5), rtol=1e-6)


@pytest.mark.parametrize("place", [0, 3, 6])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_makes_its_own_statistics_nan(bad: float, place: int) -> None:
    """And no others, nor another variable's."""
    x = np.random.default_rng(0).normal(size=(5, 2, 7)).astype(np.float32)
    x[1, 0, place] = bad
    found = lengths_and_cosines(list(tf.constant(x)), np.ones(2))
    for name, series in found.items():
        hurt = name in {length(VECTORS[1]), *(cosine(VECTORS[1], v) for v in VECTORS if v != VECTORS[1])}
        assert np.isnan(series.numpy()[0]) == hurt, name
        assert np.isfinite(series.numpy()[1]), name


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("size", [3, 128, 1000])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_exact_norms_at_any_size_and_scale(jit: bool, size: int, scale: float) -> None:
    """XLA takes a way of its own."""
    g = (np.random.default_rng(0).normal(size=size) * scale).astype(np.float32)
    norm, count = tf.function(lambda x: exact_gradient([x]), jit_compile=jit)(tf.constant(g))
    np.testing.assert_allclose(norm.numpy(), [np.linalg.norm(g.astype(np.float64))], rtol=1e-6)
    assert count.numpy() == [0.0]


@pytest.mark.parametrize("jit", [False, True])
def test_exact_gradient_counts_everything(jit: bool) -> None:
    """A slow twin, with a zero, a NaN, a tiny and a missing gradient side by side."""
    gradients = [np.zeros((2, 2)), np.array([1, np.nan, np.inf]), np.full(3, 1e-25), np.array([3.0, 4.0])]
    present = [tf.constant(g, tf.float32) for g in gradients]
    norm, count = tf.function(lambda x: exact_gradient([None, *x]), jit_compile=jit)(present)
    np.testing.assert_allclose(norm.numpy(), [np.nan, 0, np.nan, 1e-25 * 3**0.5, 5], rtol=1e-6)
    np.testing.assert_array_equal(count.numpy(), [np.nan, 0, 2, 0, 0])


def test_no_gradient_at_all() -> None:
    """All None is all NaN."""
    norm, count = exact_gradient([None, None])
    assert np.isnan(norm.numpy()).all()
    assert np.isnan(count.numpy()).all()


@pytest.mark.parametrize("shape", [(6, 4), (3, 3, 2, 4), (1, 1), (5,), ()])
def test_dead_units_against_columns(shape: tuple[int, ...]) -> None:
    """A column of zeros, one that sums to zero, and one with a NaN: only the first is dead."""
    g = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    if len(shape) > 1 and shape[-1] == 4:
        g[..., 0] = 0
        g[..., 1] = 0
        flat = g.reshape(-1, 4)
        flat[0, 1], flat[1, 1] = 1.0, -1.0
        flat[0, 2] = np.nan
    columns = g.reshape(-1, shape[-1]) if len(shape) > 1 else None
    want = np.nan if columns is None else (columns == 0).all(0).mean()
    np.testing.assert_array_equal(dead_units([tf.constant(g)], [shape]).numpy(), [want])


def test_extremes_ignore_the_padding() -> None:
    """Zeros that stand for nothing are not counted."""
    sample = tf.constant([[1.0, 0.0, -3.0, 0.0], [np.nan] * 4, [np.inf, 0.0, 1.0, 1.0]])
    largest, zeros = gradient_extremes(sample, np.array([3.0, 4.0, 4.0]))
    np.testing.assert_array_equal(largest.numpy(), [3, np.nan, np.nan])
    np.testing.assert_allclose(zeros.numpy(), [1 / 3, np.nan, 1 / 4])
