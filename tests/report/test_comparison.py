"""The comparison of two runs, as people and programs read it."""

import json
from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.comparison import compare
from tb_convergence.report.comparison import comparison_document, comparison_text
from tb_convergence.report.numbers import encoded
from tests.diagnose.simulate import parabola, sgd

HIGH, LOW = replace(parabola(sgd(1.5), 20), run="high"), replace(parabola(sgd(0.1), 40), run="low")


def test_the_document_holds_the_comparison() -> None:
    """Under the names of the fields."""
    found = json.loads(encoded(comparison_document(compare(HIGH, LOW))))
    assert found["schema"] == 1
    assert [run["run"] for run in found["runs"]] == ["high", "low"]
    assert found["parting"]["step"] == 0
    assert found["parting"]["statistic"] == "update_norm"
    assert found["explanation"] == found["differences"][0]
    assert found["explanation"]["kind"] == "learning_rate"


def test_the_document_of_equal_runs_holds_null() -> None:
    """Nothing to say is null, not a word."""
    found = comparison_document(compare(LOW, LOW))
    assert (found["parting"], found["explanation"], found["differences"]) == (None, None, [])


def test_a_value_that_is_no_number_travels() -> None:
    """As it does everywhere else: by name."""
    loss = LOW.step("loss").copy()
    loss[5:] = np.nan
    broken = replace(LOW, step_values={**LOW.step_values, "loss": loss})
    found = comparison_document(compare(broken, LOW))
    assert found["parting"]["values"][0] == "NaN"


def test_the_text_says_verdicts_parting_and_differences() -> None:
    """In this order."""
    lines = comparison_text(compare(HIGH, LOW)).splitlines()
    assert lines[0].startswith("high: Diverging")
    assert lines[1].startswith("low: ")
    assert lines[3].startswith("They part at step 0")
    assert lines[5:] == ["In what they differ (high | low):", "  learning rate: 1.5 | 0.1"]
