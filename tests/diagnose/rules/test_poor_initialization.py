"""Weights that begin equal, at zero, or at the wrong size are named; those of a run that learns are not."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.estimators.initialization import shift
from tb_convergence.diagnose.estimators.layers import element_scale
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.poor_initialization import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.faults import constant
from tests.diagnose.networks import Mlp, Rnn, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Update, adam, sgd

NET = Mlp((64, 32, 32, 10))


@pytest.mark.parametrize("update", [sgd(0.1), adam(1e-3)], ids=["sgd", "adam"])
def test_zeros_stay_zeros(update: Update) -> None:
    """The cause of dead units and of a flat loss."""
    found = diagnose(train(NET, update, 100, weights=constant(NET, 0.0))).findings
    assert (found[0].id, found[0].severity) == ("poor-initialization", Severity.ERROR)
    assert "began at zero" in found[0].summary
    assert {f.explained_by for f in found[1:]} == {"poor-initialization"}


def test_equal_units_stay_equal() -> None:
    """A warning even while the loss falls: the net is one unit wide."""
    answer = ask(RULE, train(NET, sgd(0.1), 100, weights=constant(NET, 0.1)))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert "all at one value" in answer.summary


def test_a_last_layer_of_zeros_is_fine() -> None:
    """Its gradient is not zero, and those before it follow."""
    start = NET.initial(np.random.default_rng(0))
    start[-2] = np.zeros_like(start[-2])
    assert isinstance(ask(RULE, train(NET, sgd(0.1), 200, weights=start)), Clear)


@pytest.mark.parametrize(("layers", "gain"), [(2, 0.01), (9, 0.3), (19, 0.5)])
def test_small_weights_lose_the_signal(layers: int, gain: float) -> None:
    """Seen from the weights alone: the gradients of a ReLU net are alike in all layers."""
    series = train(Mlp((64, *[32] * layers, 10), gain=gain), sgd(0.1), 150)
    first = diagnose(series).findings[0]
    assert (first.id, first.severity) == ("poor-initialization", Severity.ERROR)
    assert first.evidence["decades"] == pytest.approx((layers + 1) * np.log10(gain) + np.log10(2) / 2, abs=0.1)


def test_large_weights_blow_it_up() -> None:
    """Six layers of five times the usual size."""
    found = diagnose(train(Mlp((64, *[32] * 6, 10), gain=5.0), sgd(0.01), 150)).findings
    assert found[0].id == "poor-initialization"
    assert "too large" in found[0].summary


def test_the_advice_works() -> None:
    """The same net from the size that is advised learns."""
    assert isinstance(ask(RULE, train(NET, sgd(0.1), 200)), Clear)


def test_other_causes_of_a_bad_run_leave_it_clear() -> None:
    """A usual start, and a learning rate that is too high or too low."""
    for rate in (30.0, 1e-5):
        assert isinstance(ask(RULE, train(NET, sgd(rate), 100)), Clear)


def test_normalized_nets_and_single_layers_are_left_alone() -> None:
    """One matrix may begin anywhere; a young run has shown nothing."""
    assert isinstance(ask(RULE, train(Mlp((64, 10)), sgd(0.1), 30)), NotApplicable)
    assert isinstance(ask(RULE, train(NET, sgd(0.1), 3)), NotEnoughEvidence)


def test_a_net_born_dead_is_told() -> None:
    """Biases of zero, and no unit gets a gradient at the first step: all rows of the kernel are negative."""
    start = NET.initial(np.random.default_rng(0))
    start[0] = -np.abs(start[0])
    first = diagnose(train(NET, sgd(0.03), 100, weights=start)).findings[0]
    assert (first.id, first.severity) == ("poor-initialization", Severity.ERROR)


def test_a_linear_recurrence_that_stretches_is_told() -> None:
    """Its state grows by the spectral radius at each time step; tanh bounds it."""
    series = train(Rnn(inputs=1, radius=1.6, linear=True), sgd(0.01), 60)
    named = replace(series, variables=tuple(replace(v, activation="linear") for v in series.variables))
    answer = ask(RULE, named)
    assert isinstance(answer, Found)
    assert answer.evidence["spectral_radius"] == pytest.approx(1.6, rel=0.1)
    tanh = train(Rnn(inputs=1, radius=1.6), sgd(0.01), 60)
    assert not isinstance(ask(RULE, tanh), Found)


@pytest.mark.parametrize("gain", [8.0, 0.02])
def test_an_extreme_start_is_told_though_the_run_recovers(gain: float) -> None:
    """Three layers, each eight times too large or fifty times too small, with an optimizer that copes."""
    series = train(Mlp((64, 32, 32, 10), gain=gain), adam(0.01), 300)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    normalized = train(Mlp((64, 32, 32, 10), gain=max(gain, 0.1), normalized=True), sgd(0.05), 150)
    assert not isinstance(ask(RULE, normalized), Found)


@pytest.mark.parametrize("gain", [0.4, 1.0, 2.0])
def test_a_start_that_is_a_little_off_is_not(gain: float) -> None:
    """Within a power of ten through all layers, in a run that learns."""
    assert not isinstance(ask(RULE, train(Mlp((64, 32, 32, 10), gain=gain), adam(0.003), 300)), Found)


@pytest.mark.parametrize("severity", [Severity.ERROR, Severity.INFO])
def test_weights_that_were_not_drawn_one_by_one_are_told(severity: Severity) -> None:
    """All columns alike, or all of one sign: their mean is no chance. Information where the run gets on."""
    start = NET.initial(np.random.default_rng(4))
    start[0], start[2] = np.abs(start[0]), np.repeat(start[2][:, :1], start[2].shape[1], axis=1)
    series = train(NET, sgd(0.01), 60, weights=start)
    falls = np.exp(-np.arange(60) / 20.0) if severity is Severity.INFO else np.ones(60)
    series.step("loss")[:] = 2.3 * falls
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is severity
    assert "mean" in answer.summary
    other = [w + (1e-3 if w.ndim == 1 else 0.0) for w in start]  # goes on from elsewhere: its biases are not zero
    going_on = train(NET, sgd(0.01), 60, weights=other)
    going_on.step("loss")[:] = 2.3 * falls
    assert not isinstance(ask(RULE, going_on), Found)


def test_independent_draws_have_a_mean_of_chance() -> None:
    """In twenty nets none is told."""
    for seed in range(20):
        series = train(NET, sgd(0.0), 12, seed=seed)
        assert max(shift(series, layer) for layer in Context(series).layers) < 4.5


def test_the_mean_of_a_sample_is_held_against_the_error_of_a_sample() -> None:
    """A quarter of the elements were looked at, by chance two standard errors off: four of the whole's."""
    series = train(NET, sgd(0.0), 12)
    layer = Context(series).layers[0]
    whole = series.variables[layer.kernel]
    series.recorded("weight_mean")[0, layer.kernel] = (
        2.0 * element_scale(series, layer.kernel)[0] / (whole.size / 4) ** 0.5
    )
    assert shift(series, layer) == pytest.approx(4.0)
    seen = [replace(v, sampled=whole.size // 4) if v is whole else v for v in series.variables]
    assert shift(replace(series, variables=tuple(seen)), layer) == pytest.approx(2.0)


def test_large_weights_that_blow_up_a_tanh_net_are_told_here() -> None:
    """Where they saturate units without breaking the run, they are told there."""
    series = train(Mlp((64, 32, 32, 10), "tanh", "glorot", gain=20.0), sgd(0.0), 60)
    series.step("loss")[:] = np.exp(np.arange(60) / 5.0)
    assert isinstance(ask(RULE, series), Found)
    series.step("loss")[:] = 30.0
    assert isinstance(ask(RULE, series), Clear)


def test_what_is_not_finite_in_its_first_row_has_another_cause_than_a_few_decades() -> None:
    """A logarithm of zero, which large weights bring to light: told after it, as information."""
    series = train(Mlp((64, 32, 32, 10), gain=6.0), sgd(0.01), 60)
    series.step("loss")[:] = np.nan
    series.values["gradient_norm"][:] = np.nan
    series.values["gradient_nonfinite_count"][:] = 5.0
    found = diagnose(series).findings
    assert found[0].id == "non-finite-values"
    assert {f.severity for f in found if f.id == "poor-initialization"} <= {Severity.INFO}


def test_weights_that_make_a_loud_start_are_information() -> None:
    """Four times the usual size in two layers: the first loss is several times that of guessing, and the net learns."""
    series = train(Mlp((64, 32, 10), gain=4.0), sgd(0.01), 300)
    assert series.step("loss")[0] > 3.0 * np.log(10.0)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO


@pytest.mark.parametrize(("end", "severity"), [(2.1, Severity.WARNING), (0.3, Severity.INFO)])
def test_large_weights_are_a_warning_where_the_run_rests_near_a_constant_answer(end: float, severity: Severity) -> None:
    """It came to rest, and knows little more than how often each class is there; one that learned is told only."""
    series, t = train(Mlp((64, 32, 32, 10), gain=4.0), sgd(0.01), 200), np.arange(200.0)
    noise = np.random.default_rng(0).normal(size=200)
    series.step("loss")[1:] = ((30.0 - end) * np.exp(-t / 3.0) + end)[1:] * np.exp(0.02 * noise[1:])
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is severity
