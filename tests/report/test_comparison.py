"""The comparison of two runs, as people and programs read it."""

import json
from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.comparison import Difference, compare
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


def test_what_differs_alike_is_one_line_and_of_a_kind_there_are_few() -> None:
    """Twelve layers of another activation do not fill the page, nor do fifty of another size."""
    found = compare(HIGH, LOW)
    activations = [Difference("activation", f"dense_{i}/kernel", ("sigmoid", "relu")) for i in range(12)]
    weights = [Difference("initial_weight", f"dense_{i}/kernel", (1.0, 10.0 + i)) for i in range(50)]
    lines = comparison_text(replace(found, differences=(*activations, *weights))).splitlines()[6:]
    assert lines[0] == "  activation dense_0/kernel and 11 more variables: sigmoid | relu"
    assert lines[1:] == [*(f"  initial weight dense_{i}/kernel: 1 | {10 + i}" for i in range(3)),
                         "  47 more differences in initial weight"]  # fmt: skip


def test_the_text_says_verdicts_parting_and_differences() -> None:
    """In this order."""
    lines = comparison_text(compare(HIGH, LOW)).splitlines()
    assert lines[0].startswith("high: Diverging")
    assert lines[1].startswith("low: ")
    assert lines[3].startswith("They part at step 0")
    assert lines[5:] == ["In what they differ (high | low):", "  learning rate: 1.5 | 0.1"]
