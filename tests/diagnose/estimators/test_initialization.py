"""The signal that initial weights let through is predicted from their norms alone; equal units are seen."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.initialization import (
    born_silent,
    constant,
    freshly_drawn,
    gains,
    in_sequence,
    scale_free,
    spectral_radius,
    symmetric,
    zero_factors,
)
from tb_convergence.diagnose.estimators.layers import layers
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series
from tests.diagnose.faults import classes
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Recording, sgd


@pytest.mark.parametrize("gain", [0.1, 0.5, 1.0, 3.0])
def test_the_predicted_gain_is_that_of_a_forward_pass(gain: float) -> None:
    """Decades of the hidden signal of a wide ReLU net, against the signal itself."""
    net = Mlp((200, *[200] * 6, 10), gain=gain)
    series = train(
        net,
        sgd(0.0),
        1,
        data=(np.random.default_rng(1).normal(size=(64, 200)), classes(64, 10)),
    )
    predicted = sum(g.decades for g in gains(series, layers(series.variables))[:-1])
    weights, x = net.initial(np.random.default_rng(0)), np.random.default_rng(1).normal(size=(64, 200))
    signal = x
    for kernel in weights[:-2:2]:
        signal = np.maximum(signal @ kernel, 0.0)
    assert predicted == pytest.approx(0.5 * np.log10(np.mean(signal**2) / np.mean(x**2)), abs=0.15)


def test_usual_initializations_have_no_gain() -> None:
    """He before relu, LeCun or Glorot before tanh."""
    for net in (Mlp((64, 64, 64, 10)), Mlp((64, 64, 64, 64), "tanh", "glorot")):
        series = train(net, sgd(0.0), 1)
        assert abs(sum(g.decades for g in gains(series, layers(series.variables)))) < 0.3


@pytest.mark.parametrize(("value", "expected"), [(0.0, True), (0.3, True), (-1e-4, True)])
def test_one_value_is_constant(value: float, *, expected: bool) -> None:
    """Zero included; drawn weights are not, nor is a single element."""
    recording, rng = Recording(["a", "b", "c"]), np.random.default_rng(0)
    w = [np.full((7, 5), value), rng.normal(1.0, 0.01, (7, 5)), np.ones((1, 1))]
    recording.step(w, w, w)
    assert [constant(recording.series(), i) for i in range(3)] == [expected, False, False]


def test_units_are_equal_between_constant_weights_only() -> None:
    """Random weights on either side break the symmetry."""
    rng = np.random.default_rng(0)
    one, drawn = np.ones((4, 4)), rng.normal(size=(4, 4))
    for kernels, expected in (((one, one), 1), ((one, drawn), 0), ((drawn, one), 0), ((one, one, one), 2)):
        recording = Recording([f"k{i}" for i in range(len(kernels))])
        recording.step(kernels, kernels, kernels)
        series = recording.series()
        assert len(symmetric(series, layers(series.variables))) == expected


def test_what_was_not_recorded_has_no_gain() -> None:
    """NaN is no size, and no constant."""
    series = train(Mlp((8, 8, 2)), sgd(0.0), 1, data=(np.ones((64, 8)), classes(64, 2)))
    series.values["weight_norm"][:] = np.nan
    assert gains(series, layers(series.variables)) == ()
    assert not constant(series, 0)


def _net() -> Series:
    return train(Mlp((64, 16, 16, 10)), sgd(0.01), 2)


def test_a_net_is_born_silent_where_no_hidden_unit_has_a_gradient() -> None:
    """Not with biases that may be the reason, with normalizations, or where one layer is alive, or not known."""
    series = _net()
    hidden = layers(series.variables)[:-1]
    dead = series.values["dead_unit_fraction"]
    assert not born_silent(series, hidden)
    dead[0] = 1.0
    assert born_silent(series, hidden)
    for value in (0.9, np.nan):
        dead[0, hidden[1].kernel] = value
        assert not born_silent(series, hidden)
    dead[0] = 1.0
    series.values["weight_norm"][0, hidden[0].bias] = 0.1
    assert not born_silent(series, hidden)
    series.values["weight_norm"][0, hidden[0].bias] = 0.0
    assert not born_silent(series, [replace(hidden[0], normalized=True), *hidden[1:]])


@pytest.mark.parametrize(("bias", "fresh"), [(0.0, True), (0.1, False), (np.nan, False)])
def test_a_kernel_beside_a_zero_bias_is_fresh(bias: float, *, fresh: bool) -> None:
    """One without a bias may come from anywhere."""
    recording, w = Recording(["kernel", "bias", "kernel"]), [np.ones((4, 3)), np.full(3, bias), np.ones((3, 5))]
    recording.step(w, w, w)
    series = recording.series()
    with_bias, without = layers(series.variables)
    assert freshly_drawn(series, with_bias) is fresh
    assert not freshly_drawn(series, without)


@pytest.mark.parametrize(
    ("angle", "norm", "free"), [(1e-5, 1.0, True), (0.1, 1.0, False), (1e-5, 0.0, False), (np.nan, 1.0, False)]
)
def test_a_gradient_at_right_angles_to_the_weights_leaves_their_size_free(
    angle: float, norm: float, *, free: bool
) -> None:
    """Where there is a gradient, and its direction is known."""
    series = _net()
    hidden = layers(series.variables)[:-1]
    series.values[cosine("weight", "gradient")][0] = -angle
    series.values["gradient_norm"][0] = norm
    assert scale_free(series, hidden, no_slope=1e-3) is free
    assert not scale_free(series, (), no_slope=1e-3)


def test_the_spectral_radius_of_a_random_square_is_its_norm_over_its_root() -> None:
    """Of a recurrent kernel alone, by its name and shape; a squashing one has none that matters."""
    w = np.random.default_rng(0).normal(size=(200, 200)) / np.sqrt(200.0)
    for name, kernel, activation, known in (
        ("rnn/recurrent_kernel", w, "relu", True),
        ("rnn/recurrent_kernel", w, "tanh", False),
        ("rnn/recurrent_kernel", w[:, :100], "relu", False),
        ("dense/kernel", w, "relu", False),
    ):
        recording = Recording([name], [activation])
        recording.step([kernel], [kernel], [kernel])
        series = recording.series()
        found = spectral_radius(series, layers(series.variables)[0])
        assert (found is not None) is known
        assert found is None or found == pytest.approx(np.abs(np.linalg.eigvals(w)).max(), rel=0.1)


def _factors(p: float, q: float) -> Series:
    """Descent of (p·q + b − 1)²: what each factor gets is the error times the other."""
    recording = Recording(["p", "q", "b"])
    w = [np.full((3, 2), p), np.full((3, 2), q), np.zeros(1)]
    for _ in range(12):
        error = float((w[0] * w[1]).sum() + w[2][0]) - 1.0
        g = [error * w[1], error * w[0], np.full(1, error)]
        new = [x - 0.1 * d for x, d in zip(w, g, strict=True)]
        recording.step(w, g, [b - a for a, b in zip(w, new, strict=True)])
        w = new
    return recording.series()


@pytest.mark.parametrize(("p", "q", "stuck"), [(0.0, 0.0, (0, 1)), (0.1, 0.0, ()), (0.0, 0.1, ()), (0.1, 0.1, ())])
def test_factors_that_are_both_zero_stay_so(p: float, q: float, stuck: tuple[int, ...]) -> None:
    """One of zero does not, as the last layer of a net, or the second factor of an adapter; nor is a bias a factor."""
    assert zero_factors(_factors(p, q)) == stuck


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e-30])
def test_what_is_not_exactly_zero_is_no_stuck_factor(bad: float) -> None:
    """As a gradient of which nothing is known."""
    series = _factors(0.0, 0.0)
    series.values["gradient_norm"][5, 0] = bad
    assert zero_factors(series) == ()


@pytest.mark.parametrize(
    ("shapes", "follow"),
    [
        ([(2, 8), (8, 3)], True),
        ([(2, 8), (10, 3)], True),
        ([(1, 8), (8, 2), (1, 8), (8, 2)], False),
        ([(3, 3, 2, 64), (16, 3)], True),
        ([(5, 4)], True),
    ],
)
def test_parallel_nets_are_no_sequence(shapes: list[tuple[int, ...]], *, follow: bool) -> None:
    """Joined inputs are one; of kernels of convolutions it is not known what lies between."""
    recording = Recording([f"{i}/kernel" for i in range(len(shapes))])
    w = [np.ones(shape) for shape in shapes]
    recording.step(w, w, w)
    series = recording.series()
    assert in_sequence(series, layers(series.variables)) is follow


def test_an_embedding_has_no_units_that_could_be_born_silent() -> None:
    """Beside a second factor of zero it gets no gradient at first, and does a step later."""
    series = _net()
    hidden = [replace(layer, embedding=True) for layer in layers(series.variables)[:-1]]
    series.values["dead_unit_fraction"][0] = 1.0
    assert not born_silent(series, hidden)
