"""Regularization is blamed where it pulled the weights in and the net learned nothing, with its strength."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.excessive_regularization import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Array, Update, adam, parabola, sgd

NET = (64, 32, 32, 10)


@dataclass(frozen=True)
class Penalized(Mlp):
    """With l2·‖w‖² of each kernel in its loss, as Keras' ``L2(l2)``."""

    l2: float = 0.0

    def loss(self, weights: list[Array], x: Array, labels: Array) -> tuple[float, list[Array]]:
        """The mean loss with the penalty, and its gradient."""
        value, gradients = super().loss(weights, x, labels)
        value += sum(self.l2 * float(np.sum(w**2)) for w in weights[::2])
        return value, [g + 2.0 * self.l2 * w * (w.ndim == 2) for g, w in zip(gradients, weights, strict=True)]


def decayed(update: Update, rate: float, decay: float) -> Update:
    """Decoupled weight decay (Loshchilov & Hutter 2019)."""
    return lambda w, g: [d - rate * decay * x for d, x in zip(update(w, g), w, strict=True)]


def told(series: Series, decay: float | None) -> Series:
    """As of AdamW with this decay in its settings, and the rate 0.001."""
    config = {} if decay is None else {"weight_decay": decay}
    rates = {"learning_rate": np.full(len(series), 0.001)}
    return replace(series, optimizer={"class": "AdamW", "config": config}, step_values={**series.step_values, **rates})


@pytest.mark.parametrize("update", [sgd(0.05), sgd(0.02, 0.9), adam(0.003)])
@pytest.mark.parametrize("l2", [0.2, 1.0])
def test_a_penalty_that_is_too_strong(update: Update, l2: float) -> None:
    """Its l2 to a few percent, before labels, rates and outputs are blamed."""
    found = diagnose(train(Penalized(NET, l2=l2), update, 400, look=True)).findings[0]
    assert found.id == "excessive-regularization"
    assert found.severity in {Severity.ERROR, Severity.WARNING}
    assert found.evidence["l2_penalty"] == pytest.approx(l2, rel=0.05)
    assert found.onset_step == 0


@dataclass(frozen=True)
class OnePenalized(Mlp):
    """With l2·‖w‖² of the first kernel alone in its loss."""

    l2: float = 0.0

    def loss(self, weights: list[Array], x: Array, labels: Array) -> tuple[float, list[Array]]:
        """The mean loss with the penalty, and its gradient."""
        value, gradients = super().loss(weights, x, labels)
        value += self.l2 * float(np.sum(weights[0] ** 2))
        return value, [gradients[0] + 2.0 * self.l2 * weights[0], *gradients[1:]]


@pytest.mark.parametrize(("l2", "told"), [(1.0, True), (0.0, False)])
def test_a_penalty_on_one_layer_alone_is_seen_beside_the_others(l2: float, *, told: bool) -> None:
    """Data would pull at all layers of such a net alike."""
    answer = ask(RULE, train(OnePenalized((64, 32, 10), l2=l2), adam(0.003), 400, look=True))
    assert isinstance(answer, Found) is told
    if isinstance(answer, Found):
        assert answer.evidence["l2_penalty"] == pytest.approx(l2, rel=0.05)
        assert answer.variables == ("dense_0/kernel",)


def scattered(rate: float, rest: float, *, start: float = 2.4) -> Series:
    """A net of ten classes whose loss goes from ``start`` to ``rest``, with a dropout of this rate."""
    series, steps = train(Mlp((64, 32, 10)), sgd(0.05), 100, look=True), np.arange(100)
    noise = np.exp(0.03 * np.random.default_rng(0).normal(size=100))
    loss = (rest + (start - rest) * np.exp(-steps / 20.0)) * noise
    return replace(series, dropout={"weak": 0.1, "strong": rate}, step_values={**series.step_values, "loss": loss})


@pytest.mark.parametrize(
    ("rate", "rest", "severity"),
    [
        (0.95, 2.3, Severity.ERROR),  # stalled
        (0.95, 0.7, Severity.INFO),  # gets on, but not far
        (0.95, 0.1, None),
        (0.5, 2.3, None),
    ],
)
def test_dropout_that_lets_nothing_through(rate: float, rest: float, severity: Severity | None) -> None:
    """Told with the layer where the run does not learn; what learns nevertheless, and usual rates, are left alone."""
    answer = ask(RULE, scattered(rate, rest))
    assert (answer.severity if isinstance(answer, Found) else None) == severity
    if isinstance(answer, Found):
        assert "Dropout of 0.95 in strong lets 5 % of its inputs through" in answer.summary
        assert answer.evidence["noise_over_signal"] == pytest.approx(19.0)


def test_a_loss_that_only_came_down_to_guessing_has_learned_nothing() -> None:
    """Noise made it begin far above; nothing else is blamed beside such a dropout."""
    diagnosis = diagnose(scattered(0.95, 2.3, start=6.0))
    assert diagnosis.findings[0].id == "excessive-regularization"
    assert diagnosis.findings[0].severity is Severity.WARNING


def test_the_advised_penalty_trains() -> None:
    """The same net with what is advised."""
    answer = ask(RULE, train(Penalized(NET, l2=0.3), sgd(0.05), 400))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_l2_penalty"]
    assert isinstance(advised, float)
    assert f"L2({advised:g})" in answer.advice[0]
    loss = train(Penalized(NET, l2=advised), sgd(0.05), 1500).step("loss")
    assert np.median(loss[-50:]) < 0.5 * np.log(10)


