"""The TensorFlow formulas agree with slow numpy twins, on odd input too."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record import host
from tb_convergence.record.assembly import calibrated, lengths_and_cosines
from tb_convergence.record.statistics import cosine_of, gradient_extremes
from tb_convergence.record.statistics import measured as in_tensorflow
from tb_convergence.schema.statistics import COSINES, LENGTHS, VECTORS, cosine, length

WAYS = [lambda f: f, tf.function, tf.function(jit_compile=True), None]
IDS = ["eager", "graph", "xla", "host"]
GRADIENT, PREVIOUS_GRADIENT = VECTORS.index("gradient"), VECTORS.index("previous_gradient")


def blocks(vectors: Any, way: Any = WAYS[0]) -> Any:
    """Of five [V, K]; ``None``: in numpy."""
    if way is None:
        return host.measured([np.asarray(v) for v in vectors])
    return np.asarray(way(lambda *x: in_tensorflow(x))(*map(tf.constant, vectors)), np.float64)


def measured(vectors: Any, factors: Any, way: Any = WAYS[0]) -> dict[str, Any]:
    found = lengths_and_cosines(blocks(vectors, way), factors)
    return dict(zip((*LENGTHS, *COSINES), found.T, strict=True))


def extremes(sample: Any, sizes: Any, way: Any) -> Any:
    """Largest, share of zeros, norm: [V, 3]."""
    if way is None:
        return host.extremes(np.asarray(sample), np.asarray(sizes, np.int64))
    return way(lambda x: gradient_extremes(x, np.asarray(sizes, np.float64)))(tf.constant(sample)).numpy()


@pytest.mark.parametrize("way", WAYS, ids=IDS)
@pytest.mark.parametrize("scale", [1e-38, 1e-20, 1.0, 1e20, 1e38])
def test_lengths_and_cosines_at_the_ends_of_float32(scale: float, way: Any) -> None:
    """‖(3, 2.4)·s‖ = √14.76 s beside vectors of ordinary size; squares of these do not fit into float32."""
    x = np.array([[[3 * scale, 2.4 * scale]], *[[[1.0, 1.0]]] * 4])
    found = measured(list(tf.constant(x, tf.float32)), np.ones(1), way)
    np.testing.assert_allclose(found[length("weight")], np.hypot(3, 2.4) * scale, rtol=1e-6)
    np.testing.assert_allclose(found[cosine("weight", "update")], 5.4 / (np.hypot(3, 2.4) * 2**0.5), rtol=1e-6)


@pytest.mark.parametrize("way", WAYS, ids=IDS)
def test_every_length_and_cosine(way: Any) -> None:
    """A slow twin in float64."""
    x = np.random.default_rng(0).normal(size=(5, 3, 40)).astype(np.float32)
    found = measured(list(tf.constant(x)), np.array([1.0, 2.0, 3.0]), way)
    for v in range(3):
        norms = {name: np.linalg.norm(x[i, v].astype(float)) for i, name in enumerate(VECTORS)}
        for i, a in enumerate(VECTORS):
            np.testing.assert_allclose(found[length(a)][v], norms[a] * (v + 1), rtol=1e-6)
            for j, b in enumerate(VECTORS[:i]):
                want = x[i, v].astype(float) @ x[j, v] / norms[a] / norms[b]
                np.testing.assert_allclose(found[cosine(a, b)][v], want, atol=1e-6)


def test_the_zero_vector_has_norm_zero_and_no_cosine() -> None:
    """0/0 is not 0."""
    vectors = [tf.constant([[1.0, 0.0]]), tf.zeros([1, 2]), *[tf.ones([1, 2])] * 3]
    found = measured(vectors, np.ones(1))
    assert found[length("gradient")] == [0.0]
    assert np.isnan(found[cosine("weight", "gradient")]).all()
    np.testing.assert_allclose(found[cosine("weight", "update")], np.sqrt(0.5), rtol=1e-6)


@pytest.mark.parametrize("place", [0, 3, 6])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_makes_its_own_statistics_nan(bad: float, place: int) -> None:
    """And no others, nor another variable's."""
    x = np.random.default_rng(0).normal(size=(5, 2, 7)).astype(np.float32)
    x[1, 0, place] = bad
    for name, series in measured(list(tf.constant(x)), np.ones(2)).items():
        hurt = name in {length(VECTORS[1]), *(cosine(VECTORS[1], v) for v in VECTORS if v != VECTORS[1])}
        assert np.isnan(series[0]) == hurt, name
        assert np.isfinite(series[1]), name


