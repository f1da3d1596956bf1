"""A group of variables on its way to a record: what it belongs to, its rows, and what is still to be learnt of it."""

import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_convergence import __version__
from tb_convergence.record.group import LEAD, Group
from tb_convergence.record.layers import Layers, depths
from tb_convergence.record.optimizer import describe, find
from tb_convergence.record.pacing import Batch, Kind, Pacing
from tb_convergence.record.ring import apart
from tb_convergence.record.rows import Rows, joined, single_rows
from tb_convergence.record.sampling import SAMPLE, limit_for, places
from tb_convergence.record.sink import Stream
from tb_convergence.record.weights import is_variable, raw, read_all
from tb_convergence.record.windows import window_statistics, window_step_statistics
from tb_convergence.schema.manifest import Manifest, Variable
from tb_convergence.schema.record import MAX_ROWS

SEARCHES = (
    2  # for the optimizer: at the first step, and, where log_step precedes the update that builds it, at the second
)
SELDOM = 0.4  # s after which rows are taken out of a ring, however few
FILLED = 0.2  # share of a ring that is not waited for


class Queued(NamedTuple):
    """Rows that are to be written, and when that was decided."""

    kind: Kind
    rows: Rows
    since: float


@dataclass(slots=True)
class Recording:
    """A group, what it belongs to, and its rows on the way to a record.

    Attributes:
      sources: a weak reference to each variable, ``None`` for a tensor.
      pacing: decides what is written of the rows.
      outbox: what it has decided on, in order.
      announced: the manifests that have been written.
      late_update: whether a row that waited turned out to have an update after all; ``None``: none has waited yet.
      state: a weak reference to each variable that a call of the model may change, beside the trained ones.
      newest: the newest row of the ring, held back where the session waits for numbers about it; or ``None``.
      searches: how often the optimizer was looked for; before its first update it cannot be found.
    """

    stream: Stream
    group: Group
    manifest: Manifest
    sources: list[Callable[[], Any] | None]
    pacing: Pacing
    outbox: deque[Queued] = field(default_factory=deque)
    read_at: float = field(default_factory=time.time)
    announced: dict[Kind, Manifest] = field(default_factory=dict)
    late_update: bool | None = None
    optimizer: Any = None
    searches: int = 0
    newest: NDArray[np.float64] | None = None
    state: list[Callable[[], Any] | None] = field(default_factory=list)

    def fits(self, sources: Sequence[Any], *, reference: bool) -> bool:
        """Whether these are the same variables; a tensor stands for whatever had its place and shape."""
        if reference == self.referenced and self.refers_to(sources):
            return True
        shapes = [tuple(s.shape) for s in sources]
        return (
            shapes == [v.shape for v in self.group.variables]
            and reference == self.referenced
            and all(
                r is None or not is_variable(s) or r() is raw(s) for r, s in zip(self.sources, sources, strict=True)
            )
        )

    @property
    def referenced(self) -> bool:
        """Whether the tape's own gradients are compared with those given."""
        return "reference_norm" in self.group.statistics

    def refers_to(self, sources: Sequence[Any]) -> bool:
        """Whether these are the very variables that are referred to."""
        return len(sources) == len(self.sources) and all(
            r is not None and r() is raw(s) for r, s in zip(self.sources, sources, strict=True)
        )

    def due(self, now: float) -> bool:
        """Whether rows should be taken out: asking how many there are costs a tenth of that."""
        return now - self.read_at > SELDOM or self.group.ring.filled > FILLED

    def renew(self, sources: Sequence[Any], optimizer: Any) -> None:
        """Notes that a variable has become a tensor, so that the old one is not asked any more; and the optimizer."""
        if not self.refers_to(sources):
            self.sources = _references(sources)
        if optimizer is None and self.optimizer is None and self.searches < SEARCHES:
            self.searches += 1
            optimizer = find(sources)
        if optimizer is not None and optimizer is not self.optimizer:
            self.optimizer = optimizer
            self.manifest = replace(self.manifest, optimizer=apart(lambda: describe(optimizer)))

    def weights(self) -> list[Any] | None:
        """The variables' values now; ``None`` when one of them is a tensor or gone."""
        found = [None if r is None else r() for r in self.sources]
        return None if any(v is None for v in found) else read_all(found)


def _references(sources: Sequence[Any]) -> list[Callable[[], Any] | None]:
    return [weakref.ref(raw(s)) if is_variable(s) else None for s in sources]


def new_recording(
    stream: Stream,
    sources: Sequence[Any],
    model: Any,
    *,
    reference: bool,
    limit: Callable[[], int | None],
    extras: Sequence[str] = (),
) -> Recording:
    """A group for these sources, and the manifest that describes it; ``limit`` as in ``Recorder.recording``."""
    layers = Layers(sources, model)
    most = min(limit() or SAMPLE, limit_for(len(sources)))
    variables = _variables(sources, stream.names.of(sources, model), layers, most)
    group = apart(lambda: Group(variables, stream.counter, limit=most, reference=reference, extras=extras))
    session = stream.session
    manifest = Manifest(
        session=session.id,
        started=session.started,
        index=stream.next_manifest(),
        stream=stream.name,
        variables=group.variables,
        statistics=group.statistics,
        step_statistics=group.step_statistics,
        recorder={
            "tb_convergence": __version__,
            "tensorflow": tf.__version__,
            "sample": most,
            "whole_every": group.whole_every,
        },
    )
    pacing = Pacing(session.budget, group.statistics, group.step_statistics, every=session.every)
    return Recording(stream, group, manifest, _references(sources), pacing, state=_references(layers.state()))


def _variables(sources: Sequence[Any], known: Sequence[str], layers: Layers, limit: int) -> list[Variable]:
    found = []
    for source, name, depth, activation in zip(
        sources, known, depths(sources, layers), layers.activations(), strict=True
    ):
        if source.shape.num_elements() is None if isinstance(source.shape, tf.TensorShape) else None in source.shape:
            raise ValueError(f"{name} has shape {source.shape}: only sources of a fully known shape can be recorded")
        plain = Variable(name, tuple(source.shape), tf.as_dtype(source.dtype).name, depth, activation=activation)
        chosen = places(plain.shape, limit)
        found.append(plain if chosen is None else replace(plain, sampled=chosen.number))
    return found


def finish(recording: Recording, *, final: bool) -> None:
    """Completes the waiting row, unless it may yet get its update: ``log_step`` may have come before it."""
    with recording.group.lock:  # what is read of the weights holds until it is written
        if not recording.group.waiting:
            return
        weights = recording.weights()
        changed = weights is not None and recording.group.changed(weights)
        if final or changed or (recording.late_update is False and weights is not None):
            recording.group.finish(weights)


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
