"""A gradient that fades with depth is named when the run does not learn, with its powers of ten."""

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.diagnose.rules.vanishing_gradient import RULE
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import adam, sgd

DEPTH = (64, *[32] * 11, 10)


def test_twelve_sigmoid_layers_fade() -> None:
    """About log10 4 = 0.6 powers of ten a layer; the first layers are named, and relu is advised."""
    answer = ask(RULE, train(Mlp(DEPTH, "sigmoid", "glorot"), sgd(0.1), 100))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    assert answer.evidence["decades_per_layer"] == pytest.approx(0.6, abs=0.1)
    assert answer.variables[0] == "dense_0/kernel"
    assert "sigmoid by relu" in answer.advice[0]


def test_the_advice_helps() -> None:
    """ReLU with He's initialization, as advised, does not fade."""
    assert isinstance(ask(RULE, train(Mlp(DEPTH), adam(1e-3), 100)), Clear)


def test_layers_that_lie_apart_are_no_slope() -> None:
    """One layer with a gradient decades below the rest, as an embedding has it."""
    series = train(Mlp((64, 32, 32, 32, 32, 10)), sgd(1e-6), 60)
    series.values["gradient_norm"][:, 0] *= 1e-6
    assert not isinstance(ask(RULE, series), Found)


def test_a_shallow_net_has_no_depth() -> None:
    """Three layers."""
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10), "sigmoid"), sgd(0.1), 30)), NotApplicable)


def test_nine_steps_are_not_enough() -> None:
    """And said to be."""
    assert isinstance(ask(RULE, train(Mlp(DEPTH, "sigmoid", "glorot"), sgd(0.1), 9)), NotEnoughEvidence)


def test_zero_gradients_have_no_slope() -> None:
    """No logarithm is taken of zero."""
    series = train(Mlp(DEPTH), sgd(0.0), 30)
    series.values["gradient_norm"][:] = 0.0
    series.step("loss")[:] = np.linspace(2.3, 2.3001, 30)
    assert isinstance(ask(RULE, series), Clear)


def test_small_weights_of_relu_layers_are_seen_from_their_size() -> None:
    """Their gradients look alike in every layer; a normalization makes the size irrelevant."""
    small = Mlp((64, *[32] * 8, 10), gain=0.3)
    answer = ask(RULE, train(small, sgd(0.05), 80))
    assert isinstance(answer, Found)
    assert answer.evidence["decades_predicted_from_weights"] == pytest.approx(9 * np.log10(0.3), abs=0.5)


def test_more_powers_of_ten_than_a_float_holds_are_told() -> None:
    """Twelve layers of weights of 1e-35: the product of their gains has no float."""
    series = train(Mlp(DEPTH), sgd(0.0), 30)
    series.values["weight_norm"][:] *= 1e-35
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "-inf" not in answer.summary
    assert isinstance(answer.evidence["decades_predicted_from_weights"], float)


@pytest.mark.parametrize("diverges", [True, False])
def test_gradients_after_the_loss_has_left_tell_of_where_it_went(*, diverges: bool) -> None:
    """Of a net that was well until labels drove it away; the same profile in a run that lies flat is its own."""
    series, t = train(Mlp((64, 32, 32, 32, 10)), sgd(0.05), 200), np.arange(200)
    series.step("loss")[:] = np.where(t < 30, 2.3 - 0.02 * t, 1.7 * np.exp((t - 30.0) / 20.0)) if diverges else 2.3
    for depth, kernel in enumerate((0, 2, 4)):
        series.values["gradient_norm"][40 if diverges else 0 :, kernel] *= 10.0 ** (2 * depth - 6)
    assert isinstance(ask(RULE, series), Found) is not diverges
