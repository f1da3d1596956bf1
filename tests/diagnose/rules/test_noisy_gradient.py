"""A batch that is too small is named where noise takes back what the steps gain."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.noisy_gradient import RULE, _at_floor, _found
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series
from tests.diagnose.faults import line
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import HEALTHY, not_meant_to_fall
from tests.diagnose.simulate import Recording, Update, parabola, sgd

NET = Mlp((64, 32, 32, 10))


@pytest.mark.parametrize(("seed", "batch", "update"), [(0, 1, sgd(0.1)), (1, 2, sgd(0.02, 0.9))], ids=["1", "2"])
def test_single_examples_at_the_rate_of_batches(seed: int, batch: int, update: Update) -> None:
    """The rate that is fine for 32 examples; with one or two, each step undoes the last."""
    answer = ask(RULE, train(NET, update, 400, seed=seed, batch=batch))
    assert isinstance(answer, Found)
    assert answer.evidence["confirmed_share"] < 0.0  # type: ignore[operator]  # a number here


def test_the_advice_works() -> None:
    """A larger batch, by what is advised, learns at the same rate."""
    answer = ask(RULE, train(NET, sgd(0.1), 400, batch=1))
    assert isinstance(answer, Found)
    factor = answer.evidence["suggested_batch_factor"]
    assert isinstance(factor, float)
    loss = train(NET, sgd(0.1), 400, batch=int(factor)).step("loss")
    assert np.median(loss[-50:]) < 0.5 * loss[0]


@pytest.mark.parametrize("name", ["sgd", "batch of 4", "batch of 1", "adam", "momentum"])
@pytest.mark.parametrize("seed", [0, 2, 4])
def test_noise_that_does_no_harm_is_no_alarm(name: str, seed: int) -> None:
    """At the floor, or on the way down."""
    answer = ask(RULE, HEALTHY[name](seed))
    assert not isinstance(answer, Found) or answer.severity is Severity.INFO


def test_replicas_that_agree_clear_it() -> None:
    """Their two squares tell noise from signal (McCandlish et al. 2018)."""
    series = train(NET, sgd(0.1), 400, batch=1)
    agree = {"replicas": 4.0, "replica_gradient_square": 1.1, "mean_gradient_square": 1.0}
    quiet = replace(series, step_values={**series.step_values, **{k: np.full(400, v) for k, v in agree.items()}})
    assert isinstance(ask(RULE, quiet), Clear)
    agree["mean_gradient_square"] = 0.28
    loud = replace(series, step_values={**series.step_values, **{k: np.full(400, v) for k, v in agree.items()}})
    answer = ask(RULE, loud)
    assert isinstance(answer, Found)
    # |G|² = (4·0.28 − 1.1)/3 = 0.00667 and s = (1.1 − 0.28)/0.75 = 1.0933 of one, a quarter of it of all four
    assert answer.evidence["noise_to_signal"] == pytest.approx(1.0933 / 4.0 / 0.0066667, rel=1e-3)


def test_what_cannot_be_judged_is_not() -> None:
    """Negative losses, and short runs."""
    assert isinstance(ask(RULE, not_meant_to_fall(0, negative=True)), NotApplicable)
    assert isinstance(ask(RULE, train(NET, sgd(0.1), 20, batch=1)), NotEnoughEvidence)


def test_swings_on_one_batch_are_not_its_noise() -> None:
    """Momentum that rings makes the loss jump from step to step; every change follows from the gradients."""
    assert isinstance(ask(RULE, parabola(sgd(0.2, 0.999), 80)), Clear)


def _descent(noise: float) -> Series:
    """½‖w‖² in 400 dimensions, its gradient with noise."""
    rng = np.random.default_rng(0)
    recording, w = Recording(["w/kernel"]), rng.normal(size=(20, 20))
    for _ in range(120):
        g = w + noise * rng.normal(size=w.shape)
        after = w - 0.1 * g
        recording.step([w], [g], [after], loss=0.5 * float((w**2).sum() * rng.lognormal(sigma=0.4)))
        w = after
    return recording.series()


def test_gradients_that_are_noise_alone_are_named_before_what_they_do() -> None:
    """Of one length, and orthogonal, from the first on."""
    found = diagnose(_descent(30.0)).findings[0]
    assert (found.id, found.severity) == ("noisy-gradient", Severity.ERROR)
    assert found.evidence["suggested_batch_factor"] is None
    assert "added to the gradients" in found.advice[-1]
    assert "noisy-gradient" not in [f.id for f in diagnose(_descent(0.0)).findings]


@pytest.mark.parametrize(("first", "told"), [(30.0, True), (3.0, False)], ids=["of one size", "of several"])
def test_noise_that_throws_a_run_out_is_named_before_the_break(first: float, *, told: bool) -> None:
    """Up to there gradients of one steady length point anywhere, in all variables alike; what broke followed."""
    rng = np.random.default_rng(0)
    recording, w = Recording(["a/kernel", "b/kernel"]), [rng.normal(size=(20, 20)) for _ in range(2)]
    for step in range(120):
        grows = 10.0 ** max(0, step - 110)
        g = [w[0] + first * grows * rng.normal(size=(20, 20)), w[1] + 30.0 * grows * rng.normal(size=(20, 20))]
        after = [x - 0.1 * y for x, y in zip(w, g, strict=True)]
        size = sum(float((x**2).sum()) for x in w) * rng.lognormal(sigma=0.4)
        recording.step(w, g, after, loss=size if step < 118 else np.nan)
        w = after
    found = diagnose(recording.series())
    assert found.outcome is Outcome.NOT_FINITE
    assert ((found.findings[0].id, found.findings[0].severity) == ("noisy-gradient", Severity.ERROR)) is told


def test_normalizations_of_one_example_are_named_before_the_units_that_they_silence() -> None:
    """One example less its own mean is zero: no gradient before any normalization, in any step."""
    found = diagnose(_normalized(0.0)).findings
    assert found[0].id == "noisy-gradient"
    assert "batch of one" in found[0].summary
    assert {"dead-units", "poor-initialization"}.isdisjoint(f.id for f in found)
    assert "noisy-gradient" not in [f.id for f in diagnose(_normalized(1e-3)).findings]


def _normalized(reaches: float) -> Series:
    """A layer, a normalization and a last layer; only the last bias has a gradient, and ``reaches`` is all others'."""
    rng = np.random.default_rng(0)
    recording = Recording(["a/kernel", "n/gamma", "n/beta", "b/kernel", "b/bias"])
    w = [rng.normal(size=shape) for shape in ((6, 4), (4,), (4,), (4, 3), (3,))]
    for _ in range(80):
        g = [reaches * rng.normal(size=v.shape) for v in w[:-1]] + [0.3 * rng.normal(size=3)]
        after = [v - 1e-4 * x for v, x in zip(w, g, strict=True)]
        recording.step(w, g, after, loss=1.1 + 0.1 * rng.random())
        w = after
    return recording.series()


