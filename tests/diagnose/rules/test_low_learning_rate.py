"""A learning rate is called too low only when longer steps would help."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.low_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import not_meant_to_fall, regression, resumed_converged, warm_up
from tests.diagnose.simulate import Array, Recording, Update, adam, parabola, sgd

NET = Mlp((64, 64, 32, 10))


def test_the_advice_is_a_rate_that_trains() -> None:
    """What the advice says is tried: the loss falls to a half."""
    answer = ask(RULE, train(NET, sgd(1e-4), 200))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = train(NET, sgd(advised), 600).step("loss")
    assert np.median(loss[-20:]) < 0.5 * loss[0]


def test_without_noise_the_curvature_gives_the_rate() -> None:
    """Half the limit of w², which is 1.0: one step is Newton's."""
    answer = ask(RULE, parabola(sgd(1e-4), 100))
    assert isinstance(answer, Found)
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.5, rel=0.01)


def test_an_unknown_rate_is_advised_as_a_factor() -> None:
    """Adam, without its setting."""
    answer = ask(RULE, train(NET, adam(1e-6), 200))
    assert isinstance(answer, Found)
    assert "times" in answer.advice[0]


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_a_usual_rate_is_clear(rate: float) -> None:
    """Slow is not too low."""
    assert isinstance(ask(RULE, train(NET, sgd(rate), 100)), Clear)


def test_a_warm_up_is_waited_for() -> None:
    """Its first steps are short on purpose."""
    series = train(NET, warm_up(sgd, 0.1, 10_000), 60)
    assert isinstance(ask(RULE, series), NotEnoughEvidence)


def test_a_converged_run_has_no_rate_too_low() -> None:
    """Its steps are short because there is nowhere to go."""
    assert isinstance(ask(RULE, resumed_converged(0)), Clear)


def test_a_loss_that_is_not_meant_to_fall_is_left_alone() -> None:
    """No step of a random walk leads downhill on the next batch too."""
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=False)), Clear)
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=True)), NotApplicable)


def test_a_short_run_is_not_slow() -> None:
    """Ten steps."""
    assert isinstance(ask(RULE, train(NET, sgd(1e-4), 10)), NotEnoughEvidence)


def by(rates: Array) -> Update:
    """Gradient descent at the rate of each step."""
    count = -1

    def update(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-rates[count] * g for g in gradients]

    return update


def test_a_schedule_that_ends_too_early_is_told() -> None:
    """The rate is gone after twenty steps, and the loss lies flat."""
    count = 0

    def fading(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-0.1 * 0.85**count * g for g in gradients]

    answer = ask(RULE, train(NET, fading, 150))
    assert isinstance(answer, Found)
    assert answer.row is not None
    assert 5 <= answer.row <= 30
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.1, rel=0.2)


def test_a_loss_that_falls_and_lingers_is_information() -> None:
    """L(w) = w² falls by 30 % in 300 steps, and could fall in ten."""
    answer = ask(RULE, parabola(sgd(3e-4), 300))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.5, rel=0.01)


def test_a_rate_taken_away_from_a_run_that_learned_is_information() -> None:
    """It fell by a good deal; the later gradients confirm that there was more."""
    count = 0

    def decaying(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-0.2 * 0.96**count * g for g in gradients]

    answer = ask(RULE, train(NET, decaying, 200))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.192, rel=0.01)


def test_the_steepest_curvature_bounds_the_advice() -> None:
    """Along the floor of a valley steps are short beside what the walls allow."""
    recording, w, h = Recording(["w"]), np.array([1.0, 1.0]), np.array([1.0, 0.001])
    for _ in range(200):
        after = w - 0.5 * h * w
        recording.step([w], [h * w], [after], loss=float((h * w**2).sum() + 1.0))
        w = after
    assert isinstance(ask(RULE, recording.series()), Clear)


def test_a_rate_taken_away_after_a_few_steps_is_an_error() -> None:
    """Too early for the loss to have shown much; the later gradients still confirm every step."""
    count = 0

    def jumping(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-(0.05 if count <= 8 else 1e-5) * g for g in gradients]

    answer = ask(RULE, train(NET, jumping, 150))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    assert answer.row is not None
    assert 8 <= answer.row <= 16


