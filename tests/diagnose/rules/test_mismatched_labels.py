"""A net that learns no more than a constant answer is told that its labels do not fit; others are not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.mismatched_labels import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.faults import line, shuffled
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import not_meant_to_fall
from tests.diagnose.simulate import Update, adam, scheduled, sgd

NET = Mlp((64, 32, 32, 10))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("look", [False, True])
@pytest.mark.parametrize("make", [lambda: sgd(0.05), lambda: adam(1e-3)], ids=["sgd", "adam"])
def test_shuffled_labels_are_the_cause(make: Callable[[], Update], seed: int, *, look: bool) -> None:
    """The loss stays at ln 10 while the weights move."""
    found = diagnose(train(NET, make(), 300, seed=seed, data=shuffled(seed), look=look)).findings
    assert (found[0].id, found[0].severity) == ("mismatched-labels", Severity.ERROR)
    assert found[0].evidence["constant_prediction_loss"] == pytest.approx(np.log(10.0), rel=0.05)
    assert not any("squeeze" in advice for advice in found[0].advice)


def test_regression_to_the_mean_is_a_warning() -> None:
    """Labels of other points: the loss settles at their variance."""
    x, y = line(0)[0], line(1)[1]
    found = diagnose(train(Mlp((8, 16, 1), head="linear"), adam(3e-3), 300, data=(x, y), look=True)).findings[0]
    assert (found.id, found.severity) == ("mismatched-labels", Severity.WARNING)


@pytest.mark.parametrize("look", [True, False], ids=["labels known", "labels unknown"])
def test_labels_that_meet_all_outputs_are_thought_of_where_there_is_one_output(*, look: bool) -> None:
    """(32,) minus (32, 1) is (32, 32) in TensorFlow: the net learns the mean. Two outputs would not fit."""
    x, y = line(0)[0], line(1)[1]
    rate = adam(3e-3) if look else sgd(0.05)
    one = ask(RULE, train(Mlp((8, 16, 1), head="linear"), rate, 300, data=(x, y), look=look))
    assert isinstance(one, Found)
    assert "`y - outputs` of (32,) and (32, 1)" in one.advice[0]
    assert not any("softmax" in advice for advice in one.advice)
    two = ask(RULE, train(Mlp((8, 16, 2), head="linear"), adam(3e-3), 300, data=(x, np.hstack([y, y])), look=True))
    assert not any("squeeze" in advice for advice in getattr(two, "advice", ()))


@pytest.mark.parametrize("rate", [30.0, 1e-5])
def test_other_causes_come_alone(rate: float) -> None:
    """What a learning rate keeps at ln 10 says nothing of the labels."""
    assert "mismatched-labels" not in [f.id for f in diagnose(train(NET, sgd(rate), 200)).findings]


def test_right_labels_are_clear() -> None:
    """And a short run is waited for."""
    assert isinstance(ask(RULE, train(NET, sgd(0.05), 300)), Clear)
    assert isinstance(ask(RULE, train(NET, sgd(0.05), 30)), NotEnoughEvidence)


def test_a_loss_that_is_not_meant_to_fall_is_left_alone() -> None:
    """A discriminator, a policy gradient."""
    assert not isinstance(ask(RULE, not_meant_to_fall(0, negative=False)), Found)
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=True)), NotApplicable)


def test_an_unknown_constant_is_asked_for() -> None:
    """Regression without labels=."""
    answer = ask(RULE, train(Mlp((8, 16, 1), head="linear"), sgd(0.1), 100, data=line(0)))
    assert isinstance(answer, NotApplicable)
    assert "labels=" in answer.reason


def test_single_examples_do_not_show_where_the_loss_lies() -> None:
    """A net that learns by batches of one: its median loss is anywhere."""
    series = train(NET, sgd(0.01), 400, batch=1, look=True)
    assert not isinstance(ask(RULE, series), Found)


def test_without_labels_a_net_at_rest_is_told_as_a_guess() -> None:
    """Nobody knows what a constant answer costs, so that it is information, and says what would tell."""
    x, y = line(0)[0], line(1)[1]
    answer = ask(RULE, train(Mlp((8, 16, 1), head="linear"), sgd(0.05), 300, data=(x, y)))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert "labels=" in answer.summary


def test_on_one_batch_it_creeps_on_and_is_a_guess_as_well() -> None:
    """Without noise the least fall is seen: it is learned by heart."""
    x, y = line(0)[0], line(1)[1]
    series = train(Mlp((8, 16, 1), head="linear"), sgd(0.1), 300, data=(x, y), batch=None)
    end = series.step("loss")[-1]
    series.step("loss")[:] = end * (1.0 + 0.02 * np.exp(-np.arange(300) / 10.0) + 1e-6 * np.arange(300)[::-1])
    context = Context(series)
    vars(context).update(one_batch=True)
    assert context.outcome is Outcome.SLOW
    answer = RULE.check(context)
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO


def test_a_loss_that_creeps_below_that_of_guessing_is_a_warning() -> None:
    """What is learnt by heart takes it down a little, and the outcome is slow."""
    x, y = shuffled(0)
    found = diagnose(train(NET, adam(4e-3), 250, data=(x[:1200], y[:1200]), look=True)).findings[0]
    assert (found.id, found.severity) == ("mismatched-labels", Severity.WARNING)


@pytest.mark.parametrize(("share", "found"), [(1.07, True), (1.25, False)])
def test_what_is_learnt_by_heart_is_no_sign_of_right_labels(share: float, *, found: bool) -> None:
    """A little below the entropy of the labels, where the next batch confirms nothing of what each step gains."""
    series = train(NET, adam(0.015), 250, data=shuffled(0), look=True)
    entropy = np.where(np.isfinite(series.step("label_entropy")), share * np.median(series.step("loss")[-50:]), np.nan)
    higher = replace(series, step_values={**series.step_values, "label_entropy": entropy})
    assert isinstance(ask(RULE, higher), Found) is found


@pytest.mark.parametrize(
    ("count", "entropy", "told"), [(2.0, np.log(2.0), True), (2.0, 0.4, False), (10.0, 2.29, True)]
)
def test_a_batch_of_two_does_not_show_the_entropy_of_ten_classes(count: float, entropy: float, *, told: bool) -> None:
    """Two examples of two classes: that of guessing counts. Two classes of unlike share are all that there are."""
    series = train(NET, sgd(0.05), 300, data=shuffled(0), look=True)
    looked = {"label_classes": np.full(300, count), "label_entropy": np.full(300, entropy)}
    answer = ask(RULE, replace(series, step_values={**series.step_values, **looked}))
    assert isinstance(answer, Found) is told


def test_right_labels_in_batches_of_two_are_no_alarm() -> None:
    """A net that learns from them."""
    answer = ask(RULE, train(NET, sgd(0.01), 400, batch=2, look=True))
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO


@pytest.mark.parametrize(("steps", "severity"), [(40, Severity.INFO), (300, Severity.ERROR)])
def test_a_short_run_that_stalls_is_told_as_a_guess(steps: int, severity: Severity) -> None:
    """Forty steps with shuffled labels: it may yet learn, and the labels are worth a look."""
    answer = ask(RULE, train(NET, adam(1e-3), steps, data=shuffled(0)))
    assert isinstance(answer, Found)
    assert (answer.severity, "perhaps" in answer.summary) == (severity, severity is Severity.INFO)


def test_on_one_batch_every_step_is_confirmed_and_says_little() -> None:
    """What is learnt by heart leads downhill, too."""
    x, y = shuffled(0)
    series = train(Mlp((64, 8, 10)), sgd(0.02), 300, data=(x[:1000], y[:1000]), batch=None)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO


def test_a_linear_model_at_its_minimum_is_guessed_at() -> None:
    """On one batch, whose steps are confirmed by themselves."""
    x, y = line(0)[0], line(1)[1]
    answer = ask(RULE, train(Mlp((8, 1), head="linear"), sgd(0.1), 200, data=(x, y), batch=None))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO


def test_labels_are_not_judged_where_no_gradient_reaches_the_net() -> None:
    """A batch of one before normalizations: the hidden layers stand still."""
    series = train(Mlp((64, 32, 10)), sgd(0.05), 200, data=shuffled(0))
    assert isinstance(ask(RULE, series), Found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tb_convergence.diagnose.rules.mismatched_labels.starved", lambda *_: True)
        assert isinstance(ask(RULE, series), NotEnoughEvidence)


def test_without_a_fall_it_takes_weights_that_went_far() -> None:
    """A loss that lies flat from the first row on, and steps as long in all as the weights, or hardly any."""
    x, y = line(0)[0], line(1)[1]
    series = train(Mlp((8, 16, 1), head="linear"), sgd(0.05), 300, data=(x, y))
    series.step("loss")[:] = 1.0 + 0.05 * np.random.default_rng(0).normal(size=300)
    for scale, told in ((20.0, True), (0.01, False)):
        norm = series.values["update_norm"] * scale
        answer = ask(RULE, replace(series, values={**series.values, "update_norm": norm}))
        assert isinstance(answer, Found) is told
        assert not isinstance(answer, Found) or answer.severity is Severity.INFO


@pytest.mark.parametrize(("best", "told"), [(1.0, True), (0.5, False)])
def test_what_serves_no_validation_is_a_guess(best: float, *, told: bool) -> None:
    """Learned by heart, and validation never below its start."""
    series = train(NET, sgd(0.1), 200)
    loss, seen = np.geomspace(2.3, 1e-3, 200), np.full(200, np.nan)
    seen[::20] = 2.3 * np.linspace(1.0, best, 10)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss, "metric/val_loss": seen}))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.confidence) == (Severity.INFO, 0.4)


@pytest.mark.parametrize(("share", "told"), [(0.8, True), (0.4, False)])
def test_a_high_floor_is_a_guess(share: float, *, told: bool) -> None:
    """At rest at most of what guessing among ten classes costs; a larger model may be what it lacks."""
    series, noise = train(NET, sgd(0.1), 200), np.random.default_rng(0).normal(size=200)
    loss = np.log(10.0) * (share + (1.3 - share) * np.exp(-np.arange(200) / 15.0)) * np.exp(0.02 * noise)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.confidence) == (Severity.INFO, 0.3)


def test_a_high_floor_for_want_of_steps_is_no_matter_of_labels() -> None:
    """The rate was taken away, and the loss rests where that left it."""
    jumping = scheduled(lambda step: 0.1 if step <= 15 else 1e-5)

    answer = ask(RULE, train(NET, jumping, 150))
    assert not isinstance(answer, Found) or "comes to rest" not in answer.summary


def test_a_batch_of_one_says_nothing_of_labels() -> None:
    """Its noise keeps the loss up as well."""
    answer = ask(RULE, train(NET, sgd(0.3), 200, batch=1))
    assert isinstance(answer, NotEnoughEvidence)
    assert "one example" in answer.reason


@pytest.mark.parametrize(("best", "told"), [(1.1, True), (0.97, False)])
def test_what_only_harms_validation_is_a_guess_however_far_training_fell(best: float, *, told: bool) -> None:
    """Right labels serve others at first, and are learned by heart later."""
    series = train(NET, sgd(0.1), 200)
    loss, seen = np.geomspace(2.3, 1.5, 200), np.full(200, np.nan)
    seen[::20] = 2.3 * np.append(1.0, np.linspace(best, 1.6, 9))
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss, "metric/val_loss": seen}))
    assert isinstance(answer, Found)
    assert ("validation" in answer.summary) is told
