"""What is said of weights that began where a net cannot learn."""

from dataclasses import replace

import pytest

from tb_convergence.diagnose.advice import poor_initialization as advice
from tb_convergence.diagnose.estimators.initialization import Gain
from tb_convergence.diagnose.estimators.layers import Layer
from tb_convergence.diagnose.finding import Severity

RELU = Layer(kernel=0, bias=1, fan_in=64, fan_out=32, activation="relu", embedding=False, normalized=False)
TANH = replace(RELU, activation="tanh")


@pytest.mark.parametrize(("layer", "initializer"), [(RELU, "he_normal"), (TANH, "glorot_uniform")])
def test_the_initializer_follows_the_activation(layer: Layer, initializer: str) -> None:
    """In whatever way the weights are wrong."""
    gain = Gain(layer, 0.001, 0.1)
    found = (
        advice.dependent(("a", "b"), layer, 9.0, 0.1, alarm=False, threshold=6.0),
        advice.equal(("a", "b"), layer, 32, (0.0, 0.0), zero=True, alarm=False),
        advice.off_size(("a",), (gain, gain), gain, alarm=False, small=True, thresholds=(1.5, 1.0)),
    )
    assert {x.evidence["suggested_initializer"] for x in found} == {initializer}
    assert all(x.severity is Severity.WARNING and initializer in x.advice[0] for x in found)


def test_the_size_is_told_through_all_layers() -> None:
    """Two layers of a hundredth each shrink the signal ten thousand times, and of a hundredfold blow it up as much."""
    small, large = Gain(RELU, 0.001, 0.1), Gain(RELU, 10.0, 0.1)
    limits = (1.5, 1.0)
    found = advice.off_size(("a",), (small, small), small, alarm=True, small=True, thresholds=limits)
    assert "too small: a with" in found.summary
    assert "shrinks about 10,000 times" in found.summary
    other = advice.off_size(("a",), (large, large), large, alarm=True, small=False, thresholds=limits)
    assert "grows about 10,000 times" in other.summary


def test_a_run_that_went_wrong_gets_an_alarm() -> None:
    """Others a warning."""
    for alarm, severity in ((True, Severity.ERROR), (False, Severity.WARNING)):
        assert advice.silent(("a", "b", "c"), alarm=alarm).severity is severity
        assert advice.stretched("a", 1.5, alarm=alarm, threshold=1.2).severity is severity
    assert "a and 2 more variables" in advice.silent(("a", "b", "c"), alarm=True).summary
