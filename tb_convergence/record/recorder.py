"""The streams of this process: the only object here that holds state from call to call."""

import threading
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_convergence import __version__
from tb_convergence.record.drain import Drain
from tb_convergence.record.group import HEADER, Group
from tb_convergence.record.naming import names
from tb_convergence.record.observer import is_variable, raw, read
from tb_convergence.record.optimizer import describe, find
from tb_convergence.record.ring import apart
from tb_convergence.record.sampling import limit_for
from tb_convergence.record.sink import Session, Stream
from tb_convergence.schema.manifest import Manifest, Variable
from tb_convergence.schema.record import MAX_ROWS
from tb_convergence.schema.statistics import STEP_STATISTICS

SEARCHES = (
    2  # for the optimizer: at the first step, and, where log_step precedes the update that builds it, at the second
)
PATIENCE = 2.0  # s that a row may wait for others before it is written


class RecordingWarning(UserWarning):
    """Something could not be recorded; training is not affected."""


@dataclass(slots=True)
class Recording:
    """A group, what it belongs to, and its rows on the way to a record.

    Attributes:
      sources: a weak reference to each variable, ``None`` for a tensor.
      late_update: whether a row that waited turned out to have an update after all; ``None``: none has waited yet.
      searches: how often the optimizer was looked for; before its first update it cannot be found.
    """

    stream: Stream
    group: Group
    manifest: Manifest
    sources: list[Callable[[], Any] | None]
    rows: list[NDArray[np.float64]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    read_at: float = field(default_factory=time.time)
    announced: bool = False
    late_update: bool | None = None
    optimizer: Any = None
    searches: int = 0

    def fits(self, sources: Sequence[Any], *, reference: bool) -> bool:
        """Whether these are the same variables; a tensor stands for whatever had its place and shape."""
        shapes = [tuple(s.shape) for s in sources]
        return (
            shapes == [v.shape for v in self.group.variables]
            and reference == ("reference_norm" in self.group.statistics)
            and all(
                r is None or not is_variable(s) or r() is raw(s) for r, s in zip(self.sources, sources, strict=True)
            )
        )

    def renew(self, sources: Sequence[Any], optimizer: Any) -> None:
        """Notes that a variable has become a tensor, so that the old one is not asked any more; and the optimizer."""
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
        return None if any(v is None for v in found) else [read(v) for v in found]


class Recorder:
    """Finds the group of a step, and brings the rows of all groups to their writers."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sessions: dict[int, tuple[Any, Session]] = {}
        self._streams: dict[tuple[str, str | None], Stream] = {}
        self._recordings: list[Recording] = []
        self._started: Session | None = None
        self._warned: set[str] = set()
        self._drain = Drain(self.drain, lambda: self.flush(final=True))

    def start(self, logdir: str) -> None:
        """Begins a session whose writer is made in ``logdir`` when the first record is ready."""
        made: list[Any] = []

        def writer() -> Any:
            if not made:
                made.append(tf.summary.create_file_writer(logdir, filename_suffix=".convergence"))
            return made[0]

        with self._lock:
            self.flush(final=True)
            self._started = Session(writer)

    def session(self, writer: Any) -> Session | None:
        """The session of the caller's default writer, else the one that was started, else ``None``."""
        if writer is None:
            return self._started
        with self._lock:
            if id(writer) not in self._sessions:
                self._sessions[id(writer)] = (writer, Session(lambda: writer))
                self._before_close(writer)
            return self._sessions[id(writer)][1]

    def recording(
        self, session: Session, name: str | None, sources: Sequence[Any], *, model: Any, optimizer: Any, reference: bool
    ) -> Recording:
        """The recording that a step of these variables belongs to; made when there is none yet."""
        with self._lock:
            stream = self._stream(session, name)
            fitting = (r for r in self._recordings if r.stream is stream and r.fits(sources, reference=reference))
            found = next(fitting, None)
            if found is None:
                found = _new_recording(stream, sources, model, reference=reference)
                self._recordings.append(found)
                self._drain.begin()
            found.renew(sources, optimizer)
            return found

    def _stream(self, session: Session, name: str | None) -> Stream:
        key = (session.id, name)
        if key not in self._streams:
            counter = apart(lambda: tf.Variable(0, dtype=tf.int64, trainable=False, name="convergence_step"))
            self._streams[key] = Stream(session, name, counter)
        return self._streams[key]

    def drain(self, *, everything: bool = False) -> bool:
        """Empties the rings; writes what fills a record, or has waited long enough, or ``everything``.

        Returns:
          Whether a ring was more than half full, so that the next look should come sooner.
        """
        with self._lock:
            fuller = [self._drain_one(r, everything=everything) for r in self._recordings]  # all of them
            return any(fuller)

    def flush(self, *, final: bool = False) -> None:
        """Completes the rows that wait where their update is known, and writes everything.

        ``final``: there will be no further step, so every row is completed.
        """
        with self._lock:
            for recording in self._recordings:
                self.guarded(partial(_finish, recording, final=final))
            self.drain(everything=True)

    def _drain_one(self, recording: Recording, *, everything: bool) -> bool:
        return bool(self.guarded(lambda: self._collect(recording, everything=everything)))

    def _collect(self, recording: Recording, *, everything: bool) -> bool:
        lost = recording.group.ring.lost
        rows = recording.group.ring.read()
        now = time.time()
        if recording.group.ring.lost > lost:
            self.warn(f"steps were overwritten before they were read ({recording.group.ring.lost} lost so far)", "lost")
        recording.times += list(np.linspace(recording.read_at, now, len(rows) + 1)[1:])
        recording.rows += list(rows)
        recording.read_at = now
        _learn(recording, rows)
        while len(recording.rows) >= MAX_ROWS:
            _write(recording, MAX_ROWS)
        if recording.rows and (everything or now - recording.times[0] >= PATIENCE):
            _write(recording, len(recording.rows))
        return len(rows) > recording.group.ring.rows // 2

    def guarded(self, action: Callable[[], Any]) -> Any:
        """Calls ``action``; whatever fails is told once, and training goes on."""
        try:
            return action()
        except RecordingWarning:  # a warning that the caller has turned into an error
            raise
        except Exception as error:  # recording must never end a training run
            self.warn(f"a step could not be recorded: {type(error).__name__}: {error}", type(error).__name__)
            return None

    def warn(self, text: str, kind: str) -> None:
        """Warns, once for each kind of trouble."""
        if kind not in self._warned:
            self._warned.add(kind)
            warnings.warn(f"tb_convergence: {text}", RecordingWarning, stacklevel=3)

    def _before_close(self, writer: Any) -> None:
        """Has everything written before the caller closes the writer."""
        close = writer.close

        def write_and_close() -> Any:
            self.flush(final=True)
            with self._lock:
                self._sessions.pop(id(writer), None)
                self._recordings = [r for r in self._recordings if r.stream.session is not session]
            return close()

        session = self._sessions[id(writer)][1]
        writer.close = write_and_close


def _references(sources: Sequence[Any]) -> list[Callable[[], Any] | None]:
    return [weakref.ref(raw(s)) if is_variable(s) else None for s in sources]


def _new_recording(stream: Stream, sources: Sequence[Any], model: Any, *, reference: bool) -> Recording:
    variables = _variables(sources, model)
    group = apart(lambda: Group(variables, stream.counter, reference=reference))
    session = stream.session
    manifest = Manifest(
        session=session.id,
        started=session.started,
        index=stream.next_manifest(),
        stream=stream.name,
        variables=group.variables,
        statistics=group.statistics,
        step_statistics=STEP_STATISTICS,
        recorder={"tb_convergence": __version__, "tensorflow": tf.__version__, "sample": limit_for(len(sources))},
    )
    return Recording(stream, group, manifest, _references(sources))


def _variables(sources: Sequence[Any], model: Any) -> list[Variable]:
    found, limit = [], limit_for(len(sources))
    for depth, (source, name) in enumerate(zip(sources, names(sources, model), strict=True)):
        if source.shape.num_elements() is None if isinstance(source.shape, tf.TensorShape) else None in source.shape:
            raise ValueError(f"{name} has shape {source.shape}: only sources of a fully known shape can be recorded")
        plain = Variable(name, tuple(source.shape), tf.as_dtype(source.dtype).name, depth)
        found.append(Variable(plain.name, plain.shape, plain.dtype, depth, limit if plain.size > limit else None))
    return found


def _finish(recording: Recording, *, final: bool) -> None:
    """Completes the waiting row, unless it may yet get its update: ``log_step`` may have come before it."""
    if not recording.group.waiting:
        return
    weights = recording.weights()
    changed = weights is not None and recording.group.changed(weights)
    if final or changed or (recording.late_update is False and weights is not None):
        recording.group.finish(weights)


def _learn(recording: Recording, rows: NDArray[np.float64]) -> None:
    """Whether rows that waited had an update after all: then ``log_step`` stands before it."""
    late = rows[rows[:, 1] == 1.0]
    if len(late):
        column = recording.group.statistics.index("update_norm")
        norms = late[:, HEADER + column :: len(recording.group.statistics)]
        recording.late_update = bool(recording.late_update) or bool(np.any(norms != 0))


def _write(recording: Recording, count: int) -> None:
    rows, times = np.stack(recording.rows[:count]), np.array(recording.times[:count])
    del recording.rows[:count], recording.times[:count]  # first: a writer that fails must not be tried for ever
    if not recording.announced:
        recording.stream.write_manifest(recording.manifest)
        recording.announced = True
    recording.stream.write_rows(recording.manifest, rows, times)
