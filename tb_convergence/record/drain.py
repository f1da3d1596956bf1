"""The thread that empties the rings while training runs."""

import atexit
import threading
from collections.abc import Callable
from typing import Protocol

SHORTEST, LONGEST = (
    0.002,
    0.05,
)  # s between two looks; at 0.1 ms a step 0.05 s are 500 steps, a quarter of a small model's ring


class Work(Protocol):
    """Empties the rings once; whether one was more than half full."""

    def __call__(self) -> bool: ...  # noqa: D102


class Drain:
    """Calls ``work`` again and again, and ``finish`` once before the interpreter ends.

    The time between two looks halves when a ring was more than half full and grows slowly otherwise.
    """

    def __init__(self, work: Work, finish: Callable[[], None]) -> None:
        self._work, self._finish = work, finish
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Starts the thread; a second call changes nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="tb_convergence", daemon=True)
            self._thread.start()
            atexit.register(self._end)

    def _run(self) -> None:
        pause = SHORTEST
        while not self._over.wait(pause):
            pause = max(SHORTEST, pause / 2) if self._work() else min(LONGEST, pause * 1.2)

    def _end(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._finish()
