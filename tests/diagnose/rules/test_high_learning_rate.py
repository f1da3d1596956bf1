"""A learning rate is called too high only when the run went wrong and its steps were beyond the limit."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.excessive_momentum import carried
from tb_convergence.diagnose.rules.high_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.faults import biased
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import architecture, regression
from tests.diagnose.simulate import Array, Recording, adam, parabola, sgd


def test_a_stable_rate_is_clear() -> None:
    """However close to the limit, when the loss falls."""
    assert isinstance(ask(RULE, parabola(sgd(0.99), 400)), Clear)


def test_the_edge_of_stability_is_healthy() -> None:
    """Full batch at a rate that hovers at the limit while the loss falls: that its first step went up is no alarm."""
    series = train(Mlp((8, 32, 2)), sgd(2.0), 200, batch=None, data=regression(0))
    answer = ask(RULE, series)
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO


@pytest.mark.parametrize("rate", [3.0, 30.0, 100.0])
def test_the_advice_is_a_rate_that_trains(rate: float) -> None:
    """What the advice says is tried: the loss falls to a half."""
    net = Mlp((64, 64, 32, 10))
    answer = ask(RULE, train(net, sgd(rate), 100))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = train(net, sgd(advised), 200).step("loss")
    assert np.median(loss[-20:]) < 0.5 * loss[0]


def test_adam_is_judged_by_the_size_of_its_steps() -> None:
    """Nothing is identified, and steps of a quarter of the weights are still too long."""
    answer = ask(RULE, train(Mlp((64, 64, 32, 10)), adam(1.0), 100))
    assert isinstance(answer, Found)
    assert "of the weights" in answer.summary


@pytest.mark.parametrize(("spread", "told"), [(0.5, True), (3.0, False)], ids=["random batches", "unlike batches"])
def test_the_order_of_batches_excuses_long_steps_where_they_undo_each_other(spread: float, *, told: bool) -> None:
    """``fit`` with a seed repeats the order of random batches, and a rate that is too high stays too high."""
    series, rng = train(Mlp((64, 64, 32, 10)), adam(1.0), 150), np.random.default_rng(0)
    batches = np.exp(spread * (rng.permutation(15) / 14.0 - 0.5))[np.arange(150) % 15] * (1.0 + 0.01 * rng.random(150))
    loss = np.where(np.arange(150) < 5, 1.0, 100.0 * batches)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
    assert isinstance(answer, Found) == told


def test_two_steps_are_not_enough() -> None:
    """And said to be."""
    assert isinstance(ask(RULE, parabola(sgd(1.5), 2)), NotEnoughEvidence)


def test_without_updates_it_does_not_apply() -> None:
    """Nothing was recorded that could be too long."""
    recording = Recording(["w"])
    for _ in range(9):
        recording.step([np.ones(2)], [np.ones(2)], [np.full(2, np.nan)])
    assert isinstance(ask(RULE, recording.series()), NotApplicable)


def test_an_unknown_loss_hides_no_divergence() -> None:
    """Weights, gradients and updates that grow show it, and the numbers are as exact as with the loss."""
    answer = ask(RULE, parabola(sgd(1.5), 20, loss=False))
    assert isinstance(answer, Found)
    assert answer.evidence["largest_stable_learning_rate"] == pytest.approx(1.0, rel=0.01)
    assert answer.row == 1


def test_an_unknown_loss_is_not_called_clear() -> None:
    """Nothing tells whether the run goes wrong; and a young run has not shown it yet."""
    assert isinstance(ask(RULE, parabola(sgd(0.1), 20, loss=False)), NotApplicable)
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), sgd(0.1), 8)), NotEnoughEvidence)


@pytest.mark.parametrize("rate", [300.0, 1000.0])
def test_a_step_far_past_the_minimum_needs_no_known_optimizer(rate: float) -> None:
    """Adam's first step goes ``rate`` times its unit, here from 2 to beyond −40, on a loss without matrices."""
    answer = ask(RULE, parabola(adam(rate), 60))
    assert isinstance(answer, Found)
    assert answer.row == 0
    assert "as far as to the minimum" in answer.summary


def test_steps_that_go_up_the_gradient_are_not_too_long() -> None:
    """Their sign is wrong, whatever the optimizer."""
    for update in (sgd(-0.1), adam(-0.1)):
        assert isinstance(ask(RULE, parabola(update, 100)), Clear)


def test_what_was_dead_before_the_first_step_was_not_killed_by_one() -> None:
    """Only the last bias moves, and bounces: the cause lies before."""
    net = Mlp((64, 32, 32, 10))
    found = diagnose(train(net, sgd(30.0), 120, weights=biased(net, 0, -50.0))).findings
    assert found[0].id == "dead-units"
    assert "high-learning-rate" not in [f.id for f in found]


