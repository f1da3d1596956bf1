"""Inputs far from unit size are named, from the inputs themselves or from the gradient, where the run suffers."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.diagnose.rules.unscaled_inputs import RULE
from tests.diagnose.faults import images, line
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Recording, adam, sgd

NET = Mlp((64, 32, 32, 10))
REGRESSION = Mlp((8, 1), head="linear")


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("look", [False, True])
def test_bytes_of_images_are_the_cause(seed: int, *, look: bool) -> None:
    """Named before the learning rate that they make too high, with or without inputs= in log_step."""
    found = diagnose(train(NET, sgd(0.1), 120, seed=seed, data=images(255.0), look=look)).findings
    assert (found[0].id, found[0].severity) == ("unscaled-inputs", Severity.ERROR)
    assert {f.explained_by for f in found[1:]} == {"unscaled-inputs"}
    rms = np.sqrt(np.mean((255.0 * digits()[0]) ** 2))
    assert found[0].evidence["input_rms"] == pytest.approx(rms, rel=0.1 if look else 0.5)


@pytest.mark.parametrize("batch", [32, None])
def test_a_linear_model_diverges_for_its_inputs(batch: int | None) -> None:
    """The largest stable rate falls with the square of the inputs; the rate is their consequence."""
    found = diagnose(train(REGRESSION, sgd(0.05), 60, data=line(0, scale=100.0), batch=batch, look=True)).findings
    assert (found[0].id, found[1].id) == ("unscaled-inputs", "high-learning-rate")
    assert found[1].explained_by == "unscaled-inputs"


def test_the_advice_works() -> None:
    """The same run on the inputs divided by what the advice says learns."""
    answer = ask(RULE, train(NET, sgd(0.1), 120, data=images(255.0), look=True))
    assert isinstance(answer, Found)
    factor = float(answer.advice[1].rsplit(" ", 1)[1].rstrip("."))
    loss = train(NET, sgd(0.1), 300, data=images(255.0 / factor)).step("loss")
    assert np.median(loss[-20:]) < 0.5 * loss[0]


def test_inputs_that_are_too_small_are_told() -> None:
    """Divided by 255 twice."""
    answer = ask(RULE, train(NET, sgd(0.05), 200, data=images(1.0 / 255.0 / 16.0), look=True))
    assert isinstance(answer, Found)
    assert "too small" in answer.summary


def test_features_unlike_in_size_are_told() -> None:
    """Where the run suffers; here from the largest."""
    x, y = line(0)
    series = train(REGRESSION, sgd(0.5), 60, data=(x * np.logspace(-2, 1.2, 8), y), look=True)
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert "differ" in answer.summary


def test_a_run_that_learns_is_told_at_most() -> None:
    """Adam learns from bytes, whether the inputs were seen or the gradient alone knows."""
    for look in (True, False):
        answer = ask(RULE, train(NET, adam(1e-3), 150, data=images(255.0), look=look))
        assert isinstance(answer, Found)
        assert answer.severity is Severity.INFO


@pytest.mark.parametrize("rate", [3.0, 30.0])
def test_a_high_learning_rate_on_usual_inputs_is_no_matter_of_inputs(rate: float) -> None:
    """Without inputs= that is unsure, with them it is clear."""
    assert isinstance(ask(RULE, train(NET, sgd(rate), 100)), NotEnoughEvidence)
    assert isinstance(ask(RULE, train(NET, sgd(rate), 100, look=True)), Clear)


def test_without_a_bias_and_inputs_it_does_not_apply() -> None:
    """And says what to pass."""
    recording = Recording(["w"])
    for _ in range(30):
        recording.step([np.eye(2)], [np.eye(2)], [np.eye(2)], loss=1.0)
    answer = ask(RULE, recording.series())
    assert isinstance(answer, NotApplicable)
    assert "inputs=" in answer.reason


def test_embeddings_have_no_scale() -> None:
    """Token ids are looked up."""
    recording = Recording(["embedding/embeddings", "dense/kernel"])
    for _ in range(30):
        w = [np.eye(4), np.eye(4)]
        recording.step(w, w, w, loss=1.0, looked={"input_mean": 500.0, "input_std": 300.0})
    assert isinstance(ask(RULE, recording.series()), NotApplicable)


def test_unlike_features_do_not_hold_back_steps_that_are_short_by_themselves() -> None:
    """A rate 10,000 times lower, far from unstable, has another reason; a stable number near its limit has not."""
    x, y = line(0)
    series = train(REGRESSION, sgd(5e-7), 60, data=(x * np.logspace(-2, 1.2, 8), y), look=True)
    assert not isinstance(ask(RULE, series), Found)


@pytest.mark.parametrize(("end", "severity"), [(2.1, Severity.WARNING), (0.5, Severity.INFO)])
def test_a_loss_that_fell_from_on_high_to_that_of_a_constant_answer_learned_nothing(
    end: float, severity: Severity
) -> None:
    """Of ln 10 = 2.3; one that came further is told only."""
    series = train(NET, adam(1e-3), 150, data=images(255.0), look=True)
    noise = np.exp(0.02 * np.random.default_rng(0).normal(size=150))
    loss = (end + 70.0 * np.exp(-np.arange(150) / 5.0)) * noise
    answer = ask(RULE, replace(series, step_values={**series.step_values, "loss": loss}))
    assert isinstance(answer, Found)
    assert answer.severity is severity


@pytest.mark.parametrize("drowned", [True, False])
def test_unlike_features_are_not_blamed_for_gradients_of_noise(*, drowned: bool) -> None:
    """Digits have pixels that are nearly always white."""
    series = train(NET, sgd(1e-4), 100)
    series.step("loss")[:] = 2.3
    seen = {"input_mean": 0.3, "input_std": 0.4, "input_largest_feature_std": 0.5, "input_smallest_feature_std": 2e-3}
    context = Context(
        replace(series, step_values={**series.step_values, **{k: np.full(100, x) for k, x in seen.items()}})
    )
    vars(context).update(drowned=drowned, update_ratio=np.full(100, 1e-2))
    assert isinstance(RULE.check(context), Clear) is drowned


@pytest.mark.parametrize(("rate", "told"), [(0.05, False), (2.0, True)])
def test_features_set_no_rate_that_is_far_from_unstable(rate: float, *, told: bool) -> None:
    """Whatever the steps are to the weights: here 0.02 and 0.6 of the stable ones."""
    series = train(NET, sgd(0.1), 100, look=True)
    seen = {"input_largest_feature_std": 0.5, "input_smallest_feature_std": 2e-3}
    looked = {"loss": np.full(100, 2.3), **{k: np.full(100, x) for k, x in seen.items()}}
    context = Context(replace(series, step_values={**series.step_values, **looked}))
    vars(context).update(stability=np.full(100, rate / 3.0), update_ratio=np.full(100, 1e-2))
    assert isinstance(RULE.check(context), Found) is told


@pytest.mark.parametrize(("known", "severity"), [(True, Severity.ERROR), (False, Severity.INFO)])
def test_unlike_features_are_no_alarm_where_the_largest_sets_no_rate(*, known: bool, severity: Severity) -> None:
    """Steps of Adam are of one size, whatever the features are."""
    series = train(NET, sgd(0.1), 100, look=True)
    seen = {"input_largest_feature_std": 0.5, "input_smallest_feature_std": 2e-3}
    looked = {"loss": np.full(100, 2.3), **{k: np.full(100, x) for k, x in seen.items()}}
    context = Context(replace(series, step_values={**series.step_values, **looked}))
    vars(context).update(stability=np.full(100, 0.5 if known else np.nan), update_ratio=np.full(100, 1e-2))
    answer = RULE.check(context)
    assert isinstance(answer, Found)
    assert answer.severity is severity


@pytest.mark.parametrize(
    ("integers", "high", "zeros", "told"),
    [(0.0, 0.98, 0.98, True), (1.0, 49.0, 0.98, False), (0.0, 0.98, 0.5, False), (0.0, 3.0, 0.98, False)],
)
def test_an_embedding_that_gets_fractions_looks_up_one_row(
    integers: float, high: float, zeros: float, *, told: bool
) -> None:
    """Tokens that were scaled as if they were measurements; fractions of another input leave its rows a gradient."""
    recording, w = Recording(["embedding/embeddings", "dense/kernel"]), [np.ones((50, 2)), np.ones((2, 1))]
    looked = {"input_is_integer": integers, "input_min": 0.0, "input_max": high}
    noise = np.random.default_rng(0).normal(size=80)
    for step in range(80):
        g = [np.ones((50, 2)), np.ones((2, 1))]
        recording.step(w, g, [x - 1e-3 for x in w], loss=0.69 + 0.001 * noise[step], looked=looked)
    series = recording.series()
    values = np.array(series.values["gradient_zero_fraction"])
    values[:, 0] = zeros
    answer = ask(RULE, replace(series, values={**series.values, "gradient_zero_fraction": values}))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or "the only one of 50" in answer.summary