def test_a_run_at_the_floor_of_single_examples_is_told_how_to_get_lower() -> None:
    """As information: it has learned what it was to learn."""
    net, data = Mlp((8, 1), head="linear"), line(0)
    answer = ask(RULE, train(net, sgd(0.05), 300, data=data, batch=1))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO


@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_the_cost_of_noise_is_a_quarter_of_what_it_promises(rate: float) -> None:
    """On ½ hᵢ wᵢ² with noise of unit variance, whose stationary loss is η S/4 for small ηh, plus what is left over."""
    rng, recording = np.random.default_rng(0), Recording(["w/kernel"])
    w, h, floor = np.full((10, 10), 3.0), np.linspace(0.5, 1.0, 10), 1.0
    for _ in range(600):
        g = h * w + rng.normal(size=w.shape)
        loss = floor + 0.5 * float((h * w**2).sum())
        after = w - rate * g
        recording.step([w], [g], [after], loss=loss)
        w = after
    answer = ask(RULE, recording.series())
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    cost = answer.evidence["loss_of_the_noise"]
    assert isinstance(cost, float)
    assert cost == pytest.approx(rate * 100.0 / 4.0, rel=0.15)
    late = recording.series().step("loss")[300:]
    assert cost == pytest.approx(float(np.median(late)) - floor, rel=0.25)


def test_a_run_that_comes_to_its_floor_without_noise_is_clear() -> None:
    """What is left is not the noise of its gradients."""
    data = line(0)
    assert not isinstance(ask(RULE, train(Mlp((8, 1), head="linear"), sgd(0.1), 300, data=data, batch=None)), Found)
    assert not isinstance(ask(RULE, train(Mlp((8, 1), head="linear"), sgd(0.02), 400, data=data, batch=64)), Found)


@pytest.mark.parametrize(("angle", "told"), [(0.0, True), (0.3, False), (-0.6, False), (np.nan, False)])
def test_gradients_that_agree_or_turn_round_are_no_noise(angle: float, *, told: bool) -> None:
    """Of noise the cosine of successive ones is the share that the next batch confirms, next to nothing."""
    series = train(NET, sgd(0.1), 400, batch=2)
    name = cosine("gradient", "previous_gradient")
    changed = {**series.values, name: np.full_like(series.values[name], angle)}
    assert isinstance(ask(RULE, replace(series, values=changed)), Found) is told


