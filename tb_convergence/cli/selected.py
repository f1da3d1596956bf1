"""Which runs of a log directory are meant."""

import re
from collections.abc import Iterable

from tb_convergence.read.local import NoDataError, read_logdir
from tb_convergence.read.recorded import Recorded


class UsageError(ValueError):
    """What was asked for cannot be done; the text says what was expected, what came and what to do."""


def selected(logdir: str, pattern: str | None) -> list[Recorded]:
    """The runs whose name contains a match of ``pattern``, upper or lower case.

    Raises:
      UsageError: the pattern is no regular expression, or there is nothing to read, or no run fits.
    """
    wanted = _compiled(pattern)
    try:
        found = read_logdir(logdir)
    except NoDataError as error:
        raise UsageError(str(error)) from error
    chosen = [item for item in found if wanted.search(item.name)]
    if not chosen:
        raise UsageError(f"no run of {logdir} matches --run {pattern!r}. There are: {listed(found)}")
    return chosen


def listed(found: Iterable[Recorded]) -> str:
    """The names of runs, as a person reads them."""
    return ", ".join(". (the log directory itself)" if item.name == "." else item.name for item in found)


def _compiled(pattern: str | None) -> re.Pattern[str]:
    try:
        return re.compile(pattern or "", re.IGNORECASE)
    except re.error as error:
        raise UsageError(f"--run {pattern!r} is not a regular expression: {error}") from error