def test_a_decay_that_is_too_strong_and_the_one_to_use() -> None:
    """As set, and the net trains with what is advised."""
    series = told(train(Mlp(NET), decayed(adam(0.001), 0.001, 50.0), 400, look=True), 50.0)
    found = diagnose(series).findings[0]
    assert (found.id, found.severity) == ("excessive-regularization", Severity.ERROR)
    assert found.evidence["weight_decay"] == 50.0
    advised = found.evidence["suggested_weight_decay"]
    assert isinstance(advised, float)
    assert found.advice[0].endswith(f"`tf.keras.optimizers.AdamW(…, weight_decay={advised:g})`.")
    loss = train(Mlp(NET), decayed(adam(0.001), 0.001, advised), 1500).step("loss")
    assert np.median(loss[-50:]) < 0.5 * np.log(10)


def test_a_decay_that_nobody_named_is_told_by_its_share() -> None:
    """Written by hand beside Adam, whose settings do not say it; and identified beside gradient descent."""
    by_hand = diagnose(told(train(Mlp(NET), decayed(adam(0.001), 0.001, 50.0), 400), None)).findings[0]
    assert by_hand.id == "excessive-regularization"
    assert by_hand.summary.startswith("Something in the update takes ")
    assert by_hand.evidence["percent_off_a_step"] == pytest.approx(5.0, rel=0.05)
    plain = ask(RULE, train(Mlp(NET), decayed(sgd(0.05), 0.05, 2.0), 400))
    assert isinstance(plain, Found)
    assert plain.evidence["weight_decay"] == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize("l2", [0.0, 1e-4, 1e-3, 3e-3])
@pytest.mark.parametrize("update", [sgd(0.05), adam(0.003)])
def test_a_penalty_that_lets_the_net_learn_is_clear(update: Update, l2: float) -> None:
    """From none to what is usual."""
    assert isinstance(ask(RULE, train(Penalized(NET, l2=l2), update, 400)), Clear)


def test_a_decay_that_lets_the_net_learn_is_clear() -> None:
    """0.004, Keras' default, and a hundred times that."""
    for decay in (0.004, 0.4):
        series = told(train(Mlp(NET), decayed(adam(0.001), 0.001, decay), 400), decay)
        assert isinstance(ask(RULE, series), Clear)


def test_weights_that_began_too_large_and_learn_are_no_ones_fault() -> None:
    """A regression of small targets takes them down by itself."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 20))
    data = (x, 0.1 * x @ rng.normal(size=(20, 1)))
    series = train(Mlp((20, 16, 1), head="linear", gain=3.0), sgd(0.003), 800, data=data)
    assert not isinstance(ask(RULE, series), Found)


def test_it_needs_matrices_and_steps() -> None:
    """A scalar that runs to its minimum at zero is no net."""
    assert isinstance(ask(RULE, parabola(sgd(0.1), 60)), NotApplicable)
    assert isinstance(ask(RULE, train(Penalized(NET, l2=1.0), sgd(0.05), 10)), NotEnoughEvidence)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_what_is_not_known_of_the_weights_accuses_nobody(value: float) -> None:
    """NaN, infinity, and weights of zero."""
    series = train(Penalized(NET, l2=1.0), sgd(0.05), 100)
    series.values["weight_norm"][:] = value
    assert isinstance(ask(RULE, series), Clear)


@pytest.mark.parametrize("share", [1.9, 2.2])
def test_a_decay_that_turns_the_weights_round_is_named_before_what_they_do(share: float) -> None:
    """Weights that bounce, or grow from step to step, are no matter of the rate where the decay is known to do it."""
    found = diagnose(train(Mlp((64, 10)), decayed(sgd(0.05), 0.05, share / 0.05), 80)).findings[0]
    assert (found.id, found.severity) == ("excessive-regularization", Severity.ERROR)
    assert found.evidence["weight_decay"] == pytest.approx(share / 0.05, rel=1e-3)
    advised = found.evidence["suggested_weight_decay"]
    assert isinstance(advised, float)
    loss = train(Mlp((64, 10)), decayed(sgd(0.05), 0.05, advised), 80).step("loss")
    assert loss[-1] < 0.8 * loss[0]


@pytest.mark.parametrize(("decay", "named"), [(2.0, True), (0.01, False)])
def test_a_decay_that_holds_a_run_back_that_gets_on_is_told_as_information(decay: float, *, named: bool) -> None:
    """AdamW's weights neither shrink nor grow; a usual decay is a hundredth of each step. One not set is not known."""
    series = train(Mlp((64, 32, 10)), decayed(adam(0.01), 0.01, decay), 300)
    rates = {"learning_rate": np.full(300, 0.01)}
    answers = [
        ask(RULE, replace(told(series, given), step_values={**series.step_values, **rates})) for given in (decay, None)
    ]
    assert [isinstance(a, Found) for a in answers] == [named, False]
    if isinstance(answers[0], Found):
        assert answers[0].severity is Severity.INFO
        assert answers[0].evidence["suggested_weight_decay"] == pytest.approx(0.1)
