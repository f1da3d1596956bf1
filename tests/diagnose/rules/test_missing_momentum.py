"""Plain descent in a narrow valley is told which momentum to add; elsewhere it is left alone."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.missing_momentum import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found, NotApplicable, NotEnoughEvidence
from tests.diagnose.faults import plain, valley
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.runs import HEALTHY
from tests.diagnose.simulate import Array, Recording, Update, adam, parabola, sgd


@pytest.mark.parametrize("condition", [1e3, 1e4])
@pytest.mark.parametrize("rate", [0.5, 1.5])
def test_the_condition_number_is_measured(condition: float, rate: float) -> None:
    """From the steepest curvature and the pace of the loss; information, since the loss does fall."""
    found = diagnose(valley(rate, condition, 200, start=np.array([0.5, 5.0]))).findings[0]
    assert (found.id, found.severity) == ("missing-momentum", Severity.INFO)
    assert found.evidence["condition_number"] == pytest.approx(condition, rel=0.05)


def test_the_advice_works() -> None:
    """With the momentum that is advised the loss gets lower by powers of ten in as many steps."""
    answer = ask(RULE, valley(1.0, 1e3, 300))
    assert isinstance(answer, Found)
    momentum = answer.evidence["suggested_momentum"]
    assert isinstance(momentum, float)
    before, after = valley(1.0, 1e3, 300), valley(1.0, 1e3, 300, momentum=momentum)
    assert after.step("loss")[-1] < 0.01 * before.step("loss")[-1]


@pytest.mark.parametrize("name", ["sgd", "full batch", "linear", "parabola", "full batch, edge of stability"])
@pytest.mark.parametrize("seed", [0, 6])
def test_descent_that_is_fast_enough_is_clear(name: str, seed: int) -> None:
    """No alarm where the loss falls."""
    answer = ask(RULE, HEALTHY[name](seed))
    assert isinstance(answer, Clear) or (isinstance(answer, Found) and answer.severity is Severity.INFO)


@pytest.mark.parametrize(("pace", "told"), [(1e-5, True), (1e-10, False)])
def test_a_run_at_rest_crawls_along_no_valley(pace: float, *, told: bool) -> None:
    """Of a loss that rounding alone moves, the valley would be a billion times as narrow."""
    series = valley(1.0, 1e3, 300)
    series.step("loss")[:] = 2.8e-4 * np.exp(-pace * np.arange(300))
    series.step("loss")[:10] = np.geomspace(0.7, 2.8e-4, 10)
    assert isinstance(ask(RULE, series), Found) is told


def test_a_plain_is_no_valley() -> None:
    """Its curvature is none."""
    assert isinstance(ask(RULE, plain(0.1, 200, start=-12.0)), Clear)


def test_it_is_about_plain_descent() -> None:
    """Momentum, Adam, and runs too short to have a pace."""
    assert isinstance(ask(RULE, parabola(sgd(0.1, 0.9), 100)), NotApplicable)
    assert isinstance(ask(RULE, HEALTHY["adam"](0)), NotApplicable)
    assert isinstance(ask(RULE, parabola(sgd(0.1), 20)), NotEnoughEvidence)
    assert isinstance(ask(RULE, train(Mlp((64, 16, 10)), sgd(30.0), 100)), Clear)


def test_a_valley_of_many_widths_and_a_rate_that_changes_are_seen() -> None:
    """Its pace shrinks as if it came to an end, but a single step along the gradient would take off a good part."""
    h, recording, w = np.logspace(0.0, -3.0, 30), Recording(["w"]), np.ones(30)
    for t in range(160):
        rate = 0.3 * (1.0 + 0.2 * np.cos(t / 60.0))
        recording.step([w], [h * w], [w - rate * h * w], loss=0.5 * float((h * w**2).sum()))
        w = w - rate * h * w
    answer = ask(RULE, recording.series())
    assert isinstance(answer, Found)
    assert answer.severity is Severity.INFO
    assert answer.evidence["learning_rate"] == pytest.approx(0.3, rel=0.25)


def test_a_fall_that_rounding_hides_is_none() -> None:
    """A run at rest in a minimum above zero, whose loss still changes in its last digits."""
    series = valley(1.0, 1e3, 200)
    series.step("loss")[:] = 1.0 + 1e-13 * series.step("loss")
    assert not isinstance(ask(RULE, series), Found)


def forgetful(rate: float) -> Update:
    """Adam that is made anew for each step."""

    def update(weights: list[Array], gradients: list[Array]) -> list[Array]:
        return adam(rate)(weights, gradients)

    return update


@pytest.mark.parametrize(
    ("kind", "anew", "told"), [("Adam", True, True), ("Adam", False, False), ("Lion", True, False)]
)
def test_an_optimizer_that_is_made_anew_at_each_step_is_told(kind: str, *, anew: bool, told: bool) -> None:
    """All its steps are as long as the first; of others, signs alone may be meant."""
    series = train(Mlp((64, 32, 10)), forgetful(1e-3) if anew else adam(1e-3), 120)
    values = {**series.step_values, "learning_rate": np.full(120, 1e-3)}
    answer = ask(RULE, replace(series, optimizer={"class": kind, "config": {"beta_1": 0.9}}, step_values=values))
    assert (isinstance(answer, Found) and "made anew at each step" in answer.summary) is told


@pytest.mark.parametrize("config", [{"beta_1": 0.0}, {}])
def test_an_optimizer_without_memory_has_none_to_lose(config: dict[str, float]) -> None:
    """As Adam with β₁ = 0, whose steps are about as long as its first however old it is."""
    series = train(Mlp((64, 32, 10)), forgetful(1e-3), 120)
    values = {**series.step_values, "learning_rate": np.full(120, 1e-3)}
    answer = ask(RULE, replace(series, optimizer={"class": "Adam", "config": config}, step_values=values))
    assert not isinstance(answer, Found)


def test_steady_gradients_make_full_steps_of_any_memory() -> None:
    """Along one slope an average is as long as each."""
    series = train(Mlp((64, 32, 10)), adam(1e-5), 120, batch=None)
    values = {**series.step_values, "learning_rate": np.full(120, 1e-5)}
    answer = ask(RULE, replace(series, optimizer={"class": "Adam", "config": {"beta_1": 0.9}}, step_values=values))
    assert not isinstance(answer, Found)
