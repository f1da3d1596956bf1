"""Outputs, labels and loss that contradict each other are named, with what to change."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.mismatched_loss import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable
from tb_convergence.series import Series
from tests.diagnose.faults import line
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import HEALTHY, regression
from tests.diagnose.simulate import Update, adam, sgd

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


def test_labels_out_of_reach_are_told() -> None:
    """A sigmoid for targets of ±20."""
    series = train(Mlp((8, 16, 1), head="sigmoid"), adam(1e-2), 200, data=line(0, labels=10.0), look=True)
    first = diagnose(series).findings[0]
    assert (first.id, first.severity) == ("mismatched-loss", Severity.ERROR)
    assert "answers only 0 to 1" in first.summary


@pytest.mark.parametrize(("scale", "severity"), [(4.0, Severity.WARNING), (1.2, None)])
def test_labels_mostly_out_of_reach_are_told_though_the_loss_falls(scale: float, severity: Severity | None) -> None:
    """Tanh for targets in ±4 can learn their signs; what goes a little beyond may be meant so."""
    x, y = line(0)
    y = scale * y / np.abs(y).max()
    series = train(Mlp((8, 16, 1), head="linear"), adam(1e-2), 200, data=(x, y), look=True)
    answer = ask(RULE, _with_head(series, "tanh"))
    assert (answer.severity if isinstance(answer, Found) else None) == severity


def test_softmax_over_one_unit_is_told_at_once() -> None:
    """It answers 1 whatever goes in."""
    answer = ask(RULE, _with_head(train(Mlp((8, 16, 1), head="linear"), sgd(0.01), 5, data=line(0)), "softmax"))
    assert isinstance(answer, Found)
    assert "single unit" in answer.summary


def _logits(first: float, later: float, gradient: float, *, classes: int = 10) -> Series:
    """Outputs within ±1, looked at every tenth step; losses first and later, and ‖∂L/∂b‖ of the last bias."""
    series = train(Mlp((64, 32, classes), head="softmax" if classes > 1 else "linear"), sgd(1e-7), 100)
    looked = np.where(np.arange(100) % 10 == 0, 1.0, np.nan)
    loss = np.where(np.arange(100) < 10, first, later) * np.exp(0.05 * np.random.default_rng(0).normal(size=100))
    probes = {"output_min": -looked, "output_max": looked, "output_sum_error": 3.0 * looked}
    probes |= {"label_classes": max(classes, 2) * looked, "loss": loss}
    series.values["gradient_norm"][:, -1] = gradient
    return replace(_with_head(series, "linear"), step_values={**series.step_values, **probes})


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
    series = _with_head(train(Mlp((64, 32, 10)), sgd(0.0), 60, look=True), "linear")
    probes = {"output_min": -1.0, "output_max": 1.0, "output_sum_error": 0.7}
    series = _with(series, loss=8.0 + np.random.default_rng(0).normal(size=60) * 0.1, **probes)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "from_logits=True" in answer.advice[0]


def test_relu_before_classes_is_told_where_the_run_is_bad() -> None:
    """And left alone where it learns."""
    bad = _with_head(train(Mlp((64, 32, 10)), sgd(0.0), 60, look=True), "relu")
    assert isinstance(ask(RULE, bad), Found)
    assert isinstance(ask(RULE, _with_head(train(Mlp((64, 32, 10)), sgd(0.1), 200, look=True), "relu")), Clear)


@pytest.mark.parametrize("name", ["adam", "sgd", "batch of 1", "sgd, small steps", "deep he", "linear"])
def test_right_losses_are_clear(name: str) -> None:
    """Of any level."""
    assert isinstance(ask(RULE, HEALTHY[name](0)), Clear)


def test_unknown_outputs_are_not_called_clear() -> None:
    """The arguments that would decide are named."""
    answer = ask(RULE, train(Mlp((8, 16, 1), head="linear"), sgd(0.1), 60, data=line(0)))
    assert isinstance(answer, NotApplicable)
    assert "labels= and outputs=" in answer.reason


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


def _with_head(series: Series, activation: str) -> Series:
    variables = (*series.variables[:-2], *(replace(v, activation=activation) for v in series.variables[-2:]))
    return replace(series, variables=variables)


def _with(series: Series, **values: object) -> Series:
    changed = {name: np.broadcast_to(np.asarray(value, float), len(series)).copy() for name, value in values.items()}
    return replace(series, step_values={**series.step_values, **changed})


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
    without = _with_head(series, "linear")
    series.values["gradient_norm"][1:] = 0.0
    series.step("loss")[:] = 8.1
    assert isinstance(ask(RULE, series), Found)
    series.values["update_norm"][0] = series.values["weight_norm"][0]
    assert not isinstance(ask(RULE, series), Found)
    assert isinstance(ask(RULE, without), Found)
    series.values["gradient_norm"][0] = 0.0  # it never was
    assert isinstance(ask(RULE, series), Found)


def test_a_squared_error_beyond_what_tanh_can_make_is_told() -> None:
    """Without labels=: 4 is the most for labels within ±1; below, it is no more than a guess."""
    series = _with_head(train(Mlp((8, 1), head="linear"), sgd(0.0), 80, data=line(0)), "tanh")
    beyond, within = (ask(RULE, _with(series, loss=loss)) for loss in (6.0, 3.0))
    assert isinstance(beyond, Found)
    assert isinstance(within, Found)
    assert (beyond.severity, within.severity) == (Severity.ERROR, Severity.INFO)


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


def test_labels_beyond_a_sigmoid_show_in_a_loss_that_stays_high() -> None:
    """Without labels=: a constant answer costs ln 2 at most for labels in 0 … 1."""
    series = _with_head(train(Mlp((8, 1), head="linear"), sgd(0.0), 80, data=line(0)), "sigmoid")
    assert isinstance(ask(RULE, _with(series, loss=3.0)), Found)
    assert not isinstance(ask(RULE, _with(series, loss=0.7)), Found)


def test_a_rectifier_at_the_end_is_guessed_at_where_labels_are_not_known() -> None:
    """As information, of a run that does not get far; with labels that it can answer it is clear."""
    net, (x, y) = Mlp((8, 16, 1), head="linear"), line(0)
    for rate, look, told in ((0.0, False, True), (0.1, False, False), (0.0, True, False)):
        data = (x, np.abs(y)) if look else (x, y)
        answer = ask(RULE, _with_head(train(net, sgd(rate), 120, data=data, look=look), "relu"))
        guessed = isinstance(answer, Found) and answer.severity is Severity.INFO and "relu" in answer.summary
        assert guessed is told


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


@pytest.mark.parametrize(("left", "told"), [(0.3, True), (0.01, False)])
def test_tanh_at_the_end_is_a_guess_unless_the_loss_refutes_it(left: float, *, told: bool) -> None:
    """Without labels nobody knows whether they lie beyond ±1."""
    series = train(Mlp((8, 16, 1), head="linear"), sgd(0.01), 100, data=line(0))
    series.step("loss")[:] = np.geomspace(1.0, left, 100)
    answer = ask(RULE, _with_head(series, "tanh"))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.confidence) == (Severity.INFO, 0.4)


@pytest.mark.parametrize(
    ("head", "high", "told"), [("softmax", 10.0, True), ("softmax", 9.0, False), ("linear", 10.0, False)]
)
def test_classes_without_an_output_are_told(head: str, high: float, *, told: bool) -> None:
    """Ten outputs, and labels from 1 to 10; raw outputs that train may be meant for counts."""
    series = train(Mlp((64, 32, 10)), adam(1e-2), 60)
    looked = {"label_classes": np.full(60, 10.0), "label_min": np.full(60, 1.0), "label_max": np.full(60, high)}
    answer = ask(RULE, _with_head(replace(series, step_values={**series.step_values, **looked}), head))
    assert (isinstance(answer, Found) and "has 10 outputs" in answer.summary) is told


def test_raw_outputs_whose_loss_is_lost_had_no_counts_to_answer() -> None:
    """A GPU makes NaN of a class without an output."""
    series = _with_head(train(Mlp((64, 32, 10)), adam(1e-2), 60), "linear")
    looked = {"label_classes": np.full(60, 10.0), "label_min": np.full(60, 1.0), "label_max": np.full(60, 10.0)}
    lost = {**series.step_values, **looked, "loss": np.where(np.arange(60) < 3, series.step("loss"), np.nan)}
    answer = ask(RULE, replace(series, step_values=lost))
    assert isinstance(answer, Found)
    assert (answer.severity, "`y = y - 1`" in answer.advice[0]) == (Severity.ERROR, True)


@pytest.mark.parametrize(("rest", "severity"), [(2.23, Severity.WARNING), (0.7, Severity.INFO)])
def test_a_loss_that_fell_to_that_of_guessing_is_worth_an_alarm(rest: float, severity: Severity) -> None:
    """It began at 8.9: a fall to what one constant answer costs is nothing learned."""
    noise = np.exp(0.02 * np.random.default_rng(0).normal(size=200))
    looked = {
        "loss": (rest + (8.9 - rest) * np.exp(-np.arange(200) / 10.0)) * noise,
        "label_classes": np.full(200, 10.0),
        "label_entropy": np.full(200, np.log(10.0)),
    }
    series = _with_head(train(Mlp((64, 32, 10)), adam(1e-2), 200), "relu")
    answer = ask(RULE, replace(series, step_values={**series.step_values, **looked}))
    assert isinstance(answer, Found)
    assert answer.severity is severity
