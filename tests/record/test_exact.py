"""Norms, counts and dead units of whole gradients agree with slow numpy twins, at any size and scale."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record import host
from tb_convergence.record.exact import LONGEST, exact_gradient

WAYS = [lambda f: f, tf.function, tf.function(jit_compile=True), None]
IDS = ["eager", "graph", "xla", "host"]


def measured(gradients: list[Any], way: Any = WAYS[0]) -> Any:
    if way is None:
        return host.exact([None if g is None else np.asarray(g, np.float32) for g in gradients], range(len(gradients)))
    present = [tf.constant(g, tf.float32) for g in gradients if g is not None]

    def all_of(*given: Any) -> Any:
        rest = iter(given)
        return exact_gradient(
            [None if g is None else next(rest) for g in gradients],
            [() if g is None else np.shape(g) for g in gradients],
        )

    return way(all_of)(*present).numpy()


@pytest.mark.parametrize("way", WAYS, ids=IDS)
@pytest.mark.parametrize("shape", [(3,), (128,), (1000,), (LONGEST + 5,), (300, 7), (LONGEST + 5, 3), (3, 3, 2, 4)])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_exact_norms_at_any_size_and_scale(way: Any, shape: tuple[int, ...], scale: float) -> None:
    """XLA takes a way of its own, and so do squares that do not fit into float32."""
    g = (np.random.default_rng(0).normal(size=shape) * scale).astype(np.float32)
    found = measured([g], way)[0]
    np.testing.assert_allclose(found[0], np.linalg.norm(g.astype(np.float64)), rtol=1e-6)
    assert found[1] == 0.0
    np.testing.assert_array_equal(found[2], 0.0 if len(shape) > 1 else np.nan)


@pytest.mark.parametrize("way", WAYS, ids=IDS)
def test_everything_is_counted(way: Any) -> None:
    """A zero, a NaN, a tiny, a missing and an ordinary gradient side by side, of different widths."""
    gradients = [None, np.zeros((2, 2)), np.array([1, np.nan, np.inf]), np.full(3, 1e-25), np.array([3.0, 4.0])]
    found = measured(gradients, way)
    np.testing.assert_allclose(found[:, 0], [np.nan, 0, np.nan, 1e-25 * 3**0.5, 5], rtol=1e-6)
    np.testing.assert_array_equal(found[:, 1], [np.nan, 0, 2, 0, 0])
    np.testing.assert_array_equal(found[:, 2], [np.nan, 1, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("way", [WAYS[0], None], ids=["eager", "host"])
def test_no_gradient_at_all(way: Any) -> None:
    """All None is all NaN."""
    assert np.isnan(measured([None, None], way)).all()


@pytest.mark.parametrize("way", [WAYS[0], None], ids=["eager", "host"])
@pytest.mark.parametrize("odd", [0.0, np.nan])
@pytest.mark.parametrize("shape", [(6, 4), (3, 3, 2, 4), (LONGEST + 5, 4)])
def test_dead_units_against_columns(shape: tuple[int, ...], odd: float, way: Any) -> None:
    """A column of zeros, one that sums to zero, and one with a NaN: only the first is dead; with and without care."""
    g = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    flat = g.reshape(-1, 4)
    flat[:, :2] = 0
    flat[0, 1], flat[1, 1], flat[0, 2] = 1.0, -1.0, odd
    assert measured([g], way)[0, 2] == 0.25


@pytest.mark.parametrize("way", [WAYS[0], None], ids=["eager", "host"])
def test_a_tiny_unit_is_not_dead(way: Any) -> None:
    """Its squares underflow; the norm then says that care is due."""
    g = np.full((4, 2), 1e-25)
    g[:, 0] = 0.0
    assert measured([g], way)[0, 2] == 0.5


@pytest.mark.parametrize("way", WAYS, ids=IDS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_one_bad_element_among_zeros(way: Any, bad: float) -> None:
    """In XLA a maximum passes over NaN, and nothing is left but zeros."""
    g = np.zeros((8, 4))
    g[2, 1] = bad
    found = measured([g], way)[0]
    assert np.isnan(found[0])
    assert (found[1], found[2]) == (1, 0.75)


@pytest.mark.parametrize("way", WAYS, ids=IDS)
@pytest.mark.parametrize("shape", [(0,), (0, 5), (5, 0)])
def test_nothing_has_no_norm(way: Any, shape: tuple[int, ...]) -> None:
    """An empty variable beside another."""
    found = measured([np.zeros(shape), np.array([3.0, 4.0])], way)
    assert found[0, :2].tolist() == [0, 0]
    np.testing.assert_allclose(found[1, 0], 5)
