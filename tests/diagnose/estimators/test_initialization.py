"""The signal that initial weights let through is predicted from their norms alone; equal units are seen."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.initialization import constant, gains, symmetric
from tb_convergence.diagnose.estimators.layers import layers
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
