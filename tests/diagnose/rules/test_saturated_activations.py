"""Squashing units at their ends are named in a run that does not learn."""

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.diagnose.rules.saturated_activations import RULE
from tests.diagnose.faults import biased, images
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import sgd

SIGMOID = Mlp((64, 32, 32, 10), "sigmoid", "glorot")
TANH = Mlp((64, 32, 32, 10), "tanh", "glorot")


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("net", [SIGMOID, TANH], ids=["sigmoid", "tanh"])
def test_large_biases_pin_units(net: Mlp, seed: int) -> None:
    """Biases of 20: named, and the advice is about them."""
    found = diagnose(train(net, sgd(0.1), 150, seed=seed, weights=biased(net, seed, 20.0))).findings
    assert (found[0].id, found[0].severity) == ("saturated-activations", Severity.ERROR)
    assert "bias_initializer" in found[0].advice[0]


def test_the_drive_is_that_of_the_weights() -> None:
    """√fan_in times weights of 10 times Glorot's size, into units that give ±1."""
    series = train(Mlp((64, 32, 32, 32, 10), "tanh", "glorot", gain=10.0), sgd(0.0), 60)
    series.step("loss")[:] = 2.3
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.variables[0] in ("dense_0/kernel", "dense_1/kernel", "dense_2/kernel")
    assert "glorot_uniform" in answer.advice[0]
    (drive,) = [answer.evidence["drive"]]
    assert drive == pytest.approx(10.0, rel=0.35)


def test_large_inputs_pin_units_and_are_the_cause() -> None:
    """Saturation is what follows from bytes."""
    found = diagnose(train(TANH, sgd(0.1), 150, data=images(255.0))).findings
    assert found[0].id == "unscaled-inputs"
    assert {f.id: f.explained_by for f in found}["saturated-activations"] == "unscaled-inputs"


def test_large_weights_that_learn_are_fine() -> None:
    """Five times Glorot's size, and the loss falls nevertheless; not where it stays far above that of guessing."""
    series = train(Mlp((64, 32, 32, 32, 10), "tanh", "glorot", gain=5.0), sgd(0.02), 300)
    assert isinstance(ask(RULE, series), Clear)
    worse = train(Mlp((64, 32, 32, 32, 10), "tanh", "glorot", gain=20.0), sgd(0.01), 200)
    assert isinstance(ask(RULE, worse), Found)


def test_a_deep_sigmoid_net_vanishes_without_saturating() -> None:
    """Usual weights: its cause is another."""
    assert isinstance(ask(RULE, train(Mlp((64, *[32] * 9, 10), "sigmoid", "glorot"), sgd(0.1), 100)), Clear)


def test_relu_does_not_saturate() -> None:
    """And ten steps are the least."""
    assert isinstance(ask(RULE, train(Mlp((64, 32, 10)), sgd(30.0), 60)), NotApplicable)
    assert isinstance(ask(RULE, train(TANH, sgd(0.1), 5)), NotEnoughEvidence)


def test_nothing_recorded_of_the_weights_is_clear_of_it() -> None:
    """NaN drives nothing."""
    series = train(TANH, sgd(0.0), 40)
    series.values["weight_norm"][:] = np.nan
    assert not isinstance(ask(RULE, series), Found)


def test_a_run_that_breaks_is_judged_by_what_came_before() -> None:
    """Numbers that are no numbers drive nothing."""
    series = train(Mlp((64, 32, 32, 32, 10), "tanh", "glorot", gain=10.0), sgd(0.0), 60)
    series.step("loss")[:] = np.where(np.arange(60) < 30, 2.3, np.nan)
    for name in ("weight_norm", "update_norm", "gradient_norm", "dead_unit_fraction"):
        series.values[name][30:] = np.nan
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.row == 0


def test_a_run_without_a_finite_number_shows_no_pinned_units() -> None:
    """There is nothing before the break to judge it by."""
    series = train(TANH, sgd(0.0), 40)
    series.step("loss")[:] = np.nan
    series.values["gradient_nonfinite_count"][:] = 1.0
    assert isinstance(ask(RULE, series), Clear)


def test_a_run_that_gets_on_with_pinned_units_is_told() -> None:
    """As information; usual weights say nothing."""
    net = Mlp((64, 32, 32, 10), "tanh", "glorot")
    series = train(net, sgd(0.1), 200, weights=biased(net, 0, 10.0))
    series.step("loss")[:] = 2.3 * np.maximum(np.exp(-np.arange(200) / 50.0), 0.5)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert isinstance(ask(RULE, train(net, sgd(0.1), 200)), Clear)


def test_units_without_gradient_are_told_as_such_where_the_weights_do_not_show_what_goes_in() -> None:
    """As of a recurrent kernel, whose units the inputs drive besides: a size below the threshold says nothing."""
    series = train(TANH, sgd(0.0), 60)
    series.step("loss")[:] = 2.3
    series.values["dead_unit_fraction"][:, 2] = 0.9
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "the gradient of 90 % of them is exactly zero" in answer.summary
    assert answer.evidence["drive"] < answer.evidence["drive_threshold"]  # type: ignore[operator]  # both are numbers


def test_usual_weights_are_not_to_be_replaced() -> None:
    """Where they are, it is the inputs that drive the units."""
    found = diagnose(train(TANH, sgd(0.1), 150, data=images(255.0), look=True)).findings
    pinned = next(f for f in found if f.id == "saturated-activations")
    assert pinned.evidence["suggested_initializer"] is None
    assert "standardize" in pinned.advice[0]


def test_what_was_pinned_before_the_first_step_was_pinned_by_none() -> None:
    """A rate that is too high for such units is told after them, and steepness not at all."""
    found = diagnose(train(TANH, sgd(3.0), 150, weights=biased(TANH, 0, 20.0))).findings
    assert (found[0].id, found[0].explained_by) == ("saturated-activations", None)
    assert "exploding-gradient" not in [f.id for f in found]


@pytest.mark.parametrize(("since", "told"), [(0, True), (20, False)])
def test_a_layer_that_never_had_a_gradient_is_told_however_well_the_run_goes(since: int, *, told: bool) -> None:
    """The others learn without it; one that ends pinned after all is learned may stay so."""
    series = train(Mlp((64, 32, 32, 10), "tanh", "glorot"), sgd(0.3), 300)
    series.values["dead_unit_fraction"][since:, 2] = 1.0
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.row) == (Severity.INFO, 0)
