"""``tb-convergence compare LOGDIR RUN BASELINE``."""

import sys
from argparse import Namespace
from collections.abc import Callable

from tb_convergence.cli.selected import UsageError, listed, selected
from tb_convergence.diagnose.comparison import Comparison, compare
from tb_convergence.read.recorded import Recorded
from tb_convergence.report.comparison import comparison_document, comparison_text
from tb_convergence.report.numbers import encoded
from tb_convergence.series import Series


def run(arguments: Namespace) -> int:
    """Prints where two runs part and what explains it.

    Raises:
      UsageError: there is nothing to read, or one of the runs is not there.
    """
    found = {item.name: item for item in selected(arguments.logdir, None)}
    compared = compare(_named(found, arguments.first), _named(found, arguments.baseline))
    sys.stdout.write(FORMATS[arguments.format](compared))
    return 0


def _named(found: dict[str, Recorded], name: str) -> Series:
    if name not in found:
        raise UsageError(f"there is no run {name!r}. There are: {listed(list(found), name)}")
    return found[name].series


def _json(comparison: Comparison) -> str:
    return encoded(comparison_document(comparison), indent=2) + "\n"


FORMATS: dict[str, Callable[[Comparison], str]] = {"text": comparison_text, "json": _json}
