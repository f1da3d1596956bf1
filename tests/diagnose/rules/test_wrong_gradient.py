"""A wrong gradient is named with its factor, from the tape's own gradient or from the loss alone."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.diagnose.rules.wrong_gradient import RULE
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import regression
from tests.diagnose.simulate import Array, Recording, Update, adam, parabola, sgd


@pytest.mark.parametrize("factor", [0.5, 0.97, 1.03, 2.0, 32.0])
@pytest.mark.parametrize("reference", [False, True])
def test_the_factor_is_exact(factor: float, *, reference: bool) -> None:
    """To a percent, from either source."""
    answer = ask(RULE, parabola(sgd(0.01), 20, factor=factor, reference=reference))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    assert answer.evidence["factor"] == pytest.approx(factor, rel=0.01)


@pytest.mark.parametrize("series", [parabola(sgd(0.1, 0.9), 60), parabola(adam(0.1), 60), parabola(sgd(1.5), 60)])
def test_a_right_gradient_is_clear(series: Series) -> None:
    """Even of a run that diverges."""
    assert isinstance(ask(RULE, series), Clear)


def test_minibatches_say_nothing() -> None:
    """The loss is another one at each step."""
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), sgd(0.1), 60)), NotApplicable)


def test_a_network_on_its_whole_data_is_clear() -> None:
    """Curvature that changes along the step is not an error of the gradient."""
    series = train(Mlp((8, 16, 2)), sgd(0.5), 100, batch=None, data=regression(0))
    assert isinstance(ask(RULE, series), Clear)


def quadratic(factors: tuple[float, float], *, reference: bool = False, turn: float = 0.0) -> Series:
    """L = ½ Σ λᵢ wᵢ² of two variables, each gradient times its factor; ``turn`` mixes the elements of the first."""
    rng, recording = np.random.default_rng(0), Recording(["a", "b"])
    scales = [np.array([1.0, 2.0, 3.0]), np.array([0.5, 4.0])]
    w = [rng.normal(size=3), rng.normal(size=2)]
    for _ in range(30):
        right = [s * x for s, x in zip(scales, w, strict=True)]
        used = [f * g for f, g in zip(factors, right, strict=True)]
        used[0] = used[0] + turn * np.roll(used[0], 1)
        after = [x - 0.1 * g for x, g in zip(w, used, strict=True)]
        loss = 0.5 * sum(float(g @ x) for g, x in zip(right, w, strict=True))
        recording.step(w, used, after, loss=loss, references=right if reference else None)
        w = after
    return recording.series()


@pytest.mark.parametrize("reference", [False, True])
def test_the_wrong_one_of_two_variables_is_named(*, reference: bool) -> None:
    """By the reference, and by how much each variable's promise is worth in loss."""
    answer = ask(RULE, quadratic((1.0, 0.5), reference=reference))
    assert isinstance(answer, Found)
    assert answer.variables == ("b",)


def test_a_gradient_that_points_elsewhere_is_told_by_its_cosine() -> None:
    """A direction has no factor."""
    answer = ask(RULE, quadratic((1.0, 1.0), reference=True, turn=0.7))
    assert isinstance(answer, Found)
    assert answer.variables == ("a",)
    assert "cosine" in answer.summary


def test_clipping_is_no_error() -> None:
    """The factor of a clipped gradient changes from step to step."""
    rng, recording = np.random.default_rng(0), Recording(["w"])
    for _ in range(30):
        g = rng.normal(size=4) * rng.uniform(0.1, 10.0)
        recording.step([g], [g * min(1.0, 1.0 / float(np.linalg.norm(g)))], [g], loss=1.0, references=[g])
    assert isinstance(ask(RULE, recording.series()), Clear)


def test_unknown_and_short_losses_are_not_clear() -> None:
    """They are said to be what they are."""
    assert isinstance(ask(RULE, parabola(sgd(0.1), 20, loss=False)), NotApplicable)
    assert isinstance(ask(RULE, parabola(sgd(0.1), 4)), NotEnoughEvidence)


