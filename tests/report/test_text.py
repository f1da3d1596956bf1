"""What a newcomer reads in the terminal."""

import re
from dataclasses import replace

import pytest

from tb_convergence.diagnose.finding import Severity
from tb_convergence.report.text import Page, terminal
from tests.report.diagnoses import CAUSE, EMPTY, SICK

TEXT = terminal([SICK], Page())


def test_the_verdict_comes_first() -> None:
    """Then the cause, then its consequence, then what is clear."""
    order = ["DIVERGED", "Diverging since step 1", "1. Learning rate too high", "2. Loss diverges", "checked and clear"]
    places = [TEXT.index(part) for part in order]
    assert places == sorted(places)


def test_a_finding_has_numbers_and_advice() -> None:
    """Where, with what evidence, what to do, and what will be seen then."""
    assert "dense/kernel, dense/bias" in TEXT
    assert "stability number 3," in TEXT
    assert "→ Lower the learning rate from 1.5" in TEXT
    assert "A stability number below 2." in TEXT
    assert "error · from step 1 · 97 % sure" in TEXT
    assert "a consequence of 1, learning rate too high" in TEXT


def test_a_consequence_points_to_its_cause_before_its_own_advice() -> None:
    """What is said against the consequence would not mend what brings it about."""
    cause, consequence = SICK.diagnosis.findings
    found = replace(SICK.diagnosis, findings=(cause, replace(consequence, advice=("Check the sign.",))))
    text = terminal([replace(SICK, diagnosis=found)], Page())
    assert "do      → First what 1 says; only if this stays after that:\n             → Check the sign." in text
    assert "First what" not in TEXT  # a consequence without advice of its own


def test_a_number_and_its_percent_sign_stay_on_one_line() -> None:
    """However the line falls."""
    cause = replace(CAUSE, advice=tuple("x" * n + " by 4.4 % of it" for n in range(70, 80)))
    found = terminal([replace(SICK, diagnosis=replace(SICK.diagnosis, findings=(cause,)))], Page())
    assert found.count("4.4 %") == 10


def test_what_was_not_checked_is_not_called_clear() -> None:
    """Each with its reason."""
    assert "checked and clear: dead-units, missing-gradient" in TEXT
    assert "not applicable: vanishing-gradient (needs 4 weight matrices)" in TEXT
    assert "not enough evidence: low-learning-rate (needs 100 steps, got 50)" in TEXT


def test_damage_of_the_data_is_said_before_the_findings() -> None:
    """They may rest on what is missing."""
    assert TEXT.index("warning: 1 record is missing") < TEXT.index("1. Learning rate too high")


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    """Long summaries, many variables and long evidence are broken at words."""
    long = replace(CAUSE, summary="word " * 80, variables=tuple(f"layer_{i}/kernel" for i in range(40)))
    many = replace(SICK, diagnosis=replace(SICK.diagnosis, findings=(long,)))
    found = terminal([many], Page(width=width))
    assert max(map(len, found.splitlines())) <= width
    assert "and 35 more" in " ".join(found.split())


def test_colour_is_an_addition_and_nothing_else() -> None:
    """Without it the same words stand there; with it nothing is said by colour alone."""
    coloured = terminal([SICK, EMPTY], Page(colour=True))
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == terminal([SICK, EMPTY], Page())
    assert "\x1b" not in TEXT


def test_several_runs_begin_with_an_overview() -> None:
    """One line each; a single run needs none."""
    lines = terminal([SICK, EMPTY], Page()).splitlines()
    assert lines[0].split() == ["lr/too", "high", "diverged", "Learning", "rate", "too", "high"]
    assert lines[1].endswith("nothing found")
    assert TEXT.startswith("lr/too high   DIVERGED")


def test_what_is_not_known_is_no_evidence_and_information_is_marked() -> None:
    """In the overview a run that is only told something does not look like one with a fault."""
    evidence = {"period": 3.0, "guess": float("nan"), "suggested_learning_rate": None}
    told = replace(CAUSE, severity=Severity.INFO, evidence=evidence)
    found = terminal([replace(SICK, diagnosis=replace(SICK.diagnosis, findings=(told,))), EMPTY], Page())
    assert found.splitlines()[0].endswith("Learning rate too high (info)")
    assert "evidence  period 3\n" in found
    assert "(info)" not in terminal([SICK, EMPTY], Page())


def test_of_several_runs_reasons_are_left_to_a_closer_look() -> None:
    """What does not apply is still named, never called clear; what more steps would tell keeps its reason."""
    found = terminal([SICK, EMPTY], Page())
    assert "not applicable: vanishing-gradient\n" in found
    assert "not enough evidence: low-learning-rate (needs 100 steps, got 50)" in found
    assert found.endswith("--run NAME for one run alone, or --format json.\n")
    assert "--run NAME" not in TEXT


def test_an_empty_run_is_said_plainly() -> None:
    """Neither clear nor ill."""
    assert terminal([EMPTY], Page()) == (
        "empty   TOO EARLY TO SAY   nothing recorded\n  Nothing has been recorded yet.\n"
    )


def test_code_is_set_without_backticks_and_not_broken() -> None:
    """A terminal has no code font; what is to be pasted stays on one line."""
    cause = replace(CAUSE, advice=("word " * 16 + "`tf.f(a, b)` and more `x`.",))
    found = terminal([replace(SICK, diagnosis=replace(SICK.diagnosis, findings=(cause,)))], Page())
    assert "`" not in found
    assert any("tf.f(a, b)" in line for line in found.splitlines())
