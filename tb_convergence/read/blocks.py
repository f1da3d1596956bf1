"""Payloads of one tag → arrays by statistic.

A tag holds at most eight records and is never written again after that, so what is decoded here once is kept while the
run grows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.read.stored import Stored
from tb_convergence.schema import manifest as manifest_codec
from tb_convergence.schema import record as record_codec
from tb_convergence.schema.envelope import DamagedPayloadError, NewerSchemaError
from tb_convergence.schema.manifest import Manifest
from tb_convergence.schema.record import Record
from tb_convergence.schema.tags import Tag
from tb_convergence.series import Note


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive records of one tag that share a manifest.

    Attributes:
      manifest: index of the manifest that names the axes.
      steps: int64 [T].
      wall_times: float64 [T], Unix seconds.
      windows: int32 [T], training steps per row.
      step_values: float64 [P, T].
      values: float32 [S, T, V].
    """

    manifest: int
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    windows: NDArray[np.int32]
    step_values: NDArray[np.float64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """The steps that the record number ``sequence`` covers."""

    sequence: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class RecordsTag:
    """What one tag of records holds.

    Attributes:
      blocks: in order.
      spans: one a record, in order of sequence.
      damaged: first steps of the records that could not be decoded.
      notes: about these.
    """

    blocks: tuple[Block, ...]
    spans: tuple[Span, ...]
    damaged: tuple[int, ...]
    notes: tuple[Note, ...]


def decode_records(tag: Tag, stored: Sequence[Stored]) -> RecordsTag:
    """Decodes a tag of records; a damaged one is left out and said."""
    records: dict[int, Record] = {}
    damaged: list[int] = []
    notes: list[Note] = []
    for item in stored:
        try:
            record = record_codec.decode(item.data)
            records[record.sequence] = record  # one that was written twice: the later
        except (DamagedPayloadError, NewerSchemaError) as error:
            damaged.append(item.step)
            notes.append(_unreadable(f"The record that begins at step {item.step} ({tag})", error))
    ordered = [records[sequence] for sequence in sorted(records)]
    spans = tuple(Span(r.sequence, int(r.steps[0]), int(r.steps[-1])) for r in ordered)
    return RecordsTag(tuple(_blocks(ordered)), spans, tuple(damaged), tuple(notes))


def decode_manifest(tag: Tag, stored: Sequence[Stored]) -> tuple[Manifest | None, tuple[Note, ...]]:
    """Decodes a tag that holds a manifest; ``None`` and a note when it is damaged."""
    notes: list[Note] = []
    for item in reversed(stored):
        try:
            return manifest_codec.decode(item.data), ()
        except (DamagedPayloadError, NewerSchemaError) as error:
            notes.append(_unreadable(f"The manifest {tag}", error))
    return None, tuple(notes)


def _unreadable(what: str, error: Exception) -> Note:
    if isinstance(error, NewerSchemaError):
        return Note("warning", f"{what} was written by a newer tb_convergence: {error}.")
    return Note("warning", f"{what} is damaged and was left out: {error}.")


def _blocks(records: Iterable[Record]) -> list[Block]:
    runs: list[list[Record]] = []
    for record in records:
        if runs and _axes(runs[-1][0]) == _axes(record):
            runs[-1].append(record)
        else:
            runs.append([record])
    return [_block(run) for run in runs]


def _axes(record: Record) -> tuple[int, ...]:
    return (record.manifest, record.step_values.shape[1], *record.values.shape[1:])


def _block(records: Sequence[Record]) -> Block:
    values = np.concatenate([r.values for r in records])  # [T, V, S]
    return Block(
        manifest=records[0].manifest,
        steps=np.concatenate([r.steps for r in records]).astype(np.int64, copy=False),
        wall_times=np.concatenate([r.wall_times for r in records]).astype(np.float64, copy=False),
        windows=np.concatenate([r.windows for r in records]).astype(np.int32, copy=False),
        step_values=np.ascontiguousarray(np.concatenate([r.step_values for r in records]).T),
        values=np.ascontiguousarray(np.moveaxis(values, 2, 0)),  # [S, T, V]: a statistic is read as one piece
    )
