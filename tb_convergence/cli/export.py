"""``tb-convergence export LOGDIR --statistic NAME``."""

import sys
from argparse import Namespace
from pathlib import Path

from tb_convergence.cli.selected import UsageError, selected
from tb_convergence.diagnose.estimators.derived import UnknownStatisticError
from tb_convergence.report.selection import described
from tb_convergence.report.table import export


def run(arguments: Namespace) -> int:
    """Writes one statistic of each selected run to ``--output``, or prints it.

    Raises:
      UsageError: bad usage, nothing to read, or the file cannot be written.
    """
    try:
        statistic = described(arguments.statistic).name
    except UnknownStatisticError as error:
        raise UsageError(f"--statistic: {error}") from error
    found = selected(arguments.logdir, arguments.run)
    text = export([item.series for item in found], statistic, arguments.format)
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    try:
        Path(arguments.output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{arguments.output} could not be written: {error.strerror or error}") from error
    return 0
