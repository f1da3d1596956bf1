"""Trains every scenario and its repaired twin on real data, prints the diagnosis of each, and opens TensorBoard.

    python -m demo.run [--no-serve] [--only ID …] [--logdir DIR]

Exit status 1: a scenario was not diagnosed as named, or a twin was not clean.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import tensorflow as tf

import tb_convergence
from demo import progress, server, summary
from demo.scenario import SCENARIOS, Scenario
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.read.local import read_logdir
from tb_convergence.report.json import Reported
from tb_convergence.report.text import Page, terminal


def train(scenario: Scenario, logdir: Path) -> None:
    """Trains the scenario and its twin, each into a run of its own."""
    for run, repaired in zip(scenario.runs, (False, True), strict=True):
        with tf.summary.create_file_writer(str(logdir / run)).as_default():
            progress.show(run, scenario.train(repaired), scenario.steps)
            tb_convergence.flush()


def diagnoses(logdir: Path) -> dict[str, Reported]:
    """The diagnosis of each run, by its name."""
    found = read_logdir(str(logdir))
    return {item.name: Reported(diagnose(item.series), item.series.notes) for item in found}


def show(scenario: Scenario, found: dict[str, Reported]) -> None:
    """Prints what ``tb-convergence diagnose`` says of the scenario and of its twin."""
    page = Page(colour=sys.stdout.isatty())
    print(f"\n{page.paint(f'{scenario.id}: {scenario.title}', 'bold')}\n{'─' * page.width}")
    for run in scenario.runs:
        print(terminal([found[run]], page))


def _rows(scenario: Scenario, found: dict[str, Reported]) -> list[summary.Row]:
    broken, repaired = (found[run].diagnosis for run in scenario.runs)
    return summary.rows(scenario, broken, repaired)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-serve", action="store_true", help="stop after the diagnosis")
    parser.add_argument("--only", nargs="+", choices=[s.id for s in SCENARIOS], help="train these scenarios alone")
    parser.add_argument("--logdir", type=Path, help="where to record (default: a new temporary folder)")
    return parser.parse_args()


def main() -> int:
    """The command line; returns the exit status."""
    options = _options()
    chosen = [s for s in SCENARIOS if not options.only or s.id in options.only]
    logdir = options.logdir or Path(tempfile.mkdtemp(prefix="tb_convergence_demo_"))
    for scenario in chosen:
        shutil.rmtree(logdir / scenario.id, ignore_errors=True)
    print(f"Training {len(chosen)} scenarios and their repaired twins into {logdir}\n")
    for scenario in chosen:
        train(scenario, logdir)
    found = diagnoses(logdir)
    for scenario in chosen:
        show(scenario, found)
    rows = [row for scenario in chosen for row in _rows(scenario, found)]
    print(f"\n{summary.table(rows)}\n")
    if not options.no_serve:
        server.serve(logdir)
    return 0 if all(row.as_named for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
