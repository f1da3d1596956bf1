"""The streams of this process: the only object here that holds state from call to call."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import tensorflow as tf

from tb_convergence.record.counter import Counter
from tb_convergence.record.drain import Drain
from tb_convergence.record.guard import Guard
from tb_convergence.record.outgoing import collect, note, queue, release, write
from tb_convergence.record.own_writer import OwnWriter
from tb_convergence.record.pacing import MEGABYTES
from tb_convergence.record.recording import Recording, finish, new_recording
from tb_convergence.record.ring import Ring, apart
from tb_convergence.record.sink import Session, Stream

TURNS = 4  # changes of variables in one stream; a layer that is frozen and freed again makes two
_IN_TURN = (
    "log_step is called for different variables in turn under one name, as for two models; give each its own, "
    'log_step(tape, grads, name="generator"), or their steps replace each other'
)
REPEATED = 8  # rows with the step of the row before: one may be logged twice, and so may a few
_STILL = (
    "log_step was called several times with one step ({:.0f}), and only the last of them is kept: the step it is "
    "given, or that of tf.summary (as_default(step=…), set_step), stands still, as one that counts epochs. Give it a "
    "number that grows at each call, step=optimizer.iterations, or none at all"
)
_LOST = (
    "steps were overwritten before they were read ({} lost so far): they are made faster than the host can read them, "
    "as in a loop inside one compiled function; call a compiled step from Python or from a plain tf.function instead"
)
_CLOSED = (
    "steps are made by a tf.function whose summary writer has been closed; they are not recorded. Make the tf.function "
    "anew for each writer"
)
REMEMBERED = 4  # rings of closed writers of which it would still be noticed that steps are made for them
PATIENCE = 1.5  # s that a row may wait for others before it is written, after it was taken out of the ring


class Recorder(Guard):
    """Finds the group of a step, and brings the rows of all groups to their writers."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._sessions: dict[int, tuple[Any, Session]] = {}
        self._streams: dict[tuple[str, str | None], Stream] = {}
        self._recordings: list[Recording] = []
        self._started: Session | None = None
        self._turns: dict[Stream, tuple[Recording, int]] = {}
        self._warned: set[str] = set()
        self._forgotten: list[Session] = []
        self._closed: deque[tuple[Ring, int]] = deque(maxlen=REMEMBERED)  # with how many rows had been written
        self._drain = Drain(self.drain, lambda: self.flush(final=True))

    def start(self, logdir: str, *, every: int = 1, max_megabytes: float = MEGABYTES) -> None:
        """Begins a session in ``logdir`` for every step that has no default writer."""
        with self._lock:
            self.flush(final=True)
            self._started = self.opened(logdir, every=every, max_megabytes=max_megabytes)

    def start_nowhere(self) -> None:
        """Begins a session that is written nowhere: why has been said."""
        with self._lock:
            self.flush(final=True)
            self._started = self.opened(None)

    def opened(self, logdir: str | None, *, every: int = 1, max_megabytes: float = MEGABYTES) -> Session:
        """A session whose writer is made in ``logdir`` when the first record is ready; ``None``: it is not written."""
        if logdir is None:
            return Session(tf.summary.create_noop_writer)
        return Session(OwnWriter(logdir), every=every, max_megabytes=max_megabytes)

    def close(self, session: Session) -> None:
        """Writes what a session still holds, and forgets it."""
        self.flush(final=True)
        with self._lock:
            self._drop(session)

    def session(self, writer: Any) -> Session | None:
        """The session of the caller's default writer, else the one that was started, else ``None``."""
        if writer is None:
            return self._started
        known = self._sessions.get(id(writer))
        if known is not None:  # without waiting for a record that is being written
            return known[1]
        with self._lock:
            if id(writer) not in self._sessions:
                self._sessions[id(writer)] = (writer, Session(lambda: writer))
                self._before_close(writer)
            return self._sessions[id(writer)][1]

    def recording(
        self,
        session: Session,
        name: str | None,
        sources: Sequence[Any],
        *,
        raws: Sequence[Any],
        model: Any,
        optimizer: Any,
        reference: bool,
        limit: Callable[[], int | None],
        extras: Sequence[str] = (),
    ) -> Recording:
        """The recording that a step of these variables belongs to; made when there is none yet.

        One that holds more than the ``extras`` wanted will do: a metric that comes once an epoch begins no other.
        A new one looks at ``limit()`` elements of a large variable, if it says.
        """
        with self._lock:
            stream = self._stream(session, name)
            mine = [r for r in self._recordings if r.stream is stream and r.fits(raws, reference=reference)]
            found = next((r for r in reversed(mine) if set(extras) <= set(r.group.extras)), None)
            if found is None:
                known = [e for r in mine for e in r.group.extras]
                extras = tuple(dict.fromkeys([*known, *extras]))
                found = new_recording(stream, sources, model, reference=reference, extras=extras, limit=limit)
                self._recordings.append(found)
                self._drain.begin()
            found.renew(raws, optimizer)
            self._note_turn(found)
            return found

    def number_from(self, session: Session, name: str | None, number: int) -> None:
        """Counts the steps of a stream from ``number`` on, unless it is further already; on the host."""
        with self._lock:
            self._stream(session, name).counter.at_least(number)

    def note(self, session: Session, values: Mapping[str, float]) -> None:
        """Adds numbers to the newest step of each stream of a session that ``holds_newest``.

        Args:
          session: where.
          values: by name of the step statistic; what a stream does not hold is left out.
        """
        with self._lock:
            newest: dict[int, Recording] = {}
            for recording in (r for r in self._recordings if r.stream.session is session):
                self.guarded(partial(self._collect, recording, everything=False, final=False))
                best = newest.get(id(recording.stream))
                if recording.newest is not None and (best is None or _step_of(best) <= _step_of(recording)):
                    newest[id(recording.stream)] = recording
            for recording in newest.values():
                self.guarded(partial(note, recording, values, time.time()))

    def forget(self, session: Session) -> None:
        """Has everything of a session let go of at the next look, without a call of TensorFlow; from any thread."""
        self._forgotten.append(session)

    def has_recorded(self, session: Session) -> bool:
        """Whether any step was recorded in ``session``."""
        return any(r.stream.session is session for r in self._recordings)

    def _drop(self, session: Session) -> None:
        rings = [r.group.ring for r in self._recordings if r.stream.session is session]
        self._closed.extend((ring, int(ring.count.numpy())) for ring in rings)
        self._recordings = [r for r in self._recordings if r.stream.session is not session]
        self._streams = {k: s for k, s in self._streams.items() if s.session is not session}
        self._turns = {s: t for s, t in self._turns.items() if s.session is not session}

    def _note_turn(self, recording: Recording) -> None:
        """Warns when one stream is used for different variables in turn: their steps would replace each other."""
        last, turns = self._turns.get(recording.stream, (recording, 0))
        turns += recording is not last
        self._turns[recording.stream] = (recording, turns)
        if turns == TURNS:
            self.warn(_IN_TURN, "in turn")

    def _stream(self, session: Session, name: str | None) -> Stream:
        key = (session.id, name)
        if key not in self._streams:
            self._streams[key] = Stream(session, name, apart(Counter))
        return self._streams[key]

    def drain(self, *, everything: bool = False, final: bool = False) -> bool:
        """Empties the rings; writes what fills a record, or has waited long enough, or ``everything``.

        Returns:
          Whether a ring was more than half full, so that the next look should come sooner.
        """
        with self._lock:
            forgotten = [self._forgotten.pop() for _ in range(len(self._forgotten))]
            fuller = [
                bool(self.guarded(partial(self._collect, r, everything=everything or last, final=final or last)))
                for r, last in [(r, r.stream.session in forgotten) for r in self._recordings]
                if everything or last or self.guarded(partial(r.due, time.time()))
            ]
            for session in forgotten:
                self._drop(session)
            if any(int(ring.count.numpy()) > before for ring, before in self._closed):
                self._closed.clear()
                self.warn(_CLOSED, "closed")
            return any(fuller)

    def flush(self, *, final: bool = False) -> None:
        """Completes the rows that wait where their update is known, and writes everything.

        ``final``: there will be no further step, so every row is completed.
        """
        with self._lock:
            for recording in self._recordings:
                self.guarded(partial(finish, recording, final=final))
            self.drain(everything=True, final=final)

    def _collect(self, recording: Recording, *, everything: bool, final: bool) -> bool:
        ring, now = recording.group.ring, time.time()
        lost, repeated = ring.lost, recording.repeated
        count = collect(recording, now)
        if ring.lost > lost:
            self.warn(_LOST.format(ring.lost), "lost")
        if recording.repeated > max(repeated, REPEATED - 1):
            self.warn(_STILL.format(recording.last_step), "still")
        if count:
            self._settle_others(recording, now)
        if everything:
            release(recording, now)
            queue(recording, recording.pacing.end() if final else recording.pacing.flush(), now)
        write(recording, now if everything else now - PATIENCE)
        return count > ring.rows // 2

    def _settle_others(self, recording: Recording, now: float) -> None:
        """Has other variables of the stream written before these: a later row takes the place of all with its step."""
        for other in self._recordings:
            if other.stream is recording.stream and other is not recording:
                release(other, now)
                queue(other, other.pacing.settle(), now)
                write(other, now)

    def _before_close(self, writer: Any) -> None:
        """Has everything written before the caller closes the writer."""
        close = writer.close

        def write_and_close() -> Any:
            self.close(session)
            with self._lock:
                self._sessions.pop(id(writer), None)
            return close()

        session = self._sessions[id(writer)][1]
        writer.close = write_and_close


def _step_of(recording: Recording) -> float:
    """The step that is held back."""
    return -1.0 if recording.newest is None else float(recording.newest[0, 0])
