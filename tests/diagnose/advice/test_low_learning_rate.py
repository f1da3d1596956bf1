"""What is said of a learning rate that is too low."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.advice import low_learning_rate as advice
from tb_convergence.diagnose.advice.low_learning_rate import Step
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.clipping import Limit
from tb_convergence.diagnose.estimators.noise import Trend, trend
from tests.diagnose.simulate import parabola, sgd

STEP = Step(ratio=1e-5, stability=np.nan, progress=1e-4, longest=100.0, factor=30.0)
CONTEXT = Context(parabola(sgd(1e-5), 30))


def _trend(end: float) -> Trend:
    found = trend(np.linspace(1.0, end, 30))
    assert found is not None
    return found


@pytest.mark.parametrize(("rate", "words"), [(0.001, "to about 0.03"), (np.nan, "about 30 times")])
def test_the_advice_names_what_is_known(rate: float, words: str) -> None:
    """The rate itself, else how many times it is too low."""
    found = advice.too_low(CONTEXT, _trend(1.0), STEP, rate, threshold=5e-4)
    assert words in found.advice[0]
    assert "did not fall" in found.summary
    assert found.evidence["stability_share"] is None


@pytest.mark.parametrize(("epsilon", "told"), [(1.0, True), (1e-7, False), (None, False), ("?", False)])
def test_an_epsilon_above_the_gradients_is_named_first(epsilon: object, *, told: bool) -> None:
    """Gradients of 0.004 are below 1; those of 4 are not."""
    optimizer = {"class": "Adam", "config": {"epsilon": epsilon}}
    small = parabola(sgd(1e-5), 30, factor=1e-3)
    advised = advice.too_low(
        Context(replace(small, optimizer=optimizer)), _trend(1.0), STEP, 0.001, threshold=5e-4
    ).advice
    assert ("epsilon 1.0 is above its gradients" in advised[0]) is told
    assert not told or "`tf.keras.optimizers.Adam(…, epsilon=1e-7)`" in advised[0]
    assert advised[-2].startswith("Raise the learning rate to about 0.03")
    large = Context(replace(CONTEXT.series, optimizer=optimizer))
    assert len(advice.too_low(large, _trend(1.0), STEP, 0.001, threshold=5e-4).advice) == 2


@pytest.mark.parametrize(("told", "words"), [(True, "from 1.0 to 0.01"), (False, "to 1 % of what it was at first")])
def test_a_rate_that_only_steps_show_is_told_as_a_share(words: str, *, told: bool) -> None:
    """And no number is advised."""
    found = advice.decayed(CONTEXT, _trend(0.5), 10, 1.0, 0.01, told=told, threshold=0.1)
    assert words in found.summary
    assert (found.evidence["suggested_learning_rate"] is None) is not told


@pytest.mark.parametrize(("limit", "words"), [(0.5, "Gradients are clipped to a norm of 0.5"), (np.nan, "Updates are")])
def test_a_limit_is_named_where_it_is_known(limit: float, words: str) -> None:
    """And the steps are called short, not the rate."""
    found = advice.clipped(CONTEXT, _trend(0.9), STEP, Limit(limit, 8.0), threshold=5e-4)
    assert found.summary.startswith(words)
    assert found.evidence["suggested_clipnorm"] == 8.0


def test_large_labels_are_to_be_standardized() -> None:
    """In so many steps the outputs came so far."""
    assert (
        "in 30 steps the outputs came 0.5 % of the way" in advice.large_labels(CONTEXT, 0.005, threshold=0.01).summary
    )


@pytest.mark.parametrize(
    ("setting", "words"), [("clipnorm", "SGD(…, clipnorm="), (None, "tf.clip_by_global_norm(grads, ")]
)
def test_a_limit_that_was_set_in_the_optimizer_is_raised_there(setting: str | None, words: str) -> None:
    """Else where it is made by hand."""
    optimizer = {"class": "SGD", "config": {"clipnorm": 0.001} if setting else {}}
    context = Context(replace(CONTEXT.series, optimizer=optimizer))
    found = advice.clipped(context, _trend(1.0), STEP, Limit(0.001, 0.6), threshold=5e-4)
    assert words in found.advice[0]