def test_a_cosine_alone() -> None:
    """Of a gradient and its reference."""
    a, b = tf.constant([[1.0, 0.0], [0.0, 0.0]]), tf.constant([[1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(cosine_of(a, b).numpy(), [0.5**0.5, np.nan], rtol=1e-6)


@pytest.mark.parametrize("way", WAYS, ids=IDS)
def test_extremes_ignore_the_padding(way: Any) -> None:
    """Zeros that stand for nothing are not counted."""
    sample = tf.constant([[1.0, 0.0, -3.0, 0.0], [np.nan] * 4, [np.inf, 0.0, 1.0, 1.0], [-np.inf, -1.0, 0.0, 0.0]])
    largest, zeros, norm = extremes(sample, [3, 4, 4, 4], way).T
    np.testing.assert_array_equal(largest, [3, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(zeros, [1 / 3, np.nan, 1 / 4, 1 / 2])
    np.testing.assert_allclose(norm[0], 10**0.5, rtol=1e-6)
    assert not np.isfinite(norm[1:]).any()


@pytest.mark.parametrize("way", WAYS, ids=IDS)
@pytest.mark.parametrize("scale", [0.0, 1e-30, 1.0, 1e30])
def test_the_norm_of_a_sample_of_any_size(way: Any, scale: float) -> None:
    """Squares that float32 does not hold are not made."""
    x = (np.random.default_rng(0).normal(size=(3, 50)) * scale).astype(np.float32)
    np.testing.assert_allclose(extremes(x, [50] * 3, way)[:, 2], np.linalg.norm(x.astype(float), axis=1), rtol=1e-6)


@pytest.mark.parametrize("way", WAYS, ids=IDS)
def test_one_nan_anywhere_is_seen(way: Any) -> None:
    """Also beside infinity, and wherever several numbers are compared at once."""
    sample = np.tile([[1.0], [-1.0], [np.inf], [-np.inf]], (10, 37)).astype(np.float32)
    sample[np.arange(40), (np.arange(40) * 11) % 37] = np.nan
    found = extremes(sample, np.full(40, 37), way)
    assert np.isnan(found[:, :2]).all()
    assert not np.isfinite(found[:, 2]).any()


@pytest.mark.parametrize("way", WAYS, ids=IDS)
@pytest.mark.parametrize("other", [0.0, 1.0, 1e-30, 1e30])
def test_zeros_leave_what_is_beside_them_exact(way: Any, other: float) -> None:
    """An update that rounding has swallowed is usual, in whatever company."""
    x = np.random.default_rng(0).normal(size=(5, 2, 7)).astype(np.float32)
    x[2, 0], x[4] = 0.0, 0.0
    x[1, 1] *= other
    found = measured(list(tf.constant(x)), np.ones(2), way)
    for i, name in enumerate(VECTORS):
        np.testing.assert_allclose(found[length(name)], np.linalg.norm(x[i].astype(float), axis=1), rtol=1e-6)
    assert np.isnan(found[cosine("gradient", "update")][0])


def of(x: Any) -> Any:
    """Lengths and cosines of five vectors [5, K]."""
    return lengths_and_cosines(blocks(list(x[:, None])), np.ones(1))


def test_a_known_length_corrects_what_is_parallel_to_it() -> None:
    """A rank-one change of the matrix of inner products, spelled out; only the known vector's own part is scaled."""
    x = np.random.default_rng(0).normal(size=(5, 40)) + 1.0
    norm = 1.2 * np.linalg.norm(x[1])
    result = calibrated(of(x), GRADIENT, np.array([norm]))
    gram = x @ x.T
    a = gram[:, 1] / gram[1, 1]
    gram = gram + (norm**2 - gram[1, 1]) * np.outer(a, a)
    norms = np.sqrt(np.diag(gram))
    got = dict(zip((*LENGTHS, *COSINES), result[0], strict=True))
    for i, one in enumerate(VECTORS):
        np.testing.assert_allclose(got[length(one)], norms[i], rtol=1e-6)
        for j, other in enumerate(VECTORS[:i]):
            np.testing.assert_allclose(got[cosine(one, other)], gram[i, j] / norms[i] / norms[j], atol=1e-6)


def test_a_multiple_of_the_known_vector_becomes_exact() -> None:
    """An update of gradient descent, from a sample that missed half of the gradient."""
    g = np.array([3.0, 4.0])
    vectors = np.array([np.array([1.0, 1.0]), g, -0.1 * g, g[::-1], np.zeros(2)])
    result = calibrated(of(vectors), GRADIENT, np.array([10.0]))
    got = dict(zip((*LENGTHS, *COSINES), result[0], strict=True))
    np.testing.assert_allclose(got[length("update")], 1.0, rtol=1e-6)
    np.testing.assert_allclose(got[cosine("gradient", "update")], -1.0, rtol=1e-6)


def test_a_sample_that_missed_the_known_vector_is_not_believed() -> None:
    """A tenth of its length was seen: nothing but what is nearly parallel to it changes."""
    x = np.random.default_rng(0).normal(size=(5, 40))
    x[2] = -0.1 * x[1]
    before = of(x)
    after = calibrated(before, GRADIENT, np.array([10 * np.linalg.norm(x[1])]))
    np.testing.assert_allclose(after[0, :5] / before[0, :5], [1, 10, 10, 1, 1], rtol=1e-6)


@pytest.mark.parametrize("known", [np.nan, np.inf, 0.0])
def test_what_is_not_known_corrects_nothing_that_it_should_not(known: float) -> None:
    """NaN and infinity leave all as it was; a vector of zeros, or one that is missing, stays what it is."""
    x = np.random.default_rng(0).normal(size=(5, 1, 7))
    x[3], x[4] = 0.0, np.nan
    before = of(x[:, 0])
    after = calibrated(before, GRADIENT, np.array([known]))
    if known != 0.0:
        np.testing.assert_array_equal(after, before)
    after = calibrated(before, PREVIOUS_GRADIENT, np.array([2.0]))
    np.testing.assert_array_equal(after, before)
