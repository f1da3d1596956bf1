"""Probabilities taken for logits, and outputs that are no logits, are told by the loss that they allow."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.rules.mismatched_loss import RULE
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.series import Series
from tests.diagnose.heads import with_head, with_steps
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import regression
from tests.diagnose.simulate import adam, sgd

TWICE = Mlp((64, 32, 10), head="twice")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_softmax_twice_is_seen_from_sure_outputs_and_a_large_loss(seed: int) -> None:
    """Probabilities taken for logits: the loss cannot fall below 1.46 for ten classes."""
    found = diagnose(train(TWICE, adam(1e-2), 300, seed=seed, look=True)).findings[0]
    assert found.id == "mismatched-loss"
    assert found.evidence["floor"] == pytest.approx(np.log(1.0 + 9.0 / np.e))
    assert "from_logits=False" in found.advice[0]


def test_without_outputs_it_shows_at_the_floor() -> None:
    """Once the loss has settled there."""
    assert isinstance(ask(RULE, train(TWICE, adam(1e-2), 900, batch=None)), Found)


@pytest.mark.parametrize("look", [True, False])
def test_of_two_classes_only_outputs_tell_it(*, look: bool) -> None:
    """Many a loss rests near 0.313, the floor of two classes."""
    series = train(Mlp((8, 16, 2), head="twice"), adam(1e-2), 400, data=regression(0), look=look)
    assert isinstance(ask(RULE, series), Found) is look


def _logits(first: float, later: float, gradient: float, *, classes: int = 10) -> Series:
    """Outputs within ±1, looked at every tenth step; losses first and later, and ‖∂L/∂b‖ of the last bias."""
    series = train(Mlp((64, 32, classes), head="softmax" if classes > 1 else "linear"), sgd(1e-7), 100)
    looked = np.where(np.arange(100) % 10 == 0, 1.0, np.nan)
    loss = np.where(np.arange(100) < 10, first, later) * np.exp(0.05 * np.random.default_rng(0).normal(size=100))
    probes = {"output_min": -looked, "output_max": looked, "output_sum_error": 3.0 * looked}
    probes |= {"label_classes": max(classes, 2) * looked, "loss": loss}
    series.values["gradient_norm"][:, -1] = gradient
    return replace(with_head(series, "linear"), step_values={**series.step_values, **probes})


@pytest.mark.parametrize("classes", [1, 10])
def test_a_first_loss_above_what_logits_allow_is_told_by_its_gradient(classes: int) -> None:
    """What regularization adds, or a sum, has no such gradient; what learns may divide by a temperature."""
    answer = ask(RULE, _logits(8.0, 7.0, 100.0, classes=classes))
    assert isinstance(answer, Found)
    assert "at first" in answer.summary
    assert "from_logits=True" in answer.advice[0]
    assert answer.advice[0].count("Binary") == (classes == 1)
    for first, later, gradient in ((8.0, 1.5, 1.0), (1.5, 1.5, 100.0), (8.0, 0.5, 100.0)):
        assert not isinstance(ask(RULE, _logits(first, later, gradient, classes=classes)), Found)


def test_a_loss_beyond_what_clipped_probabilities_cost_is_of_logits() -> None:
    """One sigmoid's loss of 40, in a run that is stalled: a temperature."""
    assert not isinstance(ask(RULE, _logits(40.0, 39.0, 100.0, classes=1)), Found)


def test_a_loss_above_what_logits_allow_is_told() -> None:
    """Raw outputs within ±1 among 10 classes have no cross-entropy of 8."""
    series = with_head(train(Mlp((64, 32, 10)), sgd(0.0), 60, look=True), "linear")
    probes = {"output_min": -1.0, "output_max": 1.0, "output_sum_error": 0.7}
    series = with_steps(series, loss=8.0 + np.random.default_rng(0).normal(size=60) * 0.1, **probes)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "from_logits=True" in answer.advice[0]
