"""Restarts, repeats and losses."""

import numpy as np
import pytest

from tb_convergence.read.blocks import Span
from tb_convergence.read.sessions import gap_notes, kept_rows, repeat_notes, restart_notes, restart_steps

RNG = np.random.default_rng(0)


def kept(*steps: int) -> list[int]:
    """The steps that count, in the order of writing."""
    array = np.array(steps, np.int64)
    return array[kept_rows(array)].tolist()


def slow_kept(steps: list[int]) -> list[int]:
    """The rule said plainly: a row drops all earlier rows at its step or beyond."""
    rows: list[int] = []
    for step in steps:
        rows = [earlier for earlier in rows if earlier < step]
        rows.append(step)
    return rows


def test_a_step_takes_the_place_of_what_was_at_or_beyond_it() -> None:
    """A job restarted from a checkpoint continues the curve; it does not double it."""
    assert kept(0, 1, 2, 3, 4, 2, 3) == [0, 1, 2, 3]
    assert kept(0, 1, 2, 1, 3) == [0, 1, 3]
    assert kept(5, 5, 5) == [5]
    assert kept(7) == [7]
    assert kept() == []


@pytest.mark.parametrize("seed", range(20))
def test_the_rows_kept_are_those_of_the_plain_rule(seed: int) -> None:
    """The fast form agrees with the slow one, and leaves steps strictly increasing."""
    steps = np.random.default_rng(seed).integers(0, 12, size=30)
    found = kept(*steps.tolist())
    assert found == slow_kept(steps.tolist())
    assert found == sorted(set(found))


def test_a_restart_is_said_with_what_it_replaced() -> None:
    """Numbers that are no longer shown are named."""
    steps, sessions = np.array([0, 1, 2, 3, 2, 3, 4]), np.array([0, 0, 0, 0, 1, 1, 1])
    rows = kept_rows(steps)
    assert restart_steps(steps[rows], sessions[rows]) == (2,)
    (note,) = restart_notes(steps, sessions, rows)
    assert note.severity == "info"
    assert "restarted at step 2" in note.text
    assert "2 rows" in note.text
    assert "steps 2 to 3" in note.text


def test_a_restart_that_replaced_nothing_is_said_too() -> None:
    """A gap in wall time or a new seed may explain what is seen there."""
    steps, sessions = np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1])
    (note,) = restart_notes(steps, sessions, kept_rows(steps))
    assert "goes on at step 2" in note.text


@pytest.mark.parametrize(("overlap", "severity"), [(60.0, "warning"), (0.5, "info"), (-60.0, "info")])
def test_two_processes_in_one_directory_are_told_from_a_restart(overlap: float, severity: str) -> None:
    """Both recorded for a while; a clock that is a little off is no second process."""
    steps, sessions = np.array([0, 1, 2, 0, 1, 2]), np.array([0, 0, 0, 1, 1, 1])
    times = np.array([100.0, 150.0, 200.0, 200.0 - overlap, 250.0, 300.0])
    (note,) = restart_notes(steps, sessions, kept_rows(steps), times)
    assert note.severity == severity
    assert ("Give each run a directory of its own" in note.text) == (severity == "warning")


def test_a_step_recorded_twice_in_a_session_is_said() -> None:
    """Two models logged under one name look like this."""
    steps, sessions = np.array([0, 0, 1, 1]), np.zeros(4, np.int64)
    (note,) = repeat_notes(steps, sessions)
    assert "2 rows" in note.text
    assert "name=" in note.text
    assert list(repeat_notes(np.array([0, 1]), np.zeros(2, np.int64))) == []
    assert list(repeat_notes(steps, sessions, np.array([True, False, True, False]))) == []
    assert list(repeat_notes(np.zeros(0, np.int64), np.zeros(0, np.int64))) == []


def test_a_missing_record_is_said_with_its_place() -> None:
    """A hole in the curve is never passed over in silence."""
    spans = [Span(0, 0, 63), Span(1, 64, 127), Span(4, 256, 319)]
    (note,) = gap_notes(spans, [])
    assert note.severity == "warning"
    assert "2 records are missing between steps 127 and 256" in note.text
    (first,) = gap_notes([Span(1, 64, 127)], [])
    assert "1 record is missing before step 64" in first.text
    assert list(gap_notes(spans[:2], [])) == []
    assert list(gap_notes([], [])) == []


def test_a_damaged_record_is_not_said_twice() -> None:
    """Its own note has named it already."""
    spans = [Span(0, 0, 63), Span(2, 128, 191)]
    assert list(gap_notes(spans, [64])) == []
    assert len(list(gap_notes(spans, [400]))) == 1