def test_weights_that_stand_still_have_too_low_a_rate_whatever_the_batches_say() -> None:
    """Batches of two: no next batch confirms anything, but weights that do not move learn nothing."""
    answer = ask(RULE, train(NET, sgd(1e-7), 300, batch=2))
    assert isinstance(answer, Found)
    assert answer.evidence["factor"] > 1e4  # type: ignore[operator]  # a number here


def test_momentum_that_builds_up_is_no_warm_up() -> None:
    """Its first steps are shorter, and the rate that they show jumps once successive gradients are parallel."""
    answer = ask(RULE, parabola(sgd(1e-6, 0.95), 300))
    assert isinstance(answer, Found)


def clipped_to(norm: float, rate: float) -> Update:
    """Gradient descent that clips by global norm out of sight of the recorder."""

    def update(_: list[Array], gradients: list[Array]) -> list[Array]:
        whole = np.sqrt(sum(float((g**2).sum()) for g in gradients))
        return [-rate * min(1.0, norm / whole) * g for g in gradients]

    return update


def test_a_limit_on_the_gradients_is_named_instead_of_the_rate() -> None:
    """With the norm to clip at, which trains."""
    answer = ask(RULE, train(NET, clipped_to(1e-3, 0.1), 150))
    assert isinstance(answer, Found)
    assert "clipped" in answer.summary
    assert "suggested_learning_rate" not in answer.evidence
    advised = answer.evidence["suggested_clipnorm"]
    assert isinstance(advised, float)
    loss = train(NET, clipped_to(advised, 0.1), 300).step("loss")
    assert np.median(loss[-20:]) < 0.5 * loss[0]
    assert not isinstance(ask(RULE, train(NET, clipped_to(1.0, 0.1), 150)), Found)


def test_a_limit_on_the_gradients_of_a_run_that_learns_is_information() -> None:
    """The loss falls by a tenth, and would take the run again to halve."""
    series = train(NET, clipped_to(1e-3, 0.1), 300)
    fall = np.exp(-0.1 * np.arange(300) / 300.0)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": 2.5 * fall}))
    assert isinstance(answer, Found)
    assert "clipped" in answer.summary
    assert answer.severity is Severity.INFO


def test_a_rate_that_does_not_account_for_the_updates_is_not_advised() -> None:
    """Adam on a steady slope: each update is as the one before, which fits momentum near 1 with a rate near 0."""
    recording, w = Recording(["w"]), np.linspace(1.5, 3.0, 16).reshape(4, 4)
    for step in range(100):
        after = w - 1e-6 * (1.0 - 1e-6 * step * w)
        recording.step([w], [2.0 * w], [after], loss=float((w**2).sum()))
        w = after
    answer = ask(RULE, recording.series())
    assert isinstance(answer, Found)
    assert answer.evidence["suggested_learning_rate"] is None
    assert 1e-4 < float(str(answer.evidence["factor"])) * float(str(answer.evidence["update_ratio"])) < 3.1e-2


@pytest.mark.parametrize(("first", "told"), [(0.05, True), (0.0, False)])
def test_a_rate_of_zero_is_one_that_was_taken_away(first: float, *, told: bool) -> None:
    """As by a schedule that divides whole numbers, after the first epoch; not what a run without any rate is told."""
    rates = np.where(np.arange(150) < 30, first, 0.0)
    series = train(NET, by(rates), 150)
    answer = ask(RULE, replace(series, step_values={**series.step_values, "learning_rate": rates}))
    assert (isinstance(answer, Found) and "from step 30 on: it falls from 0.05 to 0.0" in answer.summary) is told


def test_the_zero_at_the_start_of_a_warm_up_takes_nothing_away() -> None:
    """The rate before it has begun."""
    rates = np.where(np.arange(150) < 30, 0.05 * np.arange(150) / 30.0, 0.05)
    series = train(NET, by(rates), 150)
    assert isinstance(ask(RULE, replace(series, step_values={**series.step_values, "learning_rate": rates})), Clear)


