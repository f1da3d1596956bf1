"""``tb-convergence thresholds``."""

import sys
import textwrap
from argparse import Namespace
from collections.abc import Iterator

from tb_convergence.diagnose.engine import RULES
from tb_convergence.diagnose.rules.rule import Rule
from tb_convergence.diagnose.thresholds import thresholds
from tb_convergence.settings import SETTINGS_FILE

WIDTH = 100  # columns, as of a report


def run(arguments: Namespace) -> int:  # noqa: ARG001 - every command is called with the arguments
    """Prints every threshold with its default, as a settings file in which nothing is set yet."""
    head = f"# Thresholds of the findings. Save as {SETTINGS_FILE}, and take the # from what you change."
    sys.stdout.write("\n\n".join([head, '# mute = ["overfitting"]', *(_table(rule) for rule in RULES)]) + "\n")
    return 0


def _table(rule: Rule) -> str:
    return "\n".join([f"[thresholds.{rule.id}]", *_lines(rule)])


def _lines(rule: Rule) -> Iterator[str]:
    for name, found in thresholds(rule).items():
        if found.meaning:
            yield textwrap.fill(found.meaning, WIDTH, initial_indent="# ", subsequent_indent="# ")
        yield f"# {name} = {found.default!r}"
