"""The tab in a real browser, inside a real TensorBoard, on real logs. The checks are in frontend/tests/browser."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end import chromium
from tests.end_to_end.browser import logs, odd_logs
from tests.end_to_end.browser.served import tensorboard

ROOT = Path(__file__).parent.parent.parent.parent
SCREENSHOTS = ROOT / "tests" / "screenshots"
LIMIT_SECONDS = 1200
ON_TRAININGS = (
    "tab",
    "state",
    "host",
    "accessibility",
    "taking",
    "optimizer",
    "layers",
    "lines",
    "findings",
    "compare",
    "tour",
    "states",
)

Failures = list[str]


def checked(name: str, address: str, tmp_path: Path) -> Failures:
    """What ``frontend/tests/browser/<name>.browser.ts`` finds wrong with the tab at ``address``."""
    return all_checked((name,), address, tmp_path)[name]


def all_checked(names: tuple[str, ...], address: str, tmp_path: Path) -> dict[str, Failures]:
    """What each of the files finds wrong, in one process of Node: starting it takes longer than many a check."""
    browser = chromium.find()
    assert browser is not None, "the browser tests need Chromium: run `make chromium`"
    report = tmp_path / "report.json"
    node = [sys.executable, str(ROOT / "frontend" / "_build" / "node.py"), "node", "node_modules/vitest/vitest.mjs"]
    files = [f"tests/browser/{name}.browser.ts" for name in names]
    options = ["run", "--config", "vitest.browser.config.ts", *files]
    done = subprocess.run(
        [*node, *options, "--reporter=json", f"--outputFile={report}"],
        env={**os.environ, "TAB_ADDRESS": address, "CHROMIUM": browser, "SCREENSHOTS": str(SCREENSHOTS)},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert report.is_file(), done.stdout + done.stderr
    results = json.loads(report.read_text())["testResults"]
    return {
        name: _failures([file for file in results if Path(file["name"]).name == f"{name}.browser.ts"]) for name in names
    }


def _failures(files: list[dict[str, Any]]) -> Failures:
    claims = [claim for file in files for claim in file["assertionResults"]]
    broken = [file["message"] for file in files if file["status"] == "failed" and not file["assertionResults"]]
    wrong = [f"{c['fullName']}: {' '.join(c['failureMessages'])}" for c in claims if c["status"] != "passed"]
    return broken + wrong if claims else ["no claim was checked", *broken]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log directory with two trainings and their repaired twins."""
    logdir = tmp_path_factory.mktemp("logs")
    logs.train(logdir)
    return logdir


@pytest.fixture(scope="module")
def address(trained: Path) -> Iterator[str]:
    """A TensorBoard on the trainings."""
    with tensorboard(trained) as found:
        yield found


@pytest.fixture(scope="module")
def found_wrong(address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Failures]:
    """What the checks on the trainings found, by file."""
    return all_checked(ON_TRAININGS, address, tmp_path_factory.mktemp("report"))


@pytest.mark.parametrize("name", ON_TRAININGS)
def test_the_tab(name: str, found_wrong: dict[str, Failures]) -> None:
    """What a person sees and does in the tab is as promised."""
    assert found_wrong[name] == []


def test_an_empty_log_directory_says_what_to_do(tmp_path: Path) -> None:
    """Whoever opens the tab before anything is recorded gets the code to record with."""
    logdir = tmp_path / "logs"
    logdir.mkdir()
    with tensorboard(logdir) as found:
        assert checked("empty", found, tmp_path) == []


def test_odd_logs_are_shown_for_what_they_are(tmp_path: Path) -> None:
    """NaN, a damaged file, runs of unequal length and model, and windows that hide a spike."""
    logdir = tmp_path / "logs"
    odd_logs.write(logdir)
    with tensorboard(logdir) as found:
        assert checked("odd", found, tmp_path) == []


def test_the_tab_works_under_a_path_prefix(trained: Path, tmp_path: Path) -> None:
    """Behind a proxy, nothing is asked for outside of the prefix."""
    with tensorboard(trained, "--path_prefix", "/some/where") as found:
        assert found.endswith("/some/where/")
        assert checked("prefix", found, tmp_path) == []


def test_the_first_useful_paint_needs_little(tmp_path: Path) -> None:
    """200 variables × 2,000 steps: the verdict waits for no numbers but its own."""
    logdir = tmp_path / "logs"
    logs.large(logdir, variables=200, steps=2000)
    with tensorboard(logdir) as found:
        assert checked("speed", found, tmp_path) == []


def test_a_failing_claim_would_be_seen(tmp_path: Path) -> None:
    """The checks can fail: where there is no TensorBoard, none of them passes."""
    assert checked("prefix", "http://127.0.0.1:9/", tmp_path) != []
