"""A learning rate is called too high only when the run went wrong and its steps were beyond the limit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.excessive_momentum import carried
from tb_convergence.diagnose.rules.high_learning_rate import RULE, _after_leap, _built_up, _lasts
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.series import Series
from tests.diagnose.faults import biased, line
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import architecture, regression
from tests.diagnose.simulate import Array, Recording, Update, adam, parabola, sgd


@pytest.mark.parametrize(("momentum", "limit"), [(0.0, 2.0), (0.5, 3.0), (0.9, 3.8)])
def test_the_largest_stable_rate_follows_the_momentum(momentum: float, limit: float) -> None:
    """2 (1 + μ) over the curvature 2 of w²."""
    answer = ask(RULE, parabola(sgd(0.55 * limit, momentum), 300))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    assert answer.evidence["largest_stable_learning_rate"] == pytest.approx(limit / 2.0, rel=0.01)


def test_a_stable_rate_is_clear() -> None:
    """However close to the limit, when the loss falls."""
    assert isinstance(ask(RULE, parabola(sgd(0.99), 400)), Clear)


def test_exactly_at_the_limit_it_hovers() -> None:
    """It neither falls nor rises, and is told so."""
    answer = ask(RULE, parabola(sgd(1.0), 60))
    assert isinstance(answer, Found)
    assert "is at the largest stable rate 1.0" in answer.summary


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


@pytest.mark.parametrize("size", [1.0, 1e-4])
def test_small_first_weights_ask_for_no_tiny_rate(size: float) -> None:
    """A linear model that begins near zero: its first step is long beside it, and the rate that trains is the same."""
    first = [size * np.random.default_rng(0).normal(size=(8, 1)), np.zeros(1)]
    net = Mlp((8, 1), head="linear")
    answer = ask(RULE, train(net, sgd(2.0), 60, data=line(0), weights=first, batch=4))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = train(net, sgd(advised), 300, data=line(0), weights=first, batch=4).step("loss")
    assert np.median(loss[-20:]) < 0.2 * np.median(loss[:20])


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


@pytest.mark.parametrize("seed", [3, 7, 12, 15])
def test_a_run_that_limps_on_is_a_warning(seed: int) -> None:
    """Adam at a hundred times its rate: half the units are gone, and the loss lies flat where it need not."""
    answer = ask(RULE, train(architecture(seed), adam(0.1), 200, seed=seed))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert "by a factor" in answer.advice[0]  # the updates do not show Adam's rate, and no setting was recorded


def test_a_run_that_recovered_is_clear() -> None:
    """Long first steps, as biases that begin at zero and zero-initialized heads take, do no lasting harm."""
    assert isinstance(ask(RULE, train(architecture(11), adam(0.03), 200, seed=11)), Clear)


def test_a_run_that_learned_and_does_not_settle_is_information() -> None:
    """Long first steps, and a loss that comes back to a fifth of its first value."""
    answer = ask(RULE, train(architecture(11), adam(0.06), 200, seed=11))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert "too high to settle" in answer.summary
    zeros = [np.zeros((8, 2)), np.zeros(2)]
    flat = train(Mlp((8, 2)), sgd(0.5), 300, data=regression(0), weights=zeros)
    assert isinstance(ask(RULE, flat), Clear)


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


@pytest.mark.parametrize("since", [40, 110])
def test_a_rate_that_jumps_goes_back_to_the_one_before(since: int) -> None:
    """It trained the net until then."""
    count = 0

    def jumping(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-(0.05 if count <= since else 10.0) * g for g in gradients]

    answer = ask(RULE, train(architecture(3), jumping, 150, seed=3))
    assert isinstance(answer, Found)
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.05, rel=0.01)


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


def test_a_first_step_longer_than_the_weights_is_named_where_the_run_learns_little() -> None:
    """Adam's first step is the rate itself in each weight; what is left is a constant answer."""
    net, data = Mlp((8, 16, 16, 1), head="linear"), line(0, labels=3.0)
    answer = ask(RULE, train(net, adam(3.0), 300, data=data, look=True))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.WARNING
    assert not isinstance(ask(RULE, train(net, adam(3e-3), 200, data=data, look=True)), Found)


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


