"""Rows of a recording on their way from its ring to its writer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from tb_convergence.record.group import LEAD
from tb_convergence.record.pacing import Batch, Kind
from tb_convergence.record.recording import Queued, Recording
from tb_convergence.record.rows import joined, single_rows
from tb_convergence.record.windows import window_statistics, window_step_statistics
from tb_convergence.schema.manifest import Manifest
from tb_convergence.schema.record import MAX_ROWS


def count_repeated(recording: Recording, steps: NDArray[np.float64]) -> None:
    """How many rows have the step of the row before: a counter that stands still while training goes on."""
    recording.repeated += int((np.diff(steps, prepend=recording.last_step) == 0.0).sum())
    recording.last_step = float(steps[-1]) if len(steps) else recording.last_step


def learn(recording: Recording, rows: NDArray[np.float64]) -> None:
    """Whether rows that waited had an update after all: then ``log_step`` stands before it."""
    late = rows[rows[:, 1] == 1.0]
    if len(late):
        column = recording.group.statistics.index("update_norm")
        norms = late[:, recording.group.header + column :: len(recording.group.statistics)]
        recording.late_update = bool(recording.late_update) or bool(np.any(norms != 0))


def collect(recording: Recording, now: float) -> int:
    """Takes what is new out of the ring, and decides what is written of it; how many calls that were."""
    group = recording.group
    found = group.ring.read()
    cells = _held_back(recording, group.assembly.rows(found))
    times = np.linspace(recording.read_at, now, len(cells) + 1)[1:]
    recording.read_at = now
    take(recording, cells, times, now)
    return len(found)


def _held_back(recording: Recording, cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rows without the newest, which takes the place of the one held back before."""
    if not recording.stream.session.holds_newest or not len(cells):
        return cells
    held = cells[:0] if recording.newest is None else recording.newest
    recording.newest = cells[-1:].copy()
    return np.concatenate([held, cells[:-1]])


def release(recording: Recording, now: float) -> None:
    """Lets go of the row that is held back."""
    held, recording.newest = recording.newest, None
    if held is not None:
        take(recording, held, np.array([now]), now)


def note(recording: Recording, values: Mapping[str, float], now: float) -> None:
    """Writes numbers into the row that is held back, and lets go of it: it is written, whatever the pacing says."""
    names = recording.group.step_statistics
    if recording.newest is not None and any(name in names for name in values):
        for name, value in values.items():
            if name in names:
                recording.newest[0, LEAD + names.index(name)] = value
        recording.pacing.insist()
        release(recording, now)


def take(recording: Recording, cells: NDArray[np.float64], times: NDArray[np.float64], now: float) -> None:
    """Decides what is written of rows of the ring, and puts it into the outbox."""
    group = recording.group
    learn(recording, cells)
    count_repeated(recording, cells[:, 0])
    shape = len(group.variables), len(group.statistics)
    rows = single_rows(cells, times, lead=LEAD, step_statistics=len(group.step_statistics), shape=shape)
    queue(recording, recording.pacing.take(rows), now)


def queue(recording: Recording, batches: Iterable[Batch], now: float) -> None:
    """Puts rows into the outbox."""
    recording.outbox.extend(Queued(kind, rows, now) for kind, rows in batches)


def write(recording: Recording, before: float) -> None:
    """Writes what fills a record, what something of another kind follows, and what is older than ``before``."""
    outbox = recording.outbox
    while outbox:
        kind, alike = next((kind, list(group)) for kind, group in groupby(outbox, attrgetter("kind")))
        rows = joined([q.rows for q in alike])
        due = alike[0].since <= before or len(alike) < len(outbox)
        count = len(rows) if due else len(rows) // MAX_ROWS * MAX_ROWS
        if not count:
            return
        for _ in alike:
            outbox.popleft()  # first: a writer that fails must not be tried for ever
        if count < len(rows):
            outbox.appendleft(Queued(kind, rows[count:], alike[-1].since))
        recording.stream.write_rows(_announced(recording, kind), rows[:count])


def _announced(recording: Recording, kind: Kind) -> Manifest:
    """The manifest of such rows, written before the first of them."""
    if kind not in recording.announced:
        manifest = recording.manifest
        if kind is Kind.WINDOW:
            manifest = replace(
                manifest,
                index=recording.stream.next_manifest(),
                statistics=window_statistics(manifest.statistics),
                step_statistics=window_step_statistics(manifest.step_statistics),
            )
        recording.stream.write_manifest(manifest)
        recording.announced[kind] = manifest
    return recording.announced[kind]
