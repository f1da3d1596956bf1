"""The command line: output, exit codes and errors."""

import csv
import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import tb_convergence
from tb_convergence.cli.main import main
from tb_convergence.cli.selected import listed
from tb_convergence.diagnose.engine import RULES
from tb_convergence.diagnose.thresholds import thresholds
from tb_convergence.settings import read_settings
from tests.cli.overshooting import write_overshooting
from tests.read.write_events import EventFile, manifest, write_run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    """A run whose learning rate is too high, and one with nothing in it yet."""
    write_overshooting(tmp_path / "Too-High")
    with EventFile(tmp_path / "empty") as file:
        file.manifest(manifest())
    return tmp_path


def test_diagnose_names_the_cause_and_exits_with_one(logdir: Path, capsys: Capture) -> None:
    """The article's second example, from the event file to the terminal."""
    assert main(["diagnose", str(logdir)]) == 1
    said = capsys.readouterr()
    assert "1. Learning rate too high" in said.out
    assert "largest stable" in said.out
    assert said.err == ""
    assert "\x1b" not in said.out


def test_an_exit_code_is_for_scripts(logdir: Path, capsys: Capture) -> None:
    """0: nothing at that level among the runs selected."""
    assert main(["diagnose", str(logdir), "--run", "empty"]) == 0
    assert main(["diagnose", str(logdir), "--run", "empty", "--fail-on", "warning"]) == 0
    assert main(["diagnose", str(logdir), "--run", "too-h", "--fail-on", "error"]) == 1
    capsys.readouterr()


def test_thresholds_are_a_settings_file(tmp_path: Path, capsys: Capture) -> None:
    """As printed nothing is set; with every line in force everything is set to what it is."""
    assert main(["thresholds"]) == 0
    printed = capsys.readouterr().out
    path = tmp_path / "tb_convergence.toml"
    path.write_text(printed)
    assert all(not of for of in read_settings(path).thresholds.values())
    path.write_text(re.sub(r"^# ([a-z_]+ = [-0-9.e]+)$", r"\1", printed, flags=re.MULTILINE))
    found = read_settings(path)
    for rule in RULES:
        assert found.thresholds[rule.id] == {name: t.default for name, t in thresholds(rule).items()}


def test_settings_are_in_force_and_said(logdir: Path, tmp_path: Path, capsys: Capture) -> None:
    """Whoever reads the report sees that it was made with other thresholds."""
    config = tmp_path / "mine.toml"
    config.write_text('mute = ["high-learning-rate"]\n[thresholds.oscillating-updates]\nfewest = 9')
    main(["diagnose", str(logdir), "--run", "Too", "--config", str(config)])
    said = " ".join(capsys.readouterr().out.split())
    assert "In force: oscillating-updates.fewest = 9, high-learning-rate muted (from " in said
    assert "high-learning-rate (muted in " in said
    assert "1. Learning rate too high" not in said