@pytest.mark.parametrize(
    ("stability", "lasts"),
    [
        ([0.6] * 50 + [1.1, 0.7, 1.2], False),
        ([0.6] * 5 + [1.1, 1.05], True),
        ([0.6] * 50 + [3.0], True),
        ([np.nan] * 50 + [1.1, 1.2], True),
        ([np.inf], True),
    ],
)
def test_a_few_steps_beyond_the_limit_are_the_luck_of_batches(stability: list[float], *, lasts: bool) -> None:
    """Unless one is far beyond it, or a tenth of all are."""
    assert _lasts(np.array(stability)) is lasts


def test_momentum_that_carries_a_run_away_is_not_the_rate() -> None:
    """Its steps get long by themselves; at a usual momentum, or where the first step is long already, they do not."""
    limping = train(Mlp((64, 32, 10)), sgd(0.03, 0.99), 120, seed=2)
    assert carried(Context(limping))
    assert not carried(Context(train(Mlp((64, 32, 10)), sgd(0.03, 0.9), 120, seed=2)))
    assert not carried(Context(train(Mlp((64, 32, 10)), sgd(30.0, 0.99), 60, seed=2)))
    assert not carried(Context(train(Mlp((64, 32, 10)), adam(1e-3), 60)))


@pytest.mark.parametrize(("factor", "lost", "told"), [(90.0, 3.0, True), (90.0, 0.9, False), (1.0, 3.0, False)])
def test_a_rate_that_leaps_and_a_loss_that_is_higher_ever_since_are_told(
    factor: float, lost: float, *, told: bool
) -> None:
    """As a warning, though the loss falls again; a leap without harm, or harm without a leap, says nothing of it."""
    count = 0

    def leaping(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-(1e-3 if count <= 40 else 1e-3 * factor) * g for g in gradients]

    series, t = train(Mlp((64, 16, 10)), leaping, 160), np.arange(160)
    series.step("loss")[:] = np.where(t < 40, 2.0 - 0.01 * t, 1.6 * lost * np.exp(-0.0008 * (t - 40)))
    answer = _after_leap(Context(series))
    assert (answer is not None) is told
    assert answer is None or (answer.row, answer.severity) == (40, Severity.WARNING)
    assert answer is None or answer.evidence["suggested_learning_rate"] == pytest.approx(1e-3, rel=1e-2)


def test_from_one_class_to_the_next_the_gradient_tells_no_curvature() -> None:
    """Data in the order of their classes: what leaps there is the batch, and no rate is called too high for it."""
    x, y = digits()
    order = np.argsort(y, kind="stable")
    series = train(Mlp((64, 48, 10)), sgd(0.3), 150, data=(x[order], y[order]), look=True)
    sorted_ = {"label_classes": np.ones(150), "label_mean": np.repeat(np.arange(10.0), 15)}
    bad = np.where(np.arange(150) % 15 < 2, 9.0, 2.0 * np.exp(0.02 * np.arange(150)))
    values = {**series.step_values, **sorted_, "loss": bad}
    assert not isinstance(ask(RULE, replace(series, step_values=values)), Found)


def _descends(update: Update, curve: Callable[[Array], tuple[float, Array]], steps: int, start: list[float]) -> Series:
    """Descent on ``curve``, which gives loss and gradient, until its numbers are beyond those of a record."""
    recording, w = Recording(["w"]), np.array(start)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            loss, g = curve(w)
            (delta,) = update([w], [g])
            recording.step([w], [g], [w + delta], loss=loss)
            w = w + delta
    return recording.series()


def _fourth(w: Array) -> tuple[float, Array]:
    return float((w**4).sum()), 4.0 * w**3