class _Flipped(Mlp):
    """The same net with its gradient the wrong way round."""

    def loss(self, weights: list[Array], x: Array, labels: Array) -> tuple[float, list[Array]]:
        value, gradients = super().loss(weights, x, labels)
        return value, [-g for g in gradients]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("rate", "momentum"), [(0.1, 0.0), (0.02, 0.9)])
def test_a_sign_error_is_seen_through_the_noise_of_batches(seed: int, rate: float, momentum: float) -> None:
    """The update follows the gradient that was given, and the loss rises: the first cause, before the rate."""
    found = diagnose(train(_Flipped((64, 32, 10)), sgd(rate, momentum), 100, seed=seed)).findings[0]
    assert (found.id, found.severity) == ("wrong-gradient", Severity.ERROR)
    assert "wrong sign" in found.summary


@pytest.mark.parametrize("rate", [2.0, 10.0])
def test_a_rate_too_high_is_no_sign_error(rate: float) -> None:
    """Nor is momentum that carries a run uphill."""
    series = train(Mlp((64, 32, 10)), sgd(rate, 0.9), 100)
    assert "wrong-gradient" not in [f.id for f in diagnose(series).findings]


def test_the_tapes_own_gradient_shows_a_wrong_sign() -> None:
    """In so many words, not only as an angle."""
    answer = ask(RULE, parabola(sgd(0.01), 20, factor=-1.0, reference=True))
    assert isinstance(answer, Found)
    assert "opposite sign" in answer.summary


def test_going_up_is_a_wrong_sign() -> None:
    """A negative learning rate, or an update that is added: not a rate that is too high."""
    answer = ask(RULE, parabola(sgd(-0.1), 60))
    assert isinstance(answer, Found)
    assert "go up the gradient" in answer.summary


def test_an_adaptive_optimizer_that_goes_up_has_a_wrong_sign() -> None:
    """No rate can be read off its updates; the first one is uphill all the same. With the right sign it is clear."""

    def up(weights: list[Array], gradients: list[Array]) -> list[Array]:
        return [-u for u in adam(0.05)(weights, gradients)]

    answer = ask(RULE, train(Mlp((64, 32, 10)), up, 100))
    assert isinstance(answer, Found)
    assert "go up the gradient" in answer.summary
    assert answer.evidence["learning_rate"] is None
    assert not isinstance(ask(RULE, train(Mlp((64, 32, 10)), adam(30.0), 100)), Found)


def _one_layer(factor: float, *, first: float = 1.0, taped: bool = False, reference: bool = False) -> Series:
    """Noisy batches, probed; the gradient of the second variable is ``factor`` times the derivative.

    ``first``: that of the first variable; ``taped``: what the tape says is as wrong; ``reference``: and was recorded.
    """
    rng = np.random.default_rng(0)
    recording, w = Recording(["a", "b"]), [rng.normal(size=6), rng.normal(size=6)]
    for _ in range(80):
        x = [rng.normal(size=6) for _ in w]
        g = [first * (w[0] - x[0]), factor * (w[1] - x[1])]
        after = [v - 0.02 * d for v, d in zip(w, g, strict=True)]
        tape = (first, factor) if taped else (1.0, 1.0)
        slope = sum(c * float((a - y) @ (a - v)) for c, a, y, v in zip(tape, after, x, w, strict=True))
        losses = [sum(0.5 * float((p - y) @ (p - y)) for p, y in zip(v, x, strict=True)) for v in (w, after)]
        looked = {"loss_after": losses[1], "slope_after": slope}
        recording.step(w, g, after, loss=losses[0], looked=looked, references=g if reference else None)
        w = after
    return recording.series()


def test_a_probed_batch_names_the_layer_with_the_wrong_sign() -> None:
    """Through the noise of batches; and a right gradient is clear."""
    answer = ask(RULE, _one_layer(-1.0))
    assert isinstance(answer, Found)
    assert answer.variables == ("b",)
    assert answer.evidence["factor"] == pytest.approx(-1.0, rel=0.01)
    assert not isinstance(ask(RULE, _one_layer(1.0)), Found)