def test_a_rate_that_saturates_units_is_named_before_them() -> None:
    """Its first steps are longer than the weights; what swings afterwards in the loss excuses nothing."""
    found = diagnose(train(Mlp((64, 16, 10), activation="tanh"), sgd(10.0), 120, batch=None)).findings
    assert found[0].id == "high-learning-rate"
    assert found[0].onset_step == 0


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_rate_that_jumps_is_dated_by_the_step_of_the_jump(momentum: float) -> None:
    """Not by the first window that holds the new rate alone."""
    count, velocity = 0, [np.zeros(1)]

    def jumping(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count, velocity
        count += 1
        rate = 0.02 if count <= 60 else 20.0
        velocity = [momentum * v - rate * g for v, g in zip(velocity * len(gradients), gradients, strict=False)]
        return velocity

    velocity = [np.zeros_like(w) for w in Mlp((64, 16, 10), "tanh", "glorot").initial(np.random.default_rng(0))]
    found = diagnose(train(Mlp((64, 16, 10), "tanh", "glorot"), jumping, 150)).findings
    assert (found[0].id, found[0].onset_step) == ("high-learning-rate", 60)


def test_momentum_that_carries_a_run_away_is_not_the_rate() -> None:
    """Its steps get long by themselves; at a usual momentum, or where the first step is long already, they do not."""
    limping = train(Mlp((64, 32, 10)), sgd(0.03, 0.99), 120, seed=2)
    assert carried(Context(limping))
    assert not carried(Context(train(Mlp((64, 32, 10)), sgd(0.03, 0.9), 120, seed=2)))
    assert not carried(Context(train(Mlp((64, 32, 10)), sgd(30.0, 0.99), 60, seed=2)))
    assert not carried(Context(train(Mlp((64, 32, 10)), adam(1e-3), 60)))


@pytest.mark.parametrize(("grown", "faded", "told"), [(1.0, 1.0, False), (2.0, 1.0, True), (1.0, 0.01, True)])
def test_a_few_long_first_steps_are_forgiven_what_is_left_whole(grown: float, faded: float, *, told: bool) -> None:
    """The loss is back, and weights and gradients are as they were: that it stalls since has another cause."""
    series = train(Mlp((64, 32, 10)), sgd(1e-3), 120)
    series.values["update_norm"][:3] = 0.2 * series.values["weight_norm"][:1]
    series.values["weight_norm"][6:] *= grown
    series.values["gradient_norm"][6:] *= faded
    series.step("loss")[:] = np.where((np.arange(120) > 0) & (np.arange(120) < 5), 12.0, 2.3)
    assert isinstance(ask(RULE, series), Found) is told


def test_what_a_dead_net_does_is_no_reason() -> None:
    """The first steps of Adam at a rate of 3 killed it: onset and advice are theirs, not those of a bias left over."""
    series = train(Mlp((64, 32, 10)), adam(3.0), 200)
    last = np.zeros(200)
    last[150:] = 3.0
    context = Context(series)
    vars(context).update(stability=np.where(last > 0.0, last, np.nan))
    answer = RULE.check(context)
    assert isinstance(answer, Found)
    assert (answer.row or 0) < 10


@pytest.mark.parametrize(("ratio", "told"), [(2.0, True), (0.5, False)])
def test_numbers_that_break_right_after_a_first_step_longer_than_the_weights(ratio: float, *, told: bool) -> None:
    """One step is all there is; a shorter one may have met a function that does not bear its numbers."""
    series = train(architecture(3), sgd(0.01), 60)
    for name, values in series.values.items():
        values[1:] = 1.0 if name.endswith("count") else np.nan
    series.values["update_norm"][0] = ratio * series.values["weight_norm"][0]
    series.step("loss")[1:] = np.nan
    assert isinstance(ask(RULE, series), Found) is told


@pytest.mark.parametrize(
    ("first", "later", "told"), [(0.4, 0.03, True), (0.4, 0.003, False), (0.03, 0.03, False), (np.nan, np.nan, False)]
)
def test_steps_that_are_long_all_along_are_told_of_a_run_that_diverges_late(
    first: float, later: float, *, told: bool
) -> None:
    """A tenth of the weights and more at first, and ten times the usual until then; either alone may be healthy."""
    series = train(Mlp((64, 32, 10)), adam(0.05), 200)
    t = np.arange(200.0)
    loss = np.where(t < 150, 2.3 * np.exp(-t / 60.0), 0.2 * np.exp((t - 150) / 12.0)) * np.exp(0.02 * _noise(200))
    context = Context(replace(series, step_values={**series.step_values, "loss": loss}))
    assert context.outcome is Outcome.DIVERGED
    vars(context).update(update_ratio=np.where(t == 0, first, later))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tb_convergence.diagnose.rules.high_learning_rate._by_ratio", lambda _: None)
        answer = RULE.check(context)
        vars(context).update(stability=np.full(200, 0.3))  # as where the curvature says that they are short enough
        assert not isinstance(RULE.check(context), Found)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.row, answer.severity) == (0, Severity.ERROR)


@pytest.mark.parametrize(("ratio", "told"), [(0.2, True), (0.02, False)])
def test_huge_steps_that_drove_units_to_their_ends_are_told_though_no_loss_leapt(ratio: float, *, told: bool) -> None:
    """Units saturate by the size of weights that such steps have made; short ones did not make them."""
    series = train(Mlp((64, 16, 16, 10), activation="tanh"), adam(0.3), 120)
    flat = 2.3 * np.exp(0.01 * _noise(120))
    context = Context(replace(series, step_values={**series.step_values, "loss": flat}))
    assert context.bad
    vars(context).update(update_ratio=np.where(np.arange(120) < 6, ratio, 1e-3))
    answer = RULE.check(context)
    assert isinstance(answer, Found) is told


def _noise(count: int) -> Array:
    found: Array = np.random.default_rng(0).normal(size=count)
    return found
