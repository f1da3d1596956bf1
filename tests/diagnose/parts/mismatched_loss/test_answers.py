"""Labels or a loss beyond what the last layer can answer are told."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.mismatched_loss import RULE
from tb_convergence.diagnose.rules.rule import Clear, Found
from tests.diagnose.faults import line
from tests.diagnose.heads import with_head, with_steps
from tests.diagnose.networks import Mlp, train
from tests.diagnose.rules.asking import ask
from tests.diagnose.simulate import adam, sgd


def test_labels_out_of_reach_are_told() -> None:
    """A sigmoid for targets of ±20."""
    series = train(Mlp((8, 16, 1), head="sigmoid"), adam(1e-2), 200, data=line(0, labels=10.0), look=True)
    first = diagnose(series).findings[0]
    assert (first.id, first.severity) == ("mismatched-loss", Severity.ERROR)
    assert "answers only 0 to 1" in first.summary


@pytest.mark.parametrize(("scale", "severity"), [(4.0, Severity.WARNING), (1.2, None)])
def test_labels_mostly_out_of_reach_are_told_though_the_loss_falls(scale: float, severity: Severity | None) -> None:
    """Tanh for targets in ±4 can learn their signs; what goes a little beyond may be meant so."""
    x, y = line(0)
    y = scale * y / np.abs(y).max()
    series = train(Mlp((8, 16, 1), head="linear"), adam(1e-2), 200, data=(x, y), look=True)
    answer = ask(RULE, with_head(series, "tanh"))
    assert (answer.severity if isinstance(answer, Found) else None) == severity


def test_softmax_over_one_unit_is_told_at_once() -> None:
    """It answers 1 whatever goes in."""
    answer = ask(RULE, with_head(train(Mlp((8, 16, 1), head="linear"), sgd(0.01), 5, data=line(0)), "softmax"))
    assert isinstance(answer, Found)
    assert "single unit" in answer.summary


def test_relu_before_classes_is_told_where_the_run_is_bad() -> None:
    """And left alone where it learns."""
    bad = with_head(train(Mlp((64, 32, 10)), sgd(0.0), 60, look=True), "relu")
    assert isinstance(ask(RULE, bad), Found)
    assert isinstance(ask(RULE, with_head(train(Mlp((64, 32, 10)), sgd(0.1), 200, look=True), "relu")), Clear)


def test_a_squared_error_beyond_what_tanh_can_make_is_told() -> None:
    """Without labels=: 4 is the most for labels within ±1; below, it is no more than a guess."""
    series = with_head(train(Mlp((8, 1), head="linear"), sgd(0.0), 80, data=line(0)), "tanh")
    beyond, within = (ask(RULE, with_steps(series, loss=loss)) for loss in (6.0, 3.0))
    assert isinstance(beyond, Found)
    assert isinstance(within, Found)
    assert (beyond.severity, within.severity) == (Severity.ERROR, Severity.INFO)


def test_labels_beyond_a_sigmoid_show_in_a_loss_that_stays_high() -> None:
    """Without labels=: a constant answer costs ln 2 at most for labels in 0 … 1."""
    series = with_head(train(Mlp((8, 1), head="linear"), sgd(0.0), 80, data=line(0)), "sigmoid")
    assert isinstance(ask(RULE, with_steps(series, loss=3.0)), Found)
    assert not isinstance(ask(RULE, with_steps(series, loss=0.7)), Found)


def test_a_rectifier_at_the_end_is_guessed_at_where_labels_are_not_known() -> None:
    """As information, of a run that does not get far; with labels that it can answer it is clear."""
    net, (x, y) = Mlp((8, 16, 1), head="linear"), line(0)
    for rate, look, told in ((0.0, False, True), (0.1, False, False), (0.0, True, False)):
        data = (x, np.abs(y)) if look else (x, y)
        answer = ask(RULE, with_head(train(net, sgd(rate), 120, data=data, look=look), "relu"))
        guessed = isinstance(answer, Found) and answer.severity is Severity.INFO and "relu" in answer.summary
        assert guessed is told


@pytest.mark.parametrize(("left", "told"), [(0.3, True), (0.01, False)])
def test_tanh_at_the_end_is_a_guess_unless_the_loss_refutes_it(left: float, *, told: bool) -> None:
    """Without labels nobody knows whether they lie beyond ±1."""
    series = train(Mlp((8, 16, 1), head="linear"), sgd(0.01), 100, data=line(0))
    series.step("loss")[:] = np.geomspace(1.0, left, 100)
    answer = ask(RULE, with_head(series, "tanh"))
    assert isinstance(answer, Found) is told
    assert not isinstance(answer, Found) or (answer.severity, answer.confidence) == (Severity.INFO, 0.4)


@pytest.mark.parametrize(
    ("head", "high", "told"), [("softmax", 10.0, True), ("softmax", 9.0, False), ("linear", 10.0, False)]
)
def test_classes_without_an_output_are_told(head: str, high: float, *, told: bool) -> None:
    """Ten outputs, and labels from 1 to 10; raw outputs that train may be meant for counts."""
    series = train(Mlp((64, 32, 10)), adam(1e-2), 60)
    looked = {"label_classes": np.full(60, 10.0), "label_min": np.full(60, 1.0), "label_max": np.full(60, high)}
    answer = ask(RULE, with_head(replace(series, step_values={**series.step_values, **looked}), head))
    assert (isinstance(answer, Found) and "has 10 outputs" in answer.summary) is told


def test_raw_outputs_whose_loss_is_lost_had_no_counts_to_answer() -> None:
    """A GPU makes NaN of a class without an output."""
    series = with_head(train(Mlp((64, 32, 10)), adam(1e-2), 60), "linear")
    looked = {"label_classes": np.full(60, 10.0), "label_min": np.full(60, 1.0), "label_max": np.full(60, 10.0)}
    lost = {**series.step_values, **looked, "loss": np.where(np.arange(60) < 3, series.step("loss"), np.nan)}
    answer = ask(RULE, replace(series, step_values=lost))
    assert isinstance(answer, Found)
    assert (answer.severity, "`y = y - 1`" in answer.advice[0]) == (Severity.ERROR, True)
