"""What is said of labels that do not fit is as sure as what is known of them."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.advice import mismatched_labels as advice
from tb_convergence.diagnose.advice.mismatched_labels import ADVICE, SHAPES, SOFTMAX, Constant
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found
from tests.diagnose.faults import line
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import sgd


def told(constant: Constant, *, classes: int = 10) -> Found:
    data, head = (line(0), "linear") if classes == 1 else (None, "softmax")
    context = Context(train(Mlp((8 if data else 64, 16, classes), head=head), sgd(0.05), 60, data=data))
    return advice.no_better_than(context, constant, 2.29, 0.1, above=0.08, threshold=0.05)


@pytest.mark.parametrize(("seen", "confidence"), [(True, 0.8), (False, 0.65)])
def test_what_was_seen_of_the_labels_is_surer_than_the_width_of_the_last_layer(
    *, seen: bool, confidence: float
) -> None:
    """And both are named in words."""
    found = told(Constant(2.3, 2.3, "ln 10, that of guessing,", seen=seen))
    assert found.confidence == confidence
    assert "the loss lies at 2.29, and ln 10, that of guessing, is 2.3" in found.summary
    assert found.advice == (*ADVICE, SOFTMAX)


def test_of_squared_errors_no_softmax_is_asked() -> None:
    """But of one output whether each label is compared with the outputs of all."""
    square = Constant(1.0, 1.0, "the variance of the labels", seen=True, squares=True)
    assert told(square).advice == ADVICE
    one = told(square, classes=1)
    assert one.advice == (SHAPES, *ADVICE)
    assert "compared with the outputs of all" in one.summary


def test_a_guess_is_information_and_says_perhaps() -> None:
    """With all of its numbers."""
    found = told(Constant(2.3, 2.3, "the entropy of the labels", seen=True))
    guess = advice.guessed(found)
    assert (guess.severity, guess.confidence, guess.evidence) == (Severity.INFO, 0.4, found.evidence)
    assert "perhaps the labels hardly depend" in guess.summary


def test_at_rest_the_argument_that_would_decide_is_named() -> None:
    """Unless it was given."""
    series = train(Mlp((64, 16, 10)), sgd(0.05), 60)
    for mean, named in ((np.nan, True), (4.5, False)):
        context = Context(replace(series, step_values={**series.step_values, "label_mean": np.full(60, mean)}))
        assert context.trend is not None
        found = advice.at_rest(context, context.trend, threshold=0.05)
        assert ("labels= in log_step" in found.summary) is named


def test_a_share_is_told_in_percent() -> None:
    """Of a constant answer's loss, and of the first loss on validation data."""
    assert "at 75 % of what one constant answer costs" in advice.high_floor(0.75, 2.3, threshold=0.6).summary
    validation = np.array([2.0, 1.96, 2.4])
    found = advice.serves_no_other(validation, 0.01, threshold=0.95)
    assert "fell to 1 % of its start" in found.summary
    assert "never came below 98 % of its own" in found.summary
    assert found.evidence["best_validation_loss"] == 1.96


@pytest.mark.parametrize(("spread", "looks", "hidden"), [(0.0, 3, True), (0.0, 1, False), (0.01, 3, False)])
def test_outputs_that_never_differ_show_that_the_inputs_are_hidden(spread: float, looks: int, *, hidden: bool) -> None:
    """As behind an attention mask the wrong way round; a net that learned a constant answers not quite the same."""
    series = train(Mlp((64, 16, 10)), sgd(0.05), 60)
    seen = np.where(np.arange(60) < looks, 1.0, np.nan)
    probes = {"output_spread": seen * spread, "output_mean": seen * 0.1, "output_std": seen * 0.2}
    context = Context(replace(series, step_values={**series.step_values, **probes}))
    constant = Constant(2.3, 2.3, "the entropy of the labels", seen=True)
    found = advice.no_better_than(context, constant, 2.29, 0.1, above=0.08, threshold=0.05)
    assert ("the inputs do not reach the outputs" in found.summary) is hidden
    assert ("attention mask" in found.advice[0]) is hidden