@pytest.mark.parametrize("reference", [False, True])
def test_a_tape_that_is_wrong_itself_is_told_as_such(*, reference: bool) -> None:
    """A custom gradient without its factor 2, in minibatches: the gradient agrees with the tape, not with the loss."""
    answer = ask(RULE, _one_layer(0.5, first=0.5, taped=True, reference=reference))
    assert isinstance(answer, Found)
    assert answer.evidence["factor"] == pytest.approx(0.5, rel=0.01)
    assert answer.severity is Severity.ERROR
    assert "custom_gradient" in answer.advice[0]
    assert not isinstance(ask(RULE, _one_layer(1.0, taped=True, reference=reference)), Found)


@pytest.mark.parametrize(("slope", "severity"), [(0.0, Severity.ERROR), (-0.1, Severity.INFO)])
def test_a_tape_that_is_wrong_on_purpose_is_no_alarm(slope: float, severity: Severity) -> None:
    """A gradient that is reversed, or passed straight through, in a run that learns."""
    series, shrinks = _one_layer(-1.0, taped=True), np.exp(slope * np.arange(80.0))
    for name in ("loss", "loss_after", "slope_after"):
        series.step(name)[:] *= shrinks
    series.values["gradient_norm"][:] *= shrinks[:, None]
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.variables == ("b",)
    assert answer.severity is severity


@pytest.mark.parametrize(("factor", "told"), [(100.0, True), (-1.0, True), (1.0, False)])
def test_long_steps_on_one_batch_tell_the_factor_by_their_ends(factor: float, *, told: bool) -> None:
    """L = ¼ Σ w⁴: no trapezoid holds along such steps. A right gradient says nothing."""
    recording, w = Recording(["w"]), np.array([1.6, -1.1, 0.7])
    for _ in range(12):
        after = w - 0.6 * w**3
        looked = {"loss_after": float(np.sum(after**4) / 4.0), "slope_after": float((after**3) @ (after - w))}
        recording.step([w], [factor * w**3], [after], loss=float(np.sum(w**4) / 4.0), looked=looked)
        w = after
    answer = ask(RULE, recording.series())
    assert isinstance(answer, Found) == told
    if isinstance(answer, Found):
        assert answer.evidence["factor"] == pytest.approx(factor, rel=1e-4)
        assert answer.evidence["source"] == "the slopes after the steps"


def scaled(inner: Update, factor: float) -> Update:
    """An update that is given ``factor`` times the right gradient, which ``train`` records without it."""
    return lambda weights, gradients: inner(weights, [factor * g for g in gradients])


@pytest.mark.parametrize("factor", [0.01, 0.1, -1.0])
@pytest.mark.parametrize("batch", [16, 64])
def test_a_factor_is_seen_through_the_noise_of_batches(factor: float, batch: int) -> None:
    """Sign and size, from the fall of the loss alone; the learning rate makes up for small ones."""
    update = scaled(sgd(0.05 / abs(factor)), factor)
    series = train(Mlp((64, 32, 10)), update, 200, batch=batch)
    series.values["gradient_norm"][:] *= abs(factor)
    series.values["previous_gradient_norm"][:] *= abs(factor)
    if factor < 0.0:
        for name in series.values:
            if name.startswith("cosine") and name.count("gradient") == 1:
                series.values[name][:] *= -1.0
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert 1.0 / 3.0 < float(str(answer.evidence["factor"])) / factor < 3.0


def test_loss_scaling_is_no_wrong_gradient() -> None:
    """Gradients a thousand times the derivative, and a recorder that knows of loss scaling."""
    series = train(Mlp((64, 32, 10)), sgd(0.05), 200)
    for name in ("gradient_norm", "previous_gradient_norm"):
        series.values[name][:] *= 1000.0
    assert isinstance(ask(RULE, series), Found)
    recorded = {**series.step_values, "update_skipped": np.zeros(len(series))}
    assert isinstance(ask(RULE, replace(series, step_values=recorded)), NotApplicable)


