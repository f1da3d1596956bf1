"""Nothing that goes wrong in recording ends a training: it is told once."""

import re
import warnings
from collections.abc import Callable
from typing import Any

_NODE = re.compile(r"\{\{[^}]*\}\} ?| ?\[Op:\w+\].*")


class RecordingWarning(UserWarning):
    """Something could not be recorded; training is not affected."""


class Guard:
    """Remembers which kinds of trouble were told."""

    def __init__(self) -> None:
        self._warned: set[str] = set()

    def guarded(self, action: Callable[[], Any]) -> Any:
        """Calls ``action``; whatever fails is told once, and training goes on."""
        try:
            return action()
        except RecordingWarning:  # a warning that the caller has turned into an error
            raise
        except Exception as error:  # recording must never end a training run
            said = f"a step could not be recorded, and training goes on: {type(error).__name__}: {_plain(error)}"
            self.warn(said, type(error).__name__)
            return None

    def warn(self, text: str, kind: str) -> None:
        """Warns, once for each kind of trouble."""
        if kind not in self._warned:
            self._warned.add(kind)
            warnings.warn(f"tb_convergence: {text}", RecordingWarning, stacklevel=3)


def _plain(error: Exception) -> str:
    """The first line of what an error says, without the names that TensorFlow gives its own operations."""
    return _NODE.sub("", str(error)).strip().split("\n", 1)[0]