def test_steps_of_a_long_memory_are_made_of_many_batches() -> None:
    """At momentum 0.98 of fifty: what they come to, the next gradient may contradict for that alone."""
    answer = ask(RULE, train(NET, sgd(0.02, 0.98), 400, seed=1, batch=1))
    assert isinstance(answer, Clear)


def test_at_the_floor_a_modest_change_is_advised() -> None:
    """A run that learned: an eighth of the rate over its last part, and no word of a batch that is too small."""
    context = Context(_descent(0.3))
    assert context.trend is not None
    told = _at_floor(_found(context, 0.4, None, None), context, context.trend)
    assert (told.severity, told.evidence["suggested_batch_factor"]) == (Severity.INFO, 8.0)
    assert "too small" not in told.summary


def test_a_run_lost_in_noise_is_told_so_as_information() -> None:
    """Too early to say, since its loss has probably fallen, and noise is why that is all there is to say."""
    series = train(NET, sgd(0.1), 400, batch=1)
    t = np.arange(400)
    series.step("loss")[:] = np.exp(np.random.default_rng(0).normal(size=400) - np.minimum(t / 40.0, 0.9))
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO


def test_a_run_that_gets_on_is_asked_for_no_leap() -> None:
    """Eight times the batch, or an eighth of the rate, however little the next batch confirms."""
    context = Context(_descent(0.3))
    assert not context.bad
    assert _found(context, 0.4, None, None).evidence["suggested_batch_factor"] == 8.0


@pytest.mark.parametrize(("rate", "severity"), [(1e-4, Severity.INFO), (0.5, Severity.ERROR)])
def test_a_batch_of_one_is_named_as_such(rate: float, severity: Severity) -> None:
    """As information where steps are too short to get anywhere; first where they led astray, before their rate."""
    series = train(NET, sgd(rate), 200, batch=1)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.severity is severity
    assert answer.evidence["examples_in_a_batch"] == 1
    if severity is Severity.ERROR:
        assert diagnose(series).findings[0].id == "noisy-gradient"


def test_accumulated_single_examples_are_no_batch_of_one() -> None:
    """Where only each eighth row has a step, it is made of eight of them."""
    series = train(NET, sgd(1e-4), 200, batch=1)
    rests = np.arange(200) % 8 != 7
    series.values["update_norm"][rests] = 0.0
    answer = ask(RULE, series)
    assert not isinstance(answer, Found) or "examples_in_a_batch" not in answer.evidence


@pytest.mark.parametrize(("rate", "told"), [(1e-2, True), (1e-6, False)])
def test_weights_that_hardly_moved_were_not_led_astray(rate: float, *, told: bool) -> None:
    """Noise as large as that added for privacy, and the same at a rate at which nothing moves."""
    rng = np.random.default_rng(0)
    net, (x, labels) = Mlp((64, 16, 10)), digits()
    recording, w = Recording(net.names(), net.activations()), net.initial(rng)
    for _ in range(200):
        loss, gradients = net.loss(w, x[:512], labels[:512])
        noisy = [g + 3.0 * rng.normal(size=g.shape) for g in gradients]
        after = [v - rate * g for v, g in zip(w, noisy, strict=True)]
        recording.step(w, noisy, after, loss=loss * (1.0 + 1e-3 * rng.normal()))
        w = after
    assert isinstance(ask(RULE, recording.series()), Found) is told


@pytest.mark.parametrize("same", [True, False])
def test_noise_of_steps_that_see_all_data_is_not_that_of_batches(*, same: bool) -> None:
    """No batch could be larger: the rate is what is left to lower, and the summary does not blame the batch."""
    series = _descent(3.0)
    value = np.full(120, 0.5) if same else 0.5 + 0.01 * np.random.default_rng(0).normal(size=120)
    seen = {f"{of}_{what}": value for of in ("input", "label") for what in ("mean", "std")}
    answer = ask(RULE, replace(series, step_values={**series.step_values, **seen}))
    assert isinstance(answer, Found)
    assert ("batch" in answer.advice[0]) is not same
    if same:
        assert "every step sees the same examples" in answer.summary
        assert answer.evidence["suggested_batch_factor"] is None
        assert answer.evidence["suggested_learning_rate"] == pytest.approx(0.1 / 8.0)