@pytest.mark.parametrize(("factor", "batch", "told"), [(-1.0, None, True), (1.0, None, False), (-1.0, 32, False)])
def test_a_variable_that_climbs_is_told_by_what_each_promises(factor: float, batch: int | None, *, told: bool) -> None:
    """A loss without noise that no one factor explains; a right gradient, and other batches each time, say nothing."""
    net = Mlp((64, 16, 16, 10))
    rng, (x, labels) = np.random.default_rng(0), digits()
    recording, w = Recording(net.names(), net.activations()), net.initial(rng)
    for _ in range(80):
        rows = slice(None) if batch is None else rng.choice(len(x), batch, replace=False)
        loss, gradients = net.loss(w, x[rows], labels[rows])
        gradients[2] = factor * gradients[2]
        after = [v - 0.2 * g for v, g in zip(w, gradients, strict=True)]
        recording.step(w, gradients, after, loss=loss)
        w = after
    answer = ask(RULE, recording.series())
    named = answer if isinstance(answer, Found) and answer.variables == ("dense_1/kernel",) else None
    assert (named is not None) is told
    assert named is None or named.evidence["factor"] == pytest.approx(-1.0, rel=0.1)


@pytest.mark.parametrize(("factor", "told"), [(1.05, False), (2.0, True)])
def test_what_is_known_from_samples_is_known_to_a_quarter(factor: float, *, told: bool) -> None:
    """The error of a sample is the same at every step: a factor that is steady, and none of the gradient."""
    series = train(Mlp((8, 32, 2)), scaled(sgd(0.05), factor), 60, batch=None, data=regression(0))
    for name in ("gradient_norm", "previous_gradient_norm"):
        series.values[name][:] *= factor
    whole = ask(RULE, series)
    first, *others = series.variables
    part = ask(RULE, replace(series, variables=(replace(first, sampled=128), *others)))
    assert isinstance(whole, Found)
    assert isinstance(part, Found) is told


def test_a_loss_that_begins_to_drift_has_right_gradients() -> None:
    """Labels that grow from step 30 on take it up, against steps that took it down as they said before."""
    rng, recording = np.random.default_rng(0), Recording(["kernel"])
    x = rng.normal(size=(200, 4))
    y, w = x @ rng.normal(size=4), np.zeros(4)
    for t in range(90):
        y = y * (1.0 if t < 30 else 1.1)
        error = x @ w - y
        g = 2.0 * x.T @ error / len(x)
        after = w - 0.05 * g
        recording.step([w], [g], [after], loss=float(np.mean(error**2)))
        w = after
    assert not isinstance(ask(RULE, recording.series()), Found)


@pytest.mark.parametrize("factor", [0.005, 0.02])
def test_a_small_part_of_a_gradient_is_told_by_the_scatter_of_the_loss(factor: float) -> None:
    """Minibatches whose loss hardly falls: to a factor of three. A rate as small has right gradients."""
    series = train(Mlp((64, 32, 10)), sgd(0.05 * factor), 150)
    assert not isinstance(ask(RULE, series), Found)
    for name in ("gradient_norm", "previous_gradient_norm"):
        series.values[name][:] *= factor
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert 1.0 / 3.0 < float(str(answer.evidence["factor"])) / factor < 3.0


def test_a_climb_that_ends_on_a_hilltop_is_told() -> None:
    """The loss rises, and comes to rest higher up, since the updates go up the gradient; downhill it is clear."""
    for sign, told in ((1.0, True), (-1.0, False)):
        recording, w = Recording(["w"]), np.array([0.5])
        for _ in range(100):
            after = w + sign * 0.2 * np.cos(w)
            recording.step([w], [np.cos(w)], [after], loss=3.0 + float(np.sin(w[0])))
            w = after
        answer = ask(RULE, recording.series())
        assert isinstance(answer, Found) is told
        assert not isinstance(answer, Found) or answer.evidence["factor"] == -1.0