@pytest.mark.parametrize("rate", [1.0, 10.0, 300.0])
def test_a_run_thrown_away_is_advised_a_rate_for_where_it_began(rate: float) -> None:
    """Of w⁴ at 1.5 the least curvature is ‖g‖²/2L = 18; what it meets on its way has no bound."""
    answer = ask(RULE, _descends(sgd(rate), _fourth, 40, [1.5]))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    assert advised * 1.01 >= 1.0 / 180.0
    loss = _descends(sgd(advised), _fourth, 300, [1.5]).step("loss")
    assert loss[-1] < 0.05 * loss[0]


def test_on_a_parabola_the_steepest_direction_bounds_the_rate() -> None:
    """The first steps meet a mean of all curvatures; those that blow up turn to the largest, 1."""
    h = np.logspace(0.0, -2.0, 20)
    series = _descends(sgd(9.0), lambda w: (0.5 * float((h * w**2).sum()), h * w), 30, list(1.0 / np.sqrt(h)))
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.evidence["curvature"] == pytest.approx(1.0, rel=0.02)
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(1.0, rel=0.02)


def _bowl(w: Array) -> tuple[float, Array]:
    h = np.array([1.0, 10.0])
    return 0.5 * float((h * w**2).sum()), h * w


def test_a_run_that_came_back_from_far_up_is_told() -> None:
    """Adam at a rate of 20: no number is advised where none is known. At usual rates it is clear."""
    answer = ask(RULE, _descends(adam(20.0), _bowl, 400, [3.0, 1.0]))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["suggested_learning_rate"] is None
    assert isinstance(ask(RULE, _descends(adam(0.2), _bowl, 400, [3.0, 1.0])), Clear)
    assert isinstance(ask(RULE, _descends(sgd(0.05), _bowl, 100, [3.0, 1.0])), Clear)


@pytest.mark.parametrize(("lost", "thrown", "severity"), [(0.9, 30.0, Severity.INFO), (0.9, 1.2, None)])
def test_a_leap_that_threw_a_run_up_is_told_though_it_came_down(
    lost: float, thrown: float, severity: Severity | None
) -> None:
    """As information; a leap that did no harm is none."""
    count = 0

    def leaping(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-(1e-3 if count <= 40 else 9e-2) * g for g in gradients]

    series, t = train(Mlp((64, 16, 10)), leaping, 160), np.arange(160)
    fallen = 1.6 * lost * np.exp(-0.0008 * (t - 40))
    series.step("loss")[:] = np.where(t < 40, 2.0 - 0.01 * t, np.where(t < 44, 1.6 * thrown, fallen))
    answer = _after_leap(Context(series))
    assert (answer.severity if answer is not None else None) == severity


@pytest.mark.parametrize(("grown", "faded", "told"), [(1.0, 1.0, False), (2.0, 1.0, True), (1.0, 0.01, True)])
def test_a_few_long_first_steps_are_forgiven_what_is_left_whole(grown: float, faded: float, *, told: bool) -> None:
    """The loss is back, and weights and gradients are as they were: that it stalls since has another cause."""
    series = train(Mlp((64, 32, 10)), sgd(1e-3), 120)
    series.values["update_norm"][:3] = 0.2 * series.values["weight_norm"][:1]
    series.values["weight_norm"][6:] *= grown
    series.values["gradient_norm"][6:] *= faded
    series.step("loss")[:] = np.where((np.arange(120) > 0) & (np.arange(120) < 5), 12.0, 2.3)
    assert isinstance(ask(RULE, series), Found) is told