def test_json_is_the_public_contract(logdir: Path, capsys: Capture) -> None:
    """One object for all runs, sorted by name."""
    main(["diagnose", str(logdir), "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == 1
    assert [run["run"] for run in found["runs"]] == ["Too-High", "empty"]
    assert found["runs"][0]["findings"][0]["id"] == "high-learning-rate"


def test_markdown_is_for_an_issue(logdir: Path, capsys: Capture) -> None:
    """Headings and tables."""
    main(["diagnose", str(logdir), "--format", "markdown"])
    assert capsys.readouterr().out.startswith("# Convergence report\n\n## `Too-High`: diverged")


def test_runs_are_chosen_by_a_pattern_without_regard_to_case(logdir: Path, capsys: Capture) -> None:
    """Anywhere in the name, as in TensorBoard."""
    main(["diagnose", str(logdir), "--run", "HIGH$", "--format", "json"])
    assert [run["run"] for run in json.loads(capsys.readouterr().out)["runs"]] == ["Too-High"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diagnose", "{logdir}/nowhere"], "does not exist"),
        (
            ["diagnose", "{logdir}", "--run", "xyz"],
            "no run of {logdir} matches --run 'xyz'. There are: Too-High, empty",
        ),
        (["diagnose", "{logdir}", "--run", "("], "--run '(' is not a regular expression"),
        (["diagnose", "{logdir}", "--config", "{logdir}/no.toml"], "no.toml cannot be read"),
        (["export", "{logdir}", "--statistic", "nonsense"], "There are: gradient_norm"),
        (["export", "{logdir}", "--statistic", "loss", "-o", "{logdir}"], "could not be written"),
        (["export", "{logdir}/nowhere", "--statistic", "loss"], "does not exist"),
    ],
)
def test_bad_usage_and_no_data_exit_with_two(logdir: Path, arguments: list[str], said: str, capsys: Capture) -> None:
    """One line to standard error that says what came and what to do; nothing to standard output."""
    assert main([a.format(logdir=logdir) for a in arguments]) == 2
    caught = capsys.readouterr()
    assert said.format(logdir=logdir) in caught.err
    assert caught.err.startswith("tb-convergence: ")
    assert caught.err.count("\n") == 1
    assert caught.out == ""


@pytest.mark.parametrize(
    "arguments", [[], ["diagnose"], ["export", "x"], ["diagnose", "x", "--format", "xml"], ["what"]]
)
def test_a_wrong_command_line_exits_with_two(arguments: list[str], capsys: Capture) -> None:
    """With the usage."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: tb-convergence" in capsys.readouterr().err


def test_version_is_that_of_the_package(capsys: Capture) -> None:
    """For bug reports."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"tb-convergence {tb_convergence.__version__}\n"


def test_export_prints_every_number(tmp_path: Path, capsys: Capture) -> None:
    """As CSV by default, at full resolution."""
    wanted = write_run(tmp_path, range(100))
    assert main(["export", str(tmp_path), "--statistic", "gradient_norm"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [float(r["value"]) for r in rows if r["variable"] == "b"] == wanted["gradient_norm"][:, 1].tolist()


def test_export_writes_a_file(tmp_path: Path, capsys: Capture) -> None:
    """And prints nothing then."""
    write_run(tmp_path / "logs", range(10))
    out = tmp_path / "out.json"
    arguments = ["--statistic", "loss", "--format", "json", "-o", str(out)]
    assert main(["export", str(tmp_path / "logs"), *arguments]) == 0
    assert json.loads(out.read_text())["runs"][0]["steps"] == list(range(10))
    assert capsys.readouterr().out == ""


def command(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """The program in a process of its own."""
    call = [sys.executable, "-m", "tb_convergence.cli.main", *arguments]
    return subprocess.run(call, capture_output=True, env={**os.environ, **environment}, check=False)


def test_a_terminal_without_greek_letters_is_no_reason_to_fail(logdir: Path) -> None:
    """Arrows and Δ are written as escapes there."""
    done = command("diagnose", str(logdir), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"Learning rate too high" in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """``tb-convergence export … | head -1``."""
    write_run(tmp_path, range(5000))
    export = f"{sys.executable} -m tb_convergence.cli.main export {tmp_path} --statistic gradient_norm"
    done = subprocess.run(
        ["bash", "-c", f"{export} | head -1; exit ${{PIPESTATUS[0]}}"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"run,statistic,step,variable,value\n"


def test_the_command_is_installed() -> None:
    """Under the name that the documentation gives."""
    (entry,) = (e for e in metadata.entry_points(group="console_scripts") if e.name == "tb-convergence")
    assert entry.load() is main


def test_compare_says_where_two_runs_part(logdir: Path, capsys: Capture) -> None:
    """In text and as JSON; a run with nothing in it parts nowhere."""
    assert main(["compare", str(logdir), "Too-High", "empty"]) == 0
    assert "They do not part on the steps that both have recorded." in capsys.readouterr().out
    assert main(["compare", str(logdir), "Too-High", "Too-High", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["parting"] is None


def test_compare_takes_two_directories(logdir: Path, capsys: Capture) -> None:
    """Of one run each, which are called after them; one that holds several does not say which is meant."""
    assert main(["compare", f"{logdir}/Too-High/", str(logdir / "empty")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Too-High: Diverging")
    assert "(Too-High | empty)" in said
    assert main(["compare", str(logdir), str(logdir / "empty")]) == 2
    said = capsys.readouterr().err
    assert f"{logdir} holds several runs; give it once and name two of them: Too-High, empty" in said


@pytest.mark.parametrize(("named", "meant"), [([], "RUN BASELINE"), (["Too-High"], "Too-High BASELINE")])
def test_compare_asks_for_what_is_missing(named: list[str], meant: str, logdir: Path, capsys: Capture) -> None:
    """And says which runs there are."""
    assert main(["compare", str(logdir), *named]) == 2
    assert f"two runs are needed, compare {logdir} {meant}. There are: Too-High, empty" in capsys.readouterr().err


def test_the_run_of_the_log_directory_itself_is_called_so(logdir: Path, capsys: Capture) -> None:
    """A point alone would be read as the end of the sentence."""
    for arguments in (["diagnose", "{}", "--run", "xyz"], ["compare", "{}", ".", "nowhere"]):
        assert main([a.format(logdir / "empty") for a in arguments]) == 2
        assert capsys.readouterr().err.endswith("There are: . (the log directory itself)\n")


def test_python_runs_the_module_as_the_command(logdir: Path) -> None:
    """Where the command is not on the path."""
    done = subprocess.run(
        [sys.executable, "-m", "tb_convergence", "diagnose", str(logdir / "nowhere")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "does not exist" in done.stderr


def test_of_hundreds_of_runs_few_are_named_and_those_meant_first() -> None:
    """A slip of the pen finds its run in the first line."""
    names = [*(f"run-{i:03d}" for i in range(100)), "baseline"]
    assert listed(names, "basline").startswith("baseline, run-000, run-001")
    assert listed(names, "").endswith("run-011 and 89 more")
    assert listed(names[:2], "x") == "run-000, run-001"


def test_compare_names_the_runs_that_there_are(logdir: Path, capsys: Capture) -> None:
    """A wrong name is bad usage."""
    assert main(["compare", str(logdir), "Too-High", "nowhere"]) == 2
    assert "there is no run 'nowhere'. There are: Too-High, empty" in capsys.readouterr().err
