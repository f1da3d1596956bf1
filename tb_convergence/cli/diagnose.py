"""``tb-convergence diagnose LOGDIR``."""

import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from tb_convergence.cli.selected import UsageError, selected
from tb_convergence.diagnose import engine
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.settings import Settings, SettingsError
from tb_convergence.report.json import Reported, document
from tb_convergence.report.markdown import markdown
from tb_convergence.report.numbers import encoded
from tb_convergence.report.text import WIDTH, Page, terminal
from tb_convergence.series import Note
from tb_convergence.settings import rules_for, settings_for

NOTHING, FOUND = 0, 1  # exit codes
NARROWEST = 50  # columns; below that every word would stand on a line of its own
LEVELS = {"error": {Severity.ERROR}, "warning": {Severity.ERROR, Severity.WARNING}}


def run(arguments: Namespace) -> int:
    """Prints the diagnosis of each selected run; 1 when a finding is at the level of ``--fail-on`` or above.

    Raises:
      UsageError: bad usage, or nothing to read.
    """
    settings = _settings(arguments.logdir, arguments.config)
    rules, said = rules_for(settings), () if settings is None else (Note("info", f"In force: {settings}."),)
    found = selected(arguments.logdir, arguments.run)
    reported = [Reported(engine.diagnose(i.series, rules=rules), (*i.series.notes, *said)) for i in found]
    sys.stdout.write(FORMATS[arguments.format](reported))
    level = LEVELS[arguments.fail_on]
    return FOUND if any(f.severity in level for item in reported for f in item.diagnosis.findings) else NOTHING


def _settings(logdir: str, config: str | None) -> Settings | None:
    try:
        return settings_for(logdir, config)
    except SettingsError as error:
        raise UsageError(str(error)) from error


def _text(reported: Sequence[Reported]) -> str:
    width = shutil.get_terminal_size((WIDTH, 0)).columns if sys.stdout.isatty() else WIDTH
    return terminal(reported, Page(max(NARROWEST, min(width, WIDTH)), _colour()))


def _json(reported: Sequence[Reported]) -> str:
    return encoded(document(reported), indent=2) + "\n"


def _colour() -> bool:
    """Whether standard output is a terminal that shows colours, see no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


FORMATS: dict[str, Callable[[Sequence[Reported]], str]] = {"text": _text, "json": _json, "markdown": markdown}