@pytest.mark.parametrize(("size", "told"), [(5e5, True), (50.0, True), (1.0, False)])
def test_labels_out_of_reach_are_named(size: float, *, told: bool) -> None:
    """Adam moves each weight by a thousandth a step, whatever the labels ask for."""
    series = train(NET, adam(1e-3), 200)
    looked = np.where(np.arange(200) % 10 == 0, 1.0, np.nan)
    noise = np.exp(0.1 * np.random.default_rng(0).normal(size=200))
    probes = {
        "loss": size**2 * noise,
        "label_mean": looked * 0.6 * size,
        "label_std": looked * 0.8 * size,
        "output_mean": 0.0 * looked,
        "output_std": looked * np.linspace(0.5, 5.0, 200),
    }
    answer = ask(RULE, replace(series, step_values={**series.step_values, **probes}))
    assert isinstance(answer, Found) == told
    if isinstance(answer, Found):
        assert "Standardize the labels" in answer.advice[0]
        assert answer.evidence["output_share_of_labels"] == pytest.approx(5.0 * (190.0 / 199.0) / size, rel=0.1)


def test_a_warm_up_that_is_over_is_not_waited_for() -> None:
    """It rose in the first quarter of the run, to a rate that is still far too low."""
    assert isinstance(ask(RULE, train(NET, warm_up(sgd, 1e-5, 50), 200)), Found)


def test_steps_at_the_size_of_rounding_tell_no_curvature() -> None:
    """All data at once, so that gradients agree; the rate is taken from the length of the steps."""
    answer = ask(RULE, train(NET, sgd(1e-8), 200, batch=None))
    assert isinstance(answer, Found)
    assert answer.evidence["factor"] == pytest.approx(1e6)


def test_a_rate_that_is_gone_after_some_steps_is_told_though_nothing_was_learned() -> None:
    """As it was set: it leaves next to nothing to judge the labels by. One that lasts does."""
    x, labels = digits()
    shuffled = x, np.random.default_rng(1).permutation(labels)
    for gone in (True, False):
        count = 0

        def update(_: list[Array], gradients: list[Array], gone: bool = gone) -> list[Array]:
            nonlocal count
            count += 1
            return [-(1e-8 if gone and count > 5 else 0.05) * g for g in gradients]

        series = train(NET, update, 200, data=shuffled)
        series.step("learning_rate")[:] = np.where((np.arange(200) >= 5) & gone, 1e-8, 0.05)
        answer = ask(RULE, series)
        assert isinstance(answer, Found) == gone
        assert not isinstance(answer, Found) or answer.evidence["suggested_learning_rate"] == 0.05


def test_shorter_steps_of_adam_are_no_rate_that_was_taken_away() -> None:
    """Along a gradient that grows, −⟨g, Δ⟩/‖g‖² of unlike directions shrinks at one and the same rate."""
    recording, rng, w = Recording(["w"]), np.random.default_rng(0), np.ones((6, 6))
    straight = Recording(["w"])
    for step in range(100):
        g = np.exp(0.05 * step) * np.abs(rng.normal(size=w.shape)) ** 3
        after, along = w - 1e-3 * np.sign(g), w - 1e-3 * g / np.linalg.norm(g)
        loss = 1.0 if step > 10 else 2.0
        recording.step([w], [g], [after], loss=loss)
        straight.step([w], [g], [along], loss=loss)
        w = after
    assert not isinstance(ask(RULE, recording.series()), Found)
    assert isinstance(ask(RULE, straight.series()), Found)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_first_step_tells_the_rate_from_momentum(momentum: float) -> None:
    """On a steady slope both show one rate, ten times the one that was set with momentum 0.9."""
    net = Mlp((8, 2))
    answer = ask(RULE, train(net, sgd(1e-5, momentum), 100, data=regression(0), batch=None))
    assert isinstance(answer, Found)
    assert answer.evidence["learning_rate"] == pytest.approx(1e-5, rel=0.02)


