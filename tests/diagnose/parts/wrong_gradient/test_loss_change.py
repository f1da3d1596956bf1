"""The change of the loss tells a wrong gradient, where batches do not hide it."""

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found, NotApplicable, NotEnoughEvidence
from tb_convergence.diagnose.rules.wrong_gradient import RULE
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Array, Recording, parabola, sgd


class _Flipped(Mlp):
    """The same net with its gradient the wrong way round."""

    def loss(self, weights: list[Array], x: Array, labels: Array) -> tuple[float, list[Array]]:
        value, gradients = super().loss(weights, x, labels)
        return value, [-g for g in gradients]


def test_minibatches_say_nothing() -> None:
    """The loss is another one at each step."""
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), sgd(0.1), 60)), NotApplicable)


def test_unknown_and_short_losses_are_not_clear() -> None:
    """They are said to be what they are."""
    assert isinstance(ask(RULE, parabola(sgd(0.1), 20, loss=False)), NotApplicable)
    assert isinstance(ask(RULE, parabola(sgd(0.1), 4)), NotEnoughEvidence)


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
