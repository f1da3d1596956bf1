"""Decoded tags of one TensorBoard run → its series, one for each stream."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tb_convergence.read.blocks import Block, RecordsTag
from tb_convergence.read.columns import Columns, Piece
from tb_convergence.read.sessions import gap_notes, kept_rows, repeat_notes, restart_notes, restart_steps
from tb_convergence.read.variables import merge_variables, shape_notes
from tb_convergence.read.windows import cut_windows, written_again
from tb_convergence.schema.manifest import Manifest, Variable
from tb_convergence.schema.tags import Tag
from tb_convergence.series import Note, Series, Values


@dataclass(slots=True)
class Session:
    """The decoded tags of one session of one stream.

    Attributes:
      name: its id, which sorts by start time.
      manifests: by index.
      records: by chunk.
      notes: about manifests that could not be read.
    """

    name: str
    manifests: dict[int, Manifest] = field(default_factory=dict)
    records: dict[int, RecordsTag] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    @property
    def started(self) -> float:
        """Unix seconds; infinity while no manifest has been seen."""
        return min((m.started for m in self.manifests.values()), default=np.inf)


D = TypeVar("D", bound=np.generic)
Decoded = RecordsTag | tuple[Manifest | None, tuple[Note, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    session: int
    manifest: Manifest
    block: Block


def sessions_of(tags: Mapping[Tag, Decoded]) -> dict[str | None, list[Session]]:
    """Stream → its sessions in order of start."""
    streams: dict[str | None, dict[str, Session]] = defaultdict(dict)
    for tag, decoded in tags.items():
        session = streams[tag.stream].setdefault(tag.session, Session(tag.session))
        if isinstance(decoded, RecordsTag):
            session.records[tag.number] = decoded
        else:
            manifest, notes = decoded
            session.notes += notes
            if manifest is not None:
                session.manifests[tag.number] = manifest
    return {
        stream: sorted(found.values(), key=lambda s: (s.started, s.name))
        for stream, found in sorted(streams.items(), key=_unnamed_first)
    }


def _unnamed_first(item: tuple[str | None, object]) -> tuple[bool, str]:
    return item[0] is not None, item[0] or ""


def series_name(run: str, stream: str | None) -> str:
    """The name shown to people."""
    return run if stream is None else f"{run}:{stream}"


def assemble(name: str, sessions: Sequence[Session], notes: Iterable[Note] = ()) -> Series:
    """The series of one stream from its sessions, in order of start; ``notes`` of whoever read the files come first."""
    said = [*notes, *(note for session in sessions for note in _session_notes(session))]
    chunks = list(_chunks(sessions, said))
    manifests = [session.manifests[i] for session in sessions for i in sorted(session.manifests)]
    variables = merge_variables(manifests)
    steps = _joined([c.block.steps for c in chunks], np.int64)
    owner = np.repeat([c.session for c in chunks], [len(c.block.steps) for c in chunks]).astype(np.int64)
    times = _joined([c.block.wall_times for c in chunks], np.float64)
    kept = kept_rows(steps)
    repeated = repeat_notes(steps, owner, written_again(steps, times, owner))
    said += (*restart_notes(steps, owner, kept, times), *repeated, *shape_notes(manifests))
    return Series(
        run=name,
        variables=variables,
        steps=_frozen(steps[kept]),
        wall_times=_frozen(times[kept]),
        windows=_frozen(cut_windows(steps[kept], _joined([c.block.windows for c in chunks], np.int32)[kept])),
        values=Columns(_pieces(chunks, variables, kept), len(variables)),
        step_values=_step_values(chunks, kept),
        optimizer=next((m.optimizer for m in reversed(manifests) if m.optimizer is not None), None),
        notes=tuple(said),
        restarts=restart_steps(steps[kept], owner[kept]),
        dropout=manifests[-1].dropout if manifests else {},
        untrained=manifests[-1].untrained if manifests else (),
    )


def _session_notes(session: Session) -> Iterable[Note]:
    tags = [session.records[chunk] for chunk in sorted(session.records)]
    yield from session.notes
    yield from (note for tag in tags for note in tag.notes)
    spans = sorted((span for tag in tags for span in tag.spans), key=lambda s: s.sequence)
    yield from gap_notes(spans, [step for tag in tags for step in tag.damaged])


def _chunks(sessions: Sequence[Session], said: list[Note]) -> Iterable[_Chunk]:
    for number, session in enumerate(sessions):
        unnamed = 0
        for chunk in sorted(session.records):
            for block in session.records[chunk].blocks:
                manifest = session.manifests.get(block.manifest)
                if manifest is None or not _fits(manifest, block):
                    unnamed += len(block.steps)
                else:
                    yield _Chunk(number, manifest, block)
        if unnamed:
            said.append(_without_manifest(session, unnamed))


def _fits(manifest: Manifest, block: Block) -> bool:
    expected = (len(manifest.statistics), len(manifest.variables), len(manifest.step_statistics))
    return (block.values.shape[0], block.values.shape[2], block.step_values.shape[0]) == expected


def _without_manifest(session: Session, rows: int) -> Note:
    return Note(
        "warning",
        f"{rows} steps of session {session.name} are left out: the manifest that names their variables is missing or "
        "does not fit. TensorBoard may still be loading the run; otherwise the event file is damaged.",
    )


def _pieces(chunks: Sequence[_Chunk], variables: Sequence[Variable], kept: NDArray[np.bool_]) -> list[Piece]:
    column = {variable.name: i for i, variable in enumerate(variables)}
    ends = np.cumsum([len(c.block.steps) for c in chunks])
    return [
        Piece(
            values=chunk.block.values,
            statistics=chunk.manifest.statistics,
            rows=kept[end - len(chunk.block.steps) : end],
            columns=np.array([column[v.name] for v in chunk.manifest.variables], np.int64),
        )
        for chunk, end in zip(chunks, ends, strict=True)
    ]


def _step_values(chunks: Sequence[_Chunk], kept: NDArray[np.bool_]) -> dict[str, Values]:
    names = dict.fromkeys(name for c in chunks for name in c.manifest.step_statistics)
    return {name: _frozen(_joined([_step_row(c, name) for c in chunks], np.float64)[kept]) for name in names}


def _step_row(chunk: _Chunk, name: str) -> Values:
    if name not in chunk.manifest.step_statistics:
        return np.full(len(chunk.block.steps), np.nan)
    return chunk.block.step_values[chunk.manifest.step_statistics.index(name)]


def _joined(arrays: Sequence[NDArray[D]], dtype: type[D]) -> NDArray[D]:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype)


def _frozen(array: NDArray[D]) -> NDArray[D]:
    array.flags.writeable = False
    return array
