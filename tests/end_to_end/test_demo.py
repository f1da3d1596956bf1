"""The demo's table: every scenario is diagnosed as named, every repaired twin is clean, and the numbers are right."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What ``make demo SERVE=0`` prints, and where it recorded."""
    logdir = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "demo.run", "--no-serve", "--logdir", str(logdir)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout, logdir


@pytest.fixture(scope="module")
def runs(demo: tuple[str, Path]) -> dict[str, dict[str, Any]]:
    """What ``tb-convergence diagnose --format json`` says of each run."""
    command = [sys.executable, "-m", "tb_convergence.cli.main", "diagnose", str(demo[1]), "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    return {run["run"]: run for run in document["runs"]}


def _first(run: dict[str, Any]) -> dict[str, Any]:
    finding: dict[str, Any] = run["findings"][0]
    return finding


def test_every_scenario_is_diagnosed_as_named_and_every_twin_is_clean(demo: tuple[str, Path]) -> None:
    """The last line counts the runs that came out as named."""
    assert "16 of 16 runs diagnosed as named" in demo[0]


def test_the_twins_raise_neither_error_nor_warning(runs: dict[str, dict[str, Any]]) -> None:
    """Read again from the public JSON, not from the demo's own judgement."""
    alarms = {
        name: [f["id"] for f in run["findings"] if f["severity"] != "info"]
        for name, run in runs.items()
        if name.endswith("/repaired") or name.startswith("healthy/")
    }
    assert {name: ids for name, ids in alarms.items() if ids} == {}
    assert len(alarms) == 9


def test_the_first_example_is_a_gradient_half_as_large_as_it_should_be(runs: dict[str, dict[str, Any]]) -> None:
    """Gradient w on L(w) = w²: factor 0.5, within 1 %."""
    finding = _first(runs["wrong-gradient/broken"])
    assert finding["id"] == "wrong-gradient"
    assert finding["evidence"]["factor"] == pytest.approx(0.5, rel=0.01)


def test_the_second_example_names_the_largest_stable_learning_rate_within_five_steps(
    runs: dict[str, dict[str, Any]],
) -> None:
    """Learning rate 1.5 on L(w) = w²: stable below 1.0, within 1 %."""
    finding = _first(runs["high-learning-rate/broken"])
    assert finding["id"] == "high-learning-rate"
    assert finding["evidence"]["learning_rate"] == pytest.approx(1.5, rel=0.01)
    assert finding["evidence"]["largest_stable_learning_rate"] == pytest.approx(1.0, rel=0.01)
    assert finding["onset_step"] <= 5


def test_the_third_example_rings_and_is_information_only(runs: dict[str, dict[str, Any]]) -> None:
    """Momentum 0.9, learning rate 0.1 on L(w) = w²: to 1 %; period 13.7; critical momentum 0.306."""
    run = runs["oscillating-updates/broken"]
    finding = _first(run)
    assert [f["severity"] for f in run["findings"]] == ["info"]
    assert finding["id"] == "oscillating-updates"
    assert finding["evidence"]["momentum"] == pytest.approx(0.9, rel=0.01)
    assert finding["evidence"]["learning_rate"] == pytest.approx(0.1, rel=0.01)
    assert finding["evidence"]["period"] == pytest.approx(13.7, abs=0.2)
    assert finding["evidence"]["critical_momentum"] == pytest.approx(0.306, abs=0.005)


def test_the_dead_units_are_a_consequence_of_the_learning_rate(runs: dict[str, dict[str, Any]]) -> None:
    """The cause comes first, and the consequence says so."""
    findings = {f["id"]: f for f in runs["dead-units/broken"]["findings"]}
    assert _first(runs["dead-units/broken"])["id"] == "high-learning-rate"
    assert findings["dead-units"]["explained_by"] == "high-learning-rate"
