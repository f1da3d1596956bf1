"""The last bias tells what the loss asks of the outputs."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.mismatched_loss import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable
from tests.diagnose.heads import with_head
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Update, adam, sgd


@pytest.mark.parametrize(("first", "mean", "told"), [(7.0, 3.0, True), (7.0, 0.0, False), (2.4, 3.0, False)])
def test_a_loss_that_is_not_that_of_guessing_is_guessed_at(first: float, mean: float, *, told: bool) -> None:
    """Raw outputs whose biases leave their mean, and a first loss above ln 10 and below that of clipping."""
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(400, 8)), rng.normal(size=10)
    y = np.tile(mean + target - target.mean(), (400, 1))
    series = train(Mlp((8, 16, 10), head="linear"), sgd(0.05), 120, data=(x, y))
    loss = np.maximum(first * np.exp(-np.arange(120) / 20.0), 1.4) * np.exp(0.02 * rng.normal(size=120))
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO


def test_a_loss_deaf_to_the_last_layer_is_told() -> None:
    """Clipped probabilities: not even the last bias has a gradient."""
    series = train(Mlp((64, 32, 10)), sgd(0.0), 80)
    series.values["gradient_norm"][10:] = 0.0
    series.step("loss")[:] = 8.1
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "does not depend" in answer.summary
    series.step("loss")[10:] = 0.0
    assert isinstance(ask(RULE, series), Clear)


def test_a_last_layer_that_a_huge_step_drove_to_its_end_was_heard_before() -> None:
    """A rate that is too high leaves a sigmoid without gradient as well; a layer without activation has no end."""
    series = train(Mlp((64, 32, 10)), sgd(0.0), 80)
    without = with_head(series, "linear")
    series.values["gradient_norm"][1:] = 0.0
    series.step("loss")[:] = 8.1
    assert isinstance(ask(RULE, series), Found)
    series.values["update_norm"][0] = series.values["weight_norm"][0]
    assert not isinstance(ask(RULE, series), Found)
    assert isinstance(ask(RULE, without), Found)
    series.values["gradient_norm"][0] = 0.0  # it never was
    assert isinstance(ask(RULE, series), Found)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_second_softmax_shows_in_the_first_gradients(seed: int) -> None:
    """A tenth of what cross-entropy has at the last bias, long before the loss comes to its floor."""
    net = Mlp((64, 32, 10), head="twice", gain=0.3)
    first = diagnose(train(net, sgd(0.02), 150, seed=seed, look=True)).findings[0]
    assert first.id == "mismatched-loss"
    assert first.evidence["gradient_share"] == pytest.approx(0.1, abs=0.05)
    right = train(Mlp((64, 32, 10), gain=0.3), sgd(1e-4), 150, seed=seed, look=True)
    assert isinstance(ask(RULE, right), Clear)


@pytest.mark.parametrize("update", [sgd(0.02), adam(0.005)])
def test_class_numbers_taken_for_values_are_told_without_probes(update: Update) -> None:
    """All ten outputs are pulled to the mean of the numbers, which no cross-entropy does."""
    x, labels = digits()
    numbers = np.repeat(labels[:, None], 10, axis=1).astype(float)
    series = train(Mlp((64, 32, 10), head="linear"), update, 200, data=(x, numbers))
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "number of the class" in answer.summary
    assert not isinstance(ask(RULE, train(Mlp((64, 32, 10)), update, 200)), Found)


def test_ten_values_of_their_own_are_no_class_numbers() -> None:
    """A regression with ten outputs, whose targets are large and differ."""
    x, labels = digits()
    targets = 20.0 * np.eye(10)[labels] + np.arange(10.0)
    series = train(Mlp((64, 32, 10), head="linear"), sgd(0.02), 200, data=(x, targets))
    assert isinstance(ask(RULE, series), NotApplicable)


@pytest.mark.parametrize(("end", "told"), [(4.5, True), (2.4, False), (0.5, False)])
def test_no_loss_of_logits_rests_above_that_of_guessing(end: float, *, told: bool) -> None:
    """Outputs of zero cost ln 10 as logits, for nothing; biases that keep their mean do not matter then."""
    rng = np.random.default_rng(0)
    y = np.tile(np.arange(10.0) - 4.5, (400, 1))
    series = train(Mlp((8, 16, 10), head="linear"), sgd(0.05), 120, data=(rng.normal(size=(400, 8)), y))
    loss = (end + 6.0 * np.exp(-np.arange(120) / 5.0)) * np.exp(0.02 * rng.normal(size=120))
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO


@pytest.mark.parametrize(("end", "left", "told"), [(1.0, 1e-6, True), (1.0, 1.0, False), (0.9, 1e-6, False)])
def test_outputs_clipped_to_one_value_cost_what_guessing_does(end: float, left: float, *, told: bool) -> None:
    """To the digit, and no gradient is left: a guess, whose mean bias an adaptive optimizer does not show."""
    series, t = train(Mlp((64, 32, 10)), adam(1e-3), 120), np.arange(120)
    activations = tuple(replace(v, activation=None) for v in series.variables)
    series.step("loss")[:] = np.where(t < 40, 8.0 + np.sin(t), end * np.log(10.0))
    series.values["gradient_norm"][40:] *= left
    assert isinstance(ask(RULE, replace(series, variables=activations)), Found) is told
