"""The ``tf.summary`` writer of a log directory that the recorder opened itself."""

import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

SUFFIX = ".convergence"
SHORTEST, LONGEST = 2.0, 600.0
"""s until a directory that could not be written to is tried again; twice as long each time. Every try is a new file."""


class OwnWriter:
    """Makes the writer when there is something to write, and a new one after a failure.

    A write that failed, as on a full disk, may leave half a record in the file. Nothing behind it could be found again,
    so that the file is given up, and the next one begun after a while.
    """

    def __init__(self, logdir: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._logdir, self._clock = logdir, clock
        self._writer: Any = None
        self._failure: Exception | None = None
        self._pause, self._again = SHORTEST, 0.0

    def __call__(self) -> Any:
        """The writer.

        Raises:
          Exception: what the last write failed with, as long as it is too early to try again.
        """
        if self._writer is None:
            if self._failure is not None and self._clock() < self._again:
                raise self._failure
            self._writer = tf.summary.create_file_writer(self._logdir, filename_suffix=SUFFIX)
        return self._writer

    def failed(self, failure: Exception) -> None:
        """Gives the file up."""
        if failure is self._failure:  # it has not been tried again
            return
        self._writer, self._failure = None, failure
        self._again, self._pause = self._clock() + self._pause, min(2 * self._pause, LONGEST)

    def succeeded(self) -> None:
        """The next failure is tried again soon."""
        self._failure, self._pause = None, SHORTEST