@pytest.mark.parametrize(("rate", "told"), [(2.0, True), (1e-3, False)])
def test_a_first_step_that_threw_a_net_up_is_information(rate: float, *, told: bool) -> None:
    """As long as the weights themselves, though the loss came down again; not where later ones are as short."""
    series = train(Mlp((64, 32, 10)), sgd(0.05), 200)
    loss = series.step("loss")
    loss[:] = np.geomspace(2.5, 0.05, 200) * np.exp(0.05 * np.random.default_rng(0).normal(size=200))
    if told:
        series.values["update_norm"][0] = series.norm("weight")[0] * rate
        loss[1:4] = 8.0
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    if isinstance(answer, Found):
        assert answer.severity is Severity.INFO
        assert answer.evidence["highest_loss"] == 8.0


@pytest.mark.parametrize(("times", "told"), [(40.0, True), (2.0, False)])
def test_steps_that_leap_are_told_though_no_rate_is_known(times: float, *, told: bool) -> None:
    """Of Adam, whose rate nobody told, and a loss that rose with them and came down again."""
    series = train(Mlp((64, 32, 10)), adam(1e-3), 200)
    loss, late = series.step("loss"), np.arange(200) >= 60
    loss[:] = np.geomspace(2.3, 0.3, 200) * np.where((np.arange(200) >= 60) & (np.arange(200) < 80), 6.0, 1.0)
    series.values["update_norm"][late] *= times
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    if isinstance(answer, Found):
        assert (answer.severity, answer.row) == (Severity.INFO, 60)


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


@pytest.mark.parametrize(("factor", "told"), [(1.0, True), (0.02, False)])
def test_a_run_that_long_steps_led_above_its_start_is_a_warning(factor: float, *, told: bool) -> None:
    """It falls again as the rate does, too slowly to come back; short steps up there were another's doing."""
    series = train(Mlp((64, 32, 10)), adam(0.05), 400)
    t = np.arange(400.0)
    loss = np.where(t < 100, 1.5 + t / 100.0, 2.5 - 5e-4 * (t - 100)) * np.exp(0.01 * _noise(400))
    context = Context(replace(series, step_values={**series.step_values, "loss": loss}))
    vars(context).update(update_ratio=factor * np.full(400, 0.03))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tb_convergence.diagnose.rules.high_learning_rate._taken_back", lambda _: True)
        answer = RULE.check(context)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.WARNING


def test_a_run_that_its_first_step_threw_up_for_good_is_a_warning() -> None:
    """One that came down below its start is told only."""
    for end, severity in ((1.8, Severity.WARNING), (0.2, Severity.INFO)):
        series = train(Mlp((64, 32, 10)), adam(3.0), 300)
        t = np.arange(300.0)
        loss = (end + 100.0 * np.exp(-t / 8.0) - 3e-4 * t) * np.exp(0.02 * _noise(300))
        loss[0] = 0.8
        context = Context(replace(series, step_values={**series.step_values, "loss": loss}))
        answer = RULE.check(context)
        assert isinstance(answer, Found)
        assert answer.severity is severity


def _noise(count: int) -> Array:
    found: Array = np.random.default_rng(0).normal(size=count)
    return found


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
    ("momentum", "longer"), [(0.0, 1.0), (0.9, np.sqrt(10.0)), (1.0, 1.0), (None, 2.0), ("?", 2.0)]
)
def test_steps_of_momentum_get_longer_than_the_first(momentum: object, longer: float) -> None:
    """As set, or else as identified: here 0.75."""
    series = replace(parabola(sgd(0.1, 0.75), 60), optimizer={"class": "SGD", "config": {"momentum": momentum}})
    assert _built_up(Context(series)) == pytest.approx(longer, rel=1e-3)
    assert _built_up(Context(replace(series, optimizer=None))) == pytest.approx(2.0, rel=1e-3)


def test_the_advice_for_a_rate_with_momentum_trains() -> None:
    """Ten times lower is not enough where steps add up."""
    net = architecture(3)
    answer = ask(RULE, train(net, sgd(3.0, 0.9), 150, seed=3))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = train(net, sgd(advised, 0.9), 300, seed=3).step("loss")
    assert np.median(loss[-30:]) < 0.5 * loss[0]