@pytest.mark.parametrize(("decay", "told"), [(0.85, True), (1.0, False), (0.985, False)])
def test_a_rate_that_is_taken_away_shows_in_the_steps_of_any_optimizer(decay: float, *, told: bool) -> None:
    """Adam's rate is not known: both its steps and their share of the gradient shrink by powers of ten."""
    inner, count = adam(3e-3), 0

    def decaying(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [decay**count * u for u in inner(weights, gradients)]

    answer = ask(RULE, train(Mlp((64, 32, 10)), decaying, 200))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.evidence["suggested_learning_rate"] is None
    assert not isinstance(answer, Found) or "its first value" in answer.advice[0]


def test_steps_of_rounding_show_no_rate() -> None:
    """A run that had converged: what is left of its updates is the last place of the weights."""
    rng, recording, w = np.random.default_rng(0), Recording(["kernel"]), np.ones((4, 4))
    for step in range(120):
        g = 1e-6 * rng.normal(size=(4, 4))
        after = w + (1e-8 * rng.normal(size=(4, 4)) if step < 10 else 0.0)
        recording.step([w], [g], [after], loss=1.0)
        w = after
    assert not isinstance(ask(RULE, recording.series()), Found)


def test_batches_in_one_order_confirm_nothing() -> None:
    """The next one is like this one, or the one that it always follows."""
    net, (x, labels) = Mlp((64, 16, 10)), digits()
    order = np.argsort(labels, kind="stable")
    recording, w = Recording(net.names(), net.activations()), net.initial(np.random.default_rng(0))
    for step in range(120):
        rows = order[step % 12 * 149 : (step % 12 + 1) * 149]
        loss, gradients = net.loss(w, x[rows], labels[rows])
        after = [v - 1e-3 * g for v, g in zip(w, gradients, strict=True)]
        recording.step(w, gradients, after, loss=loss)
        w = after
    assert not isinstance(ask(RULE, recording.series()), Found)


@pytest.mark.parametrize(("rate", "told"), [(1e-4, True), (0.1, False)])
def test_random_batches_in_one_order_confirm_what_shuffled_ones_do(rate: float, *, told: bool) -> None:
    """``fit`` with a seed repeats its order in every epoch, which was drawn by lot."""
    net, (x, labels) = Mlp((64, 16, 10)), digits()
    order = np.random.default_rng(1).permutation(len(x))
    recording, w = Recording(net.names(), net.activations()), net.initial(np.random.default_rng(0))
    for step in range(300):
        rows = order[step % 28 * 64 : (step % 28 + 1) * 64]
        loss, gradients = net.loss(w, x[rows], labels[rows])
        after = [v - rate * g for v, g in zip(w, gradients, strict=True)]
        recording.step(w, gradients, after, loss=loss)
        w = after
    series = recording.series()
    assert Context(series).data_period is not None
    assert isinstance(ask(RULE, series), Found) is told


def test_weights_that_stay_ask_no_next_batch() -> None:
    """Batches in one order, each like its neighbours, at a rate a million times too low."""
    series = train(NET, sgd(1e-7), 150)
    order = np.exp(np.sin(np.arange(150) * 2.0 * np.pi / 15.0))
    loss = order + 0.05 * np.random.default_rng(0).random(150)
    series = replace(series, step_values={**series.step_values, "loss": loss})
    assert Context(series).data_period is not None
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert float(answer.evidence["factor"] or 0.0) > 1e3


def _hill(rate: float, steps: int, *, start: float, flat: bool = False) -> Series:
    """1 + cos(w) from near its top; or, ``flat``, 1 − e^−w²/2 from far outside its valley."""
    recording, w = Recording(["w"]), np.array([start, start])
    for _ in range(steps):
        bump = float(np.exp(-0.5 * (w**2).sum()))
        loss, g = (1.0 - bump, w * bump) if flat else (2.0 + float(np.cos(w).sum()), -np.sin(w))
        recording.step([w], [g], [w - rate * g], loss=loss)
        w = w - rate * g
    return recording.series()


def test_over_the_top_of_a_hill_the_slope_gives_the_rate() -> None:
    """No curvature bounds it there, and less than ‖g‖²/2L it cannot be; on a plateau there is no such slope."""
    answer = ask(RULE, _hill(1e-5, 100, start=0.7))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    loss = _hill(advised, 300, start=0.7).step("loss")
    assert loss[-1] < 0.01 * loss[0]
    assert isinstance(ask(RULE, _hill(0.1, 100, start=5.0, flat=True)), Clear)


@pytest.mark.parametrize(("rate", "told"), [(3e-3, True), (3e-2, False), (0.2, False)])
def test_without_noise_a_run_on_its_way_is_told_that_it_could_run(rate: float, *, told: bool) -> None:
    """w² falls to a 36th in 300 steps, and could in two; one that fell to a hundredth has got somewhere."""
    answer = ask(RULE, parabola(sgd(rate), 300))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO


def test_weights_that_stand_still_are_told_early() -> None:
    """Thirty steps that move nothing: as a warning, since it is early. Thirty of a usual rate are waited for."""
    answer = ask(RULE, train(NET, sgd(1e-7), 30))
    assert isinstance(answer, Found)
    assert answer.severity is not Severity.INFO
    assert not isinstance(ask(RULE, train(NET, sgd(0.05), 30)), Found)


def test_steps_that_end_with_the_gradient_have_no_schedule() -> None:
    """A net whose gradient dies, under an optimizer whose rate is not known."""
    series = train(Mlp((64, 32, 10)), adam(1e-3), 200)
    for name in ("gradient_norm", "update_norm"):
        series.values[name][60:] *= 1e-5
    series.step("loss")[:] = np.where(np.arange(200) < 60, 8.0 - 0.09 * np.arange(200), 2.3)
    answer = ask(RULE, series)
    assert not isinstance(answer, Found) or answer.evidence.get("share_of_first_learning_rate") is None


def test_a_set_rate_is_no_schedule_however_short_clipping_makes_the_steps() -> None:
    """The limit is named, and the gradients' own size advised."""
    series = train(Mlp((8, 32, 2)), sgd(0.3, 0.9, nesterov=True, clip=0.004), 150, batch=None, data=regression(0))
    series.step("learning_rate")[:] = 0.3
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.evidence["clipnorm"] == pytest.approx(0.004, rel=0.2)


def test_accumulation_hides_no_steps_that_are_too_short() -> None:
    """Seven of eight rows leave the weights alone."""
    answer = ask(RULE, train(NET, sgd(1e-6), 400, every=8))
    assert isinstance(answer, Found)
    assert answer.evidence["update_ratio"] > 0.0  # type: ignore[operator]  # a number here


def test_where_curvatures_differ_the_rate_leaves_room_for_the_steepest() -> None:
    """Steps meet a mean of many; the rate advised is still one that trains."""
    h = np.logspace(0.0, -2.0, 20)

    def descended(rate: float, steps: int) -> Series:
        recording, w = Recording(["w"]), np.ones(20)
        for _ in range(steps):
            after = w - rate * h * w
            recording.step([w], [h * w], [after], loss=0.5 * float((h * w**2).sum()))
            w = after
        return recording.series()

    answer = ask(RULE, descended(0.01, 100))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    assert 0.5 < advised < 2.0
    assert descended(advised, 300).step("loss")[-1] < 0.05 * descended(advised, 1).step("loss")[0]


@pytest.mark.parametrize(("agree", "severity"), [(True, Severity.ERROR), (False, Severity.INFO)])
def test_weights_that_stay_are_an_error_only_where_gradients_agree(*, agree: bool, severity: Severity) -> None:
    """A net that had converged has gradients, too, of which one says nothing about the next."""
    series = train(Mlp((64, 32, 10)), sgd(1e-8), 100)
    if not agree:
        values = dict(series.values)
        values["cosine_gradient_previous_gradient"] = np.random.default_rng(0).normal(size=(100, 4)) * 0.05
        series = replace(series, values=values)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is severity


@pytest.mark.parametrize(("rate", "told"), [(1e-8, True), (1e-3, False)])
def test_weights_that_stay_are_a_warning_whatever_the_loss(rate: float, *, told: bool) -> None:
    """As of counts, which swings around zero: the gradients of all batches point the same way."""
    series = train(Mlp((64, 32, 10)), sgd(rate), 60)
    series.step("loss")[:] = np.random.default_rng(0).normal(size=60)
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    if isinstance(answer, Found):
        assert answer.severity is Severity.WARNING
        assert float(answer.evidence["factor"] or 0.0) > 1e3


def test_steps_of_adam_show_no_rate() -> None:
    """Along a steady slope they fit another momentum at each place, so that no number is advised."""
    x, y = regression(0)
    series = train(Mlp((8, 32, 2)), adam(1e-6), 200, data=(x, y))
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert advised is None or float(advised) > 1e-5


def test_steps_that_shrink_while_the_gradient_stays_are_information() -> None:
    """Of an optimizer whose rate nobody told: a schedule, or Adagrad; and the run has not come far."""
    series = train(Mlp((64, 32, 10)), sgd(0.005), 200)
    values = {**series.values, "update_norm": series.values["update_norm"] * np.exp(-np.arange(200) / 20.0)[:, None]}
    values["cosine_gradient_update"] = np.full_like(values["cosine_gradient_update"], -0.6)
    answer = ask(RULE, replace(series, values=values))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["first_learning_rate"] is None


def test_the_noise_of_batches_is_no_curvature_of_short_steps() -> None:
    """Batches that nearly agree differ by more than steps so short change: what they differ by allows long ones."""
    x, y = regression(0)
    series = train(Mlp((8, 32, 2)), adam(1e-5), 100, data=(x, y), batch=256)
    cosines = np.full_like(series.values["cosine_gradient_previous_gradient"], 0.995)
    answer = ask(RULE, replace(series, values={**series.values, "cosine_gradient_previous_gradient": cosines}))
    assert isinstance(answer, Found)
    assert float(answer.evidence["factor"] or 0.0) > 20.0


def test_a_single_layer_may_take_steps_as_long_as_its_weights() -> None:
    """Those it began with are worth nothing; what lies behind another layer would be lost."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 8))
    data = x, x @ rng.normal(size=(8, 1)) * 3.0
    start = [0.05 * rng.normal(size=(8, 1)), np.zeros(1)]
    series = train(Mlp((8, 1), head="linear"), sgd(3e-3), 200, data=data, batch=None, weights=start)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert float(answer.evidence["factor"] or 0.0) > 10.0


def test_a_rate_taken_away_leaves_a_slow_run_as_it_leaves_a_flat_one() -> None:
    """On one batch the least fall is seen for certain."""
    count = 0

    def jumping(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-(0.05 if count <= 8 else 1e-5) * g for g in gradients]

    series = train(NET, jumping, 150, batch=None)
    assert Context(series).outcome is Outcome.SLOW
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "from step" in answer.summary


@pytest.mark.parametrize(("rate", "told"), [(1e-6, True), (np.nan, False)])
def test_steps_of_the_rates_own_length_leave_a_saddle_if_they_are_longer(rate: float, *, told: bool) -> None:
    """A loss that hardly falls, and a gradient nearly gone, as of embeddings of which one half began at zero.

    Where the rate is not known the gradient may be what makes steps short.
    """
    series = train(NET, adam(1e-6), 400)
    t = np.arange(400.0)
    values = {"loss": 4.16 - 1e-6 * t, "learning_rate": np.full(400, rate)}
    small = {name: 1e-4 * x if name.endswith("gradient_norm") else x for name, x in series.values.items()}
    shown = replace(series, values=small, step_values={**series.step_values, **values})
    answer = ask(RULE, shown)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or answer.severity is Severity.WARNING


@pytest.mark.parametrize(("steps", "told"), [(10, True), (150, False)])
def test_a_rate_taken_away_is_told_of_a_loss_that_swings_around_zero(steps: int, *, told: bool) -> None:
    """As of counts: it says nothing, but the gradients of all batches still point the same way."""
    count = 0

    def jumping(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal count
        count += 1
        return [-(0.02 if count <= steps else 1e-9) * g for g in gradients]

    series = train(NET, jumping, 200)
    series.step("loss")[:] = np.random.default_rng(0).normal(size=200)
    series.step("learning_rate")[:] = np.where(np.arange(200) < steps, 0.02, 1e-9)
    answer = ask(RULE, series)
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.row) == (Severity.INFO, steps)
