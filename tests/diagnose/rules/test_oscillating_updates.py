"""Ringing that decays is information, bouncing without progress a warning, noise neither."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.oscillating_updates import RULE, harmful_order
from tb_convergence.diagnose.rules.rule import Clear, Found, NotEnoughEvidence
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import regression
from tests.diagnose.simulate import Recording, adam, parabola, sgd


@pytest.mark.parametrize(("rate", "momentum"), [(0.1, 0.9), (0.05, 0.95), (0.3, 0.8)])
def test_momentum_that_rings_is_identified(rate: float, momentum: float) -> None:
    """With its rate, to a percent."""
    answer = ask(RULE, parabola(sgd(rate, momentum), 100))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["momentum"] == pytest.approx(momentum, rel=0.01)
    assert answer.evidence["learning_rate"] == pytest.approx(rate, rel=0.01)


@pytest.mark.parametrize("momentum", [0.0, 0.2, 0.3])
def test_damped_momentum_is_clear(momentum: float) -> None:
    """Below the critical momentum nothing rings."""
    assert isinstance(ask(RULE, parabola(sgd(0.1, momentum), 100)), Clear)


def test_bouncing_without_progress_is_a_warning() -> None:
    """A learning rate exactly at the limit: each step takes the last one back."""
    answer = ask(RULE, parabola(sgd(1.0), 60))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert answer.evidence["multiplier"] == pytest.approx(-1.0)


def test_training_at_its_noise_floor_is_clear() -> None:
    """Negative cosines there are a law, not a fault."""
    series = train(Mlp((8, 2)), sgd(0.5), 400, data=regression(0), batch=8)
    assert isinstance(ask(RULE, series), Clear)
    assert isinstance(ask(RULE, train(Mlp((64, 32, 10)), adam(1e-3), 100)), Clear)


def test_a_few_steps_show_no_swing() -> None:
    """And that is said."""
    assert isinstance(ask(RULE, parabola(sgd(0.1, 0.9), 6)), NotEnoughEvidence)


def test_data_in_the_order_of_their_classes_are_told() -> None:
    """A batch holds one class, and the next another."""
    x, labels = digits()
    order = np.argsort(labels, kind="stable")
    series = train(Mlp((64, 32, 10)), sgd(1e-7), 60, look=True)
    swing = {"label_classes": np.ones(60), "label_mean": labels[order][:: len(x) // 60][:60].astype(float)}
    answer = ask(RULE, replace(series, step_values={**series.step_values, **swing}))
    assert isinstance(answer, Found)
    assert "shuffle" in answer.advice[0]
    assert not isinstance(ask(RULE, series), Found)


@pytest.mark.parametrize(
    ("spread", "severity"),
    [(3.0, Severity.WARNING), (0.5, Severity.INFO)],
    ids=["unlike batches", "random batches"],
)
def test_batches_in_one_order_are_told_from_the_loss_alone(spread: float, severity: Severity) -> None:
    """It repeats every 15 steps, which its steps do not explain. No error: what keeps the run from falling is another
    thing as often as not, and the order is to blame only where batches are unlike each other.
    """
    answer = ask(RULE, _repeating(spread, 0.0))
    assert isinstance(answer, Found)
    assert (answer.severity, answer.evidence["period"]) == (severity, 15.0)
    assert ("undo" in answer.summary) == (spread > 1.0)


def test_batches_like_their_neighbours_come_sorted() -> None:
    """However little their losses differ; as information where the run learns."""
    for trend, severity in ((0.0, Severity.WARNING), (-0.05, Severity.INFO)):
        answer = ask(RULE, _repeating(0.5, trend, neighbours=True))
        assert isinstance(answer, Found)
        assert answer.severity is severity


def test_one_of_two_players_may_have_a_period_from_the_other() -> None:
    """A game may go round in circles on data in any order."""
    alone = _repeating(3.0, 0.0, neighbours=True)
    assert isinstance(ask(RULE, alone), Found)
    assert isinstance(ask(RULE, replace(alone, stream="critic")), Clear)


def test_random_batches_in_one_order_are_no_news_of_a_run_that_learns() -> None:
    """``fit`` with a seed repeats its order, and learns; when it has, a few examples make up the loss of a batch."""
    for spread in (0.5, 3.0):
        assert isinstance(ask(RULE, _repeating(spread, -0.05)), Clear)


@pytest.mark.parametrize(("floor", "told"), [(1e-3, True), (1e-14, False)])
def test_what_rounding_leaves_of_a_loss_is_in_no_order(floor: float, *, told: bool) -> None:
    """A full batch at 1e-14 of its first loss rings in its last digits; at 1e-3 such a pattern comes from the data."""
    series = _repeating(3.0, 0.0, neighbours=True)
    loss = np.maximum(np.exp(-np.arange(150)), floor * series.step("loss"))
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
    assert isinstance(answer, Found) == told


def test_shuffled_batches_are_in_no_order() -> None:
    """The same losses in another order each epoch."""
    assert isinstance(ask(RULE, _repeating(3.0, 0.0, shuffled=True)), Clear)


def _repeating(spread: float, trend: float, *, shuffled: bool = False, neighbours: bool = False) -> Series:
    """Losses of fifteen batches that spread by ``spread`` about 1, in ten epochs; ``trend``: of log loss, a step."""
    series = train(Mlp((64, 32, 10)), sgd(1e-7), 150)
    rng = np.random.default_rng(0)
    order = 7.0 + 7.0 * np.sin(np.arange(15) * 0.4 * np.pi / 3.0) if neighbours else rng.permutation(15)
    loss = np.exp(spread * (order / 14.0 - 0.5))[np.arange(150) % 15] + 0.05 * rng.random(150)
    loss = (rng.permutation(loss) if shuffled else loss) * np.exp(trend * np.arange(150))
    return replace(series, step_values={**series.step_values, "loss": loss})


def _in_turns(length: int, *, shuffled: bool = False) -> Series:
    """½‖w − c‖², where c is one of four points, each for ``length`` steps; ``shuffled``: in any order."""
    rng = np.random.default_rng(0)
    centers, recording, w = 3.0 * rng.normal(size=(4, 6, 5)), Recording(["w/kernel"]), np.zeros((6, 5))
    kinds = np.repeat(np.arange(160 // length) % 4, length)
    for kind in rng.permutation(kinds) if shuffled else kinds:
        g = w - centers[kind]
        after = w - 0.05 * g
        recording.step([w], [g], [after], loss=0.5 * float((g**2).sum()))
        w = after
    return recording.series()


def test_kinds_that_take_turns_are_told_without_labels_or_a_period() -> None:
    """Successive gradients agree, but where the next kind begins."""
    answer = ask(RULE, _in_turns(8))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert answer.evidence["steps_between_changes"] == 8.0
    assert not isinstance(ask(RULE, _in_turns(8, shuffled=True)), Found)


@pytest.mark.parametrize("level", [0.0, 10.0], ids=["around zero", "above zero"])
def test_a_loss_that_leaps_at_any_step_shows_no_kinds(level: float) -> None:
    """As of an objective with samples of its own, or of a policy: gradients turn, and the data need not be sorted."""
    series = _in_turns(8)
    noise = level + np.random.default_rng(0).normal(size=160)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": noise}))
    assert not isinstance(answer, Found) or "steps_between_changes" not in answer.evidence


def test_batches_of_one_example_are_not_in_order_for_that() -> None:
    """Each holds one class; shuffled ones follow no order."""
    labels = np.random.default_rng(0).integers(0, 10, 60).astype(float)
    series = train(Mlp((64, 32, 10)), sgd(1e-7), 60, look=True)
    values = {**series.step_values, "label_classes": np.ones(60), "label_mean": labels}
    assert isinstance(ask(RULE, replace(series, step_values=values)), Clear)


def test_classes_in_order_are_told_of_a_run_that_gets_on_and_is_seldom_looked_at() -> None:
    """As information: a mean of 64 labels is a fraction of no few; of two examples it says nothing."""
    series = train(Mlp((64, 32, 10)), sgd(0.1), 150, look=True)
    rng = np.random.default_rng(0)
    for count, told in ((64, True), (2, False)):
        first = rng.permutation(np.tile(np.arange(9), 17))[:150]
        share = np.round(rng.uniform(size=150) * count) / count
        looked = {"label_classes": np.full(150, 2.0), "label_mean": first + share}
        answer = ask(RULE, replace(series, step_values={**series.step_values, **looked}))
        assert isinstance(answer, Found) is told
        assert not isinstance(answer, Found) or answer.severity is Severity.INFO


@pytest.mark.parametrize(("last", "severity"), [(5.0, Severity.WARNING), (0.5, Severity.INFO), (np.nan, Severity.INFO)])
def test_each_batch_may_be_easy_by_itself(last: float, severity: Severity) -> None:
    """The loss on data of all classes tells whether anything but the class of the moment was learned."""
    series = train(Mlp((64, 32, 10)), sgd(0.1), 150, look=True)
    looked = {"label_classes": np.ones(150), "label_mean": np.repeat(np.arange(10.0), 15)}
    validation = np.where(np.arange(150) % 10 == 0, np.where(np.arange(150) > 0, last, 2.3), np.nan)
    values = {**series.step_values, **looked, "metric/val_loss": validation}
    answer = ask(RULE, replace(series, step_values=values))
    assert isinstance(answer, Found)
    assert answer.severity is severity


def test_weights_that_stay_forget_nothing() -> None:
    """Kinds of batches take turns, and at a millionth of the rate none undoes what another taught."""
    series, moves = _in_turns(8), ("update_norm", "previous_update_norm")
    still = {name: x * (1e-7 if name in moves else 1.0) for name, x in series.values.items()}
    answer = ask(RULE, replace(series, values=still))
    assert isinstance(answer, Found)  # a loss with a period, which is no alarm
    assert answer.severity is Severity.INFO
    assert "period" in answer.evidence


@pytest.mark.parametrize(("looks", "told"), [(4, True), (3, False)])
def test_a_few_batches_of_one_class_are_enough(looks: int, *, told: bool) -> None:
    """Of a short run, whose labels were looked at every tenth step."""
    series, seen = train(Mlp((64, 32, 10)), sgd(1e-7), 40, look=True), np.full((2, 40), np.nan)
    seen[:, :: 40 // looks][:, :looks] = np.ones(looks), np.linspace(0.03, 8.6, looks)
    looked = {"label_classes": seen[0], "label_mean": seen[1]}
    answer = ask(RULE, replace(series, step_values={**series.step_values, **looked}))
    assert isinstance(answer, Found) is told


def test_kinds_that_take_turns_are_an_order_that_harms() -> None:
    """As classes do: steps that undo what another kind taught are long whatever the rate."""
    assert harmful_order(Context(_in_turns(8)))
    assert not harmful_order(Context(_in_turns(8, shuffled=True)))
