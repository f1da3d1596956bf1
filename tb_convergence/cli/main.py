"""``tb-convergence``: commands, options and exit codes.

Exit codes: 0 nothing found at the level asked for, 1 found, 2 bad usage or no data.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from tb_convergence import __version__
from tb_convergence.cli import check, compare, diagnose, export, thresholds
from tb_convergence.cli.selected import UsageError
from tb_convergence.report.table import FORMATS

BAD_USAGE = 2  # exit code; argparse's own as well
_LOGDIR = "log directory, the one you give to tensorboard --logdir"
_RUN = "only runs whose name contains a match of this regular expression (case does not matter)"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and gives its exit code."""
    arguments = parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Δ is no reason to fail
    try:
        code: int = arguments.command(arguments)
        sys.stdout.flush()
    except UsageError as error:
        print(f"tb-convergence: {error}", file=sys.stderr)
        return BAD_USAGE
    except BrokenPipeError:  # e.g. `| head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes at exit
        return 0
    return code


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        "tb-convergence",
        description="Says why a training does not converge.",
        epilog="Begin with: tb-convergence diagnose LOGDIR. Each command has its own --help.",
    )
    top.add_argument("--version", action="version", version=f"tb-convergence {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_diagnose(commands)
    _add_compare(commands)
    _add_export(commands)
    _add_check(commands)
    _add_thresholds(commands)
    return top


def _add_thresholds(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "thresholds",
        help="print every threshold, as a settings file to be changed",
        description="Prints every threshold with default and meaning, as a tb_convergence.toml to be changed.",
        epilog="Such a file is taken from the log directory, else from the current one, or from diagnose --config.",
    )
    command.set_defaults(command=thresholds.run)


def _add_diagnose(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "diagnose",
        help="name the cause, the layer and the step",
        description="Names the cause, the layer and the step, with numbers, and says what to change.",
        epilog="Exit code: 0 nothing found at the level of --fail-on, 1 found, 2 bad usage or no data.",
    )
    command.add_argument("logdir", metavar="LOGDIR", help=_LOGDIR)
    command.add_argument("--format", choices=tuple(diagnose.FORMATS), default="text", help="default: text")
    command.add_argument(
        "--fail-on",
        choices=tuple(diagnose.LEVELS),
        default="error",
        help="least severity that gives exit code 1 (default: error)",
    )
    command.add_argument("--run", metavar="REGEX", help=_RUN)
    command.add_argument(
        "--config",
        metavar="FILE",
        help="TOML file with thresholds and muted findings (default: tb_convergence.toml in LOGDIR, else here)",
    )
    command.set_defaults(command=diagnose.run)


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "export",
        help="print one statistic of every variable and step",
        description="Prints one recorded or derived statistic at full resolution.",
    )
    command.add_argument("logdir", metavar="LOGDIR", help=_LOGDIR)
    command.add_argument(
        "--statistic", metavar="NAME", required=True, help="e.g. gradient_norm; a wrong name lists all"
    )
    command.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
    command.add_argument("--run", metavar="REGEX", help=_RUN)
    command.add_argument("-o", "--output", metavar="FILE", help="write to FILE rather than to standard output")
    command.set_defaults(command=export.run)


def _add_compare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "compare",
        help="say where two runs part, and what explains it",
        description="Says at which step, variable and statistic two runs part, and which difference explains it.",
        usage="%(prog)s [-h] [--format {text,json}] LOGDIR RUN BASELINE, or DIRECTORY BASELINE_DIRECTORY",
    )
    command.add_argument("logdir", metavar="LOGDIR", help=f"{_LOGDIR}; or the directory of a run")
    command.add_argument(
        "first", nargs="?", metavar="RUN", help="name of a run, as in TensorBoard; or the directory of the other run"
    )
    command.add_argument("baseline", nargs="?", metavar="BASELINE", help="name of the run to hold it against")
    command.add_argument("--format", choices=tuple(compare.FORMATS), default="text", help="default: text")
    command.set_defaults(command=compare.run)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "check",
        help="is the gradient the derivative of the loss?",
        description="Says of each variable whether its gradient is the derivative of the loss, and what it is if not.",
        epilog="Exit code: 0 no gradient is wrong, 1 one is, 2 bad usage. Needs TensorFlow.",
    )
    command.add_argument(
        "function",
        metavar="MODULE:FUNCTION",
        help="a function without arguments that returns (loss_fn, variables) or (loss_fn, variables, grads)",
    )
    command.add_argument("--format", choices=tuple(check.FORMATS), default="text", help="default: text")
    command.add_argument("--method", choices=check.METHODS, default="auto", help="what to compare with; default: auto")
    command.set_defaults(command=check.run)


if __name__ == "__main__":
    sys.exit(main())
