"""``tb-convergence compare LOGDIR RUN BASELINE``, or two directories of one run each."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tb_convergence.cli.selected import UsageError, listed, selected
from tb_convergence.diagnose.comparison import Comparison, compare
from tb_convergence.read.recorded import Recorded
from tb_convergence.report.comparison import comparison_document, comparison_text
from tb_convergence.report.numbers import encoded
from tb_convergence.series import Series


def run(arguments: Namespace) -> int:
    """Prints where two runs part and what explains it.

    Raises:
      UsageError: there is nothing to read, or one of the runs is not there, or it is not said which two.
    """
    sys.stdout.write(FORMATS[arguments.format](compare(*_both(arguments))))
    return 0


def _both(arguments: Namespace) -> tuple[Series, Series]:
    """The two that are meant."""
    logdir, first, baseline = arguments.logdir, arguments.first, arguments.baseline
    if baseline is None and first is not None and Path(first).is_dir():
        one, other = _told_apart(Path(logdir), Path(first))
        return _only(logdir, one), _only(first, other)
    found = {item.name: item for item in selected(logdir, None)}
    if baseline is None:
        names = listed(list(found), first or "")
        raise UsageError(f"two runs are needed, compare {logdir} {first or 'RUN'} BASELINE. There are: {names}")
    return _named(found, first), _named(found, baseline)


def _told_apart(one: Path, other: Path) -> tuple[str, str]:
    """Names of two directories: what comes after the path that they share."""
    one, other = one.resolve(), other.resolve()
    shared = os.path.commonpath((one.parent, other.parent))
    return str(one.relative_to(shared)), str(other.relative_to(shared))


def _only(directory: str, name: str) -> Series:
    """The only run of a directory."""
    found = selected(directory, None)
    if len(found) > 1:
        names = listed([item.name for item in found], "")
        raise UsageError(f"{directory} holds several runs; give it once and name two of them: {names}")
    return replace(found[0].series, run=name)


def _named(found: dict[str, Recorded], name: str) -> Series:
    if name not in found:
        raise UsageError(f"there is no run {name!r}. There are: {listed(list(found), name)}")
    return found[name].series


def _json(comparison: Comparison) -> str:
    return encoded(comparison_document(comparison), indent=2) + "\n"


FORMATS: dict[str, Callable[[Comparison], str]] = {"text": comparison_text, "json": _json}
