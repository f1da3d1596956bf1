"""Restarts, repeats and losses: which rows of a stream count, and what is to be said about the others."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tb_convergence.read.blocks import Span
from tb_convergence.schema.record import MAX_ROWS
from tb_convergence.series import Note


def kept_rows(steps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows that no later row supersedes: a row with step s takes the place of all earlier rows with step ≥ s.

    ``steps`` [T] are in the order of writing, session after session. One rule serves a job that was restarted from a
    checkpoint, a step counter that was set back, and a step that was recorded twice.
    """
    if not len(steps):
        return np.zeros(0, bool)
    smallest_from_here = np.minimum.accumulate(steps[::-1])[::-1]
    return np.append(steps[:-1] < smallest_from_here[1:], True)


def restart_steps(steps: NDArray[np.int64], sessions: NDArray[np.int64]) -> tuple[int, ...]:
    """First step of each session after the first, of the rows that are kept."""
    first = np.flatnonzero(np.diff(sessions)) + 1
    return tuple(int(s) for s in steps[first])


AT_ONCE = 5.0
"""s that two sessions must both have been recording before they are taken for two processes; clocks differ by less."""


def restart_notes(
    steps: NDArray[np.int64],
    sessions: NDArray[np.int64],
    kept: NDArray[np.bool_],
    times: NDArray[np.float64] | None = None,
) -> Iterable[Note]:
    """What each restart replaced; all [T] before anything is left out, ``times`` in seconds."""
    for session in np.unique(sessions)[1:]:
        start = int(steps[sessions == session].min())
        if times is not None and times[sessions < session].max() - times[sessions == session].min() > AT_ONCE:
            yield Note(
                "warning",
                f"Two processes recorded into this directory at once, the second from step {start} on: the rows "
                "of one replace those of the other. Give each run a directory of its own.",
            )
            continue
        replaced = (sessions < session) & (steps >= start) & ~kept
        lost = steps[replaced]
        if len(lost):
            yield Note(
                "info",
                f"Recording was restarted at step {start}. It replaces {len(lost)} rows that were recorded before, of "
                f"steps {lost.min()} to {lost.max()}.",
            )
        else:
            yield Note("info", f"Recording was restarted and goes on at step {start}.")


def repeat_notes(
    steps: NDArray[np.int64], sessions: NDArray[np.int64], again: NDArray[np.bool_] | None = None
) -> Iterable[Note]:
    """Says when a session recorded a step again; ``again`` [T]: rows that were only written again, as they were."""
    fresh = np.zeros(len(steps), np.bool_) if again is None else again
    of_session = [(steps[sessions == s], fresh[sessions == s]) for s in np.unique(sessions)]
    repeated = np.concatenate([steps[:0], *(own[~kept_rows(own) & ~mere] for own, mere in of_session)])
    if len(repeated):
        yield Note(
            "warning",
            f"{len(repeated)} rows were recorded again within one session, from step {repeated.min()} on: only the "
            "later ones are shown. Call log_step once a step; with several models, give each its own name=.",
        )


def gap_notes(spans: Sequence[Span], damaged: Sequence[int]) -> Iterable[Note]:
    """Says which records of a session are missing; ``spans`` in order of sequence.

    Those in ``damaged`` have been said already, by the step at which they begin.
    """
    before = Span(-1, -1, -1)
    for span in spans:
        lost = span.sequence - before.sequence - 1
        lost -= sum(before.last < step < span.first for step in damaged) if lost > 0 else 0
        if lost > 0:
            where = (
                f"between steps {before.last} and {span.first}" if before.sequence >= 0 else f"before step {span.first}"
            )
            are = "1 record is" if lost == 1 else f"{lost} records are"
            yield Note("warning", f"{are} missing {where}: up to {lost * MAX_ROWS} rows.")
        before = span
