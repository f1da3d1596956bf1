"""Layers are read from shapes and names, and the size of what goes in from gradients."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.layers import common_share, element_scale, input_scale, layers, reached, starved
from tb_convergence.schema.manifest import Variable
from tests.diagnose.faults import classes
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Recording, sgd


def _variables(*shapes: tuple[int, ...], name: str = "kernel") -> tuple[Variable, ...]:
    return tuple(Variable(f"{name}_{i}", shape, "float32", i) for i, shape in enumerate(shapes))


def test_a_kernel_takes_the_bias_behind_it() -> None:
    """Dense, convolution, and a kernel alone."""
    found = layers(_variables((3, 3, 4, 8), (8,), (32, 10), (10,), (5, 5)))
    assert [(x.kernel, x.bias, x.fan_in, x.fan_out) for x in found] == [(0, 1, 36, 72), (2, 3, 32, 10), (4, None, 5, 5)]


def test_gains_and_shifts_are_no_biases() -> None:
    """Of a normalization behind the kernel, with or without a bias."""
    for vectors in (2, 3, 5):
        (found,) = layers(_variables((4, 8), *[(8,)] * vectors))
        assert (found.bias, found.normalized) == (None, True)


def test_embeddings_and_vectors() -> None:
    """Rows that are looked up; a model without layers."""
    (found,) = layers(_variables((100, 8), name="token/embeddings"))
    assert found.embedding
    assert layers(_variables((8,), ())) == ()


@pytest.mark.parametrize("scale", [0.1, 1.0, 100.0])
def test_one_example_tells_its_size_exactly(scale: float) -> None:
    """‖x δᵀ‖ = ‖x‖‖δ‖."""
    x = scale * np.random.default_rng(0).normal(size=(64, 6))
    net = Mlp((6, 16, 3), "tanh")
    series = train(net, sgd(1e-6), 5, batch=1, data=(x, classes(64, 3)))
    rms = input_scale(series, layers(series.variables)[0])
    chosen = np.random.default_rng(0)
    net.initial(chosen)
    expected = [np.sqrt(np.mean(x[chosen.choice(64, 1, replace=False)] ** 2)) for _ in range(5)]
    np.testing.assert_allclose(rms, expected, rtol=1e-4)


def test_without_a_bias_the_size_is_unknown() -> None:
    """And zero gradients have none."""
    recording = Recording(["w", "v", "b"])
    for _ in range(2):
        w = [np.eye(2), np.eye(2), np.zeros(2)]
        recording.step(w, w, w)
    series = recording.series()
    first, second = layers(series.variables)
    assert np.isnan(input_scale(series, first)).all()
    assert np.isnan(input_scale(series, second)).all()
    np.testing.assert_allclose(element_scale(series, 0), np.sqrt(0.5))


def test_a_dead_layer_cuts_off_those_before_it() -> None:
    """The last is reached by the loss."""
    recording = Recording(["a", "b", "c"])
    recording.step([np.eye(2)] * 3, [np.eye(2), np.zeros((2, 2)), np.eye(2)], [np.eye(2)] * 3)
    series = recording.series()
    assert reached(series, layers(series.variables)).tolist() == [[0.0, 1.0, 1.0]]


@pytest.mark.parametrize(
    ("hidden", "last", "expected"), [(0.0, 1.0, True), (1e-6, 1.0, False), (0.0, 0.0, False), (np.nan, 1.0, False)]
)
def test_a_normalization_of_one_example_starves_the_layers_before(
    hidden: float, last: float, *, expected: bool
) -> None:
    """No gradient in any hidden kernel, and one in the last layer, in every row; an empty run tells nothing."""
    recording = Recording(["a/kernel", "n/gamma", "n/beta", "b/kernel", "b/bias"])
    w = [np.ones(shape) for shape in ((6, 4), (4,), (4,), (4, 3), (3,))]
    for _ in range(3):
        g = [np.full_like(v, hidden) for v in w[:-1]] + [np.full(3, last)]
        recording.step(w, g, w)
    series = recording.series()
    assert starved(series, layers(series.variables)) is expected
    assert not starved(series, layers(series.variables)[-1:])
    assert not starved(series, ())


def test_the_common_share_is_one_of_equal_elements() -> None:
    """Nothing of such that sum to zero, a half of one element of two; unknown where all are zero."""
    recording = Recording(["bias"])
    for w in ([3.0, 3.0], [1.0, -1.0], [0.0, 5.0], [0.0, 0.0], [np.nan, 1.0]):
        recording.step([np.array(w)], [np.ones(2)], [np.array(w)])
    found = common_share(recording.series(), 0)
    np.testing.assert_allclose(found[:3], [1.0, 0.0, 0.5], atol=1e-6)
    assert np.isnan(found[3:]).all()
