"""``LiveDiagnosis``: looks at a session again and again while it is written, and raises each finding once."""

import threading
import time
import weakref
from collections.abc import Callable, Sequence

from tb_convergence.diagnose.engine import RULES, diagnose
from tb_convergence.diagnose.finding import Diagnosis, Finding, Severity
from tb_convergence.diagnose.rules.rule import Rule
from tb_convergence.live.confirmation import Seen
from tb_convergence.live.history import History
from tb_convergence.record.log_step import recorder
from tb_convergence.record.sink import Session
from tb_convergence.schema.tags import Tag

PAUSE = 0.5
"""s between two looks at the least; the recorder writes every two seconds, or every 64 steps."""

SHARE = 0.05
"""Of one processor core's time that looking may take: a look of 0.1 s is followed by 2 s of rest."""

LEVELS = {"error": {Severity.ERROR}, "warning": {Severity.ERROR, Severity.WARNING}}
OnFinding = Callable[[Finding], object]


class LiveDiagnosis:
    """Diagnoses one session while it is recorded, in a thread of its own, off the training step.

    A finding is raised once, and again if it becomes graver. Information is raised too; ``stop_on`` heeds errors, or
    errors and warnings.

    Args:
      session: whose rows are looked at.
      run: name of the run in the series.
      on_finding: called with each :class:`~tb_convergence.diagnose.finding.Finding`, from the thread that looks. What
        it raises is told once, and training goes on.
      stop_on: ``"error"`` or ``"warning"``: least severity at which :attr:`should_stop` becomes true; ``None``: never.
      rules: of the diagnosis, with the user's settings.

    Attributes:
      diagnoses: of each stream, from the newest look.
      raised: the findings raised so far.
    """

    def __init__(
        self,
        session: Session,
        run: str,
        *,
        on_finding: OnFinding | None = None,
        stop_on: str | None = None,
        rules: Sequence[Rule] = RULES,
    ) -> None:
        check_arguments(on_finding, stop_on)
        self.diagnoses: tuple[Diagnosis, ...] = ()
        self.raised: list[Finding] = []
        self._on_finding, self._stop_on, self._rules = on_finding, LEVELS.get(stop_on or "", set()), tuple(rules)
        self._history = History(run)
        self._payloads: list[tuple[Tag, bytes, int]] = []
        self._lock, self._looking = threading.Lock(), threading.RLock()
        self._news, self._over, self._stop = threading.Event(), threading.Event(), threading.Event()
        self._seen = Seen()
        self._session = weakref.ref(session)
        session.listeners.append(self._hear)
        self._thread = threading.Thread(target=self._run, name="tb_convergence.live", daemon=True)
        self._thread.start()

    @property
    def should_stop(self) -> bool:
        """Whether a finding as grave as ``stop_on`` has been raised."""
        return self._stop.is_set()

    def look(self, *, final: bool = False) -> None:
        """Diagnoses what there is now; ``final``: there will be no second look to confirm what this one sees."""
        with self._looking:
            if not self._take() and not final:
                return
            self.diagnoses = tuple(diagnose(s, rules=self._rules) for s in self._history.series())
            for diagnosis in self.diagnoses:
                self._compare(diagnosis, final=final)

    def close(self) -> None:
        """Writes and looks for the last time, and ends; a second call changes nothing."""
        if not self._over.is_set():
            recorder().flush()
            self.abandon()
            if threading.current_thread() is not self._thread:
                self._thread.join()
            self._guarded(final=True)

    def abandon(self) -> None:
        """Ends without a last look; touches nothing but its own thread."""
        session = self._session()
        if session is not None and self._hear in session.listeners:
            session.listeners.remove(self._hear)
        self._over.set()
        self._news.set()

    def _guarded(self, *, final: bool = False) -> None:
        try:
            self.look(final=final)
        except Exception as error:  # a diagnosis must never end a training run
            recorder().warn(f"the live diagnosis failed: {type(error).__name__}: {error}", "live")

    def _hear(self, tag: Tag, data: bytes, step: int) -> None:
        """In the thread that writes: only takes note."""
        with self._lock:
            self._payloads.append((tag, data, step))
        self._news.set()

    def _take(self) -> bool:
        with self._lock:
            new, self._payloads = self._payloads, []
        for payload in new:
            self._history.add(*payload)
        return bool(new)

    def _run(self) -> None:
        while not self._over.is_set():
            self._news.wait()
            self._news.clear()
            if self._over.is_set():
                return
            began = time.perf_counter()
            self._guarded()
            self._over.wait(max(PAUSE, (time.perf_counter() - began) / SHARE))

    def _compare(self, diagnosis: Diagnosis, *, final: bool) -> None:
        """Raises what is confirmed by this look."""
        self._seen, raised = self._seen.after(diagnosis, final=final)
        for finding in raised:
            self._raise(finding)

    def _raise(self, finding: Finding) -> None:
        self.raised.append(finding)
        if finding.severity in self._stop_on:
            self._stop.set()
        if self._on_finding is not None:
            try:
                self._on_finding(finding)
            except Exception as error:  # the caller's function must not end the caller's training
                recorder().warn(f"on_finding failed: {type(error).__name__}: {error}", "on_finding")


def check_arguments(on_finding: object, stop_on: object) -> None:
    """Raises for a wrong call, at once.

    Raises:
      TypeError: ``on_finding`` cannot be called.
      ValueError: ``stop_on`` is no severity.
    """
    if on_finding is not None and not callable(on_finding):
        raise TypeError(f"on_finding must be a function that takes a finding, got {type(on_finding).__name__}")
    if stop_on is not None and stop_on not in LEVELS:
        raise ValueError(f"stop_on must be None, 'warning' or 'error', got {stop_on!r}")
