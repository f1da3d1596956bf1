"""Which runs of a log directory are meant."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from tb_convergence.read.local import NoDataError, read_logdir
from tb_convergence.read.recorded import Recorded

MOST_NAMED = 12
"""Runs that an error names; a log directory may hold hundreds."""

LEAST_ALIKE = 0.5
"""Ratio of :mod:`difflib` from which on a name may be what was meant by another."""


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
        names = listed([item.name for item in found], pattern or "")
        raise UsageError(f"no run of {logdir} matches --run {pattern!r}. There are: {names}")
    return chosen


def listed(names: Sequence[str], wanted: str) -> str:
    """Runs, as a person reads them, those most like ``wanted`` first; of hundreds the first few."""
    like = get_close_matches(wanted, names, MOST_NAMED, LEAST_ALIKE)
    names = [*like, *(name for name in names if name not in like)]
    told = ", ".join(". (the log directory itself)" if name == "." else name for name in names[:MOST_NAMED])
    return told + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")


def _compiled(pattern: str | None) -> re.Pattern[str]:
    try:
        return re.compile(pattern or "", re.IGNORECASE)
    except re.error as error:
        raise UsageError(f"--run {pattern!r} is not a regular expression: {error}") from error
