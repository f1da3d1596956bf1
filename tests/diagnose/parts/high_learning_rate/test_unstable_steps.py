"""Steps beyond the limit of stability, and the rate that the curvature they met allows."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.parts.high_learning_rate.unstable_steps import persists
from tb_convergence.diagnose.rules.high_learning_rate import RULE
from tb_convergence.diagnose.rules.rule import Found
from tests.diagnose.descents import descends
from tests.diagnose.faults import line
from tests.diagnose.networks import Mlp, digits, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import Array, parabola, sgd


@pytest.mark.parametrize(("momentum", "limit"), [(0.0, 2.0), (0.5, 3.0), (0.9, 3.8)])
def test_the_largest_stable_rate_follows_the_momentum(momentum: float, limit: float) -> None:
    """2 (1 + μ) over the curvature 2 of w²."""
    answer = ask(RULE, parabola(sgd(0.55 * limit, momentum), 300))
    assert isinstance(answer, Found)
    assert answer.severity is Severity.ERROR
    assert answer.evidence["largest_stable_learning_rate"] == pytest.approx(limit / 2.0, rel=0.01)


def test_exactly_at_the_limit_it_hovers() -> None:
    """It neither falls nor rises, and is told so."""
    answer = ask(RULE, parabola(sgd(1.0), 60))
    assert isinstance(answer, Found)
    assert "is at the largest stable rate 1.0" in answer.summary


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
    assert persists(np.array(stability)) is lasts


def test_from_one_class_to_the_next_the_gradient_tells_no_curvature() -> None:
    """Data in the order of their classes: what leaps there is the batch, and no rate is called too high for it."""
    x, y = digits()
    order = np.argsort(y, kind="stable")
    series = train(Mlp((64, 48, 10)), sgd(0.3), 150, data=(x[order], y[order]), look=True)
    sorted_ = {"label_classes": np.ones(150), "label_mean": np.repeat(np.arange(10.0), 15)}
    bad = np.where(np.arange(150) % 15 < 2, 9.0, 2.0 * np.exp(0.02 * np.arange(150)))
    values = {**series.step_values, **sorted_, "loss": bad}
    assert not isinstance(ask(RULE, replace(series, step_values=values)), Found)


def _fourth(w: Array) -> tuple[float, Array]:
    return float((w**4).sum()), 4.0 * w**3


@pytest.mark.parametrize("rate", [1.0, 10.0, 300.0])
def test_a_run_thrown_away_is_advised_a_rate_for_where_it_began(rate: float) -> None:
    """Of w⁴ at 1.5 the least curvature is ‖g‖²/2L = 18; what it meets on its way has no bound."""
    answer = ask(RULE, descends(sgd(rate), _fourth, 40, [1.5]))
    assert isinstance(answer, Found)
    advised = answer.evidence["suggested_learning_rate"]
    assert isinstance(advised, float)
    assert advised * 1.01 >= 1.0 / 180.0
    loss = descends(sgd(advised), _fourth, 300, [1.5]).step("loss")
    assert loss[-1] < 0.05 * loss[0]


def test_on_a_parabola_the_steepest_direction_bounds_the_rate() -> None:
    """The first steps meet a mean of all curvatures; those that blow up turn to the largest, 1."""
    h = np.logspace(0.0, -2.0, 20)
    series = descends(sgd(9.0), lambda w: (0.5 * float((h * w**2).sum()), h * w), 30, list(1.0 / np.sqrt(h)))
    answer = ask(RULE, series)
    assert isinstance(answer, Found)
    assert answer.evidence["curvature"] == pytest.approx(1.0, rel=0.02)
    assert answer.evidence["suggested_learning_rate"] == pytest.approx(1.0, rel=0.02)
