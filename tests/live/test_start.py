"""``start(logdir, on_finding=…, stop_on=…)``: findings while training, each once, and a reason to stop."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.diagnose.finding import Finding, Severity
from tb_convergence.diagnose.settings import SettingsError
from tb_convergence.live import start as live
from tests.live.training import parabola, waited


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No live diagnosis of one test hears the next."""
    yield
    live.finish()


def test_a_finding_is_raised_while_the_run_goes_on(tmp_path: Path) -> None:
    """The article's second example, 1.0 being the largest stable rate; nobody flushes."""
    found: list[Finding] = []
    tb_convergence.start(tmp_path, on_finding=found.append)
    parabola(1.5, 100_000, until=lambda: bool(found), pause=0.001)
    assert found[0].id == "high-learning-rate"
    assert found[0].severity is Severity.ERROR


def test_each_finding_is_raised_once_and_is_the_one_of_the_file(tmp_path: Path) -> None:
    """Live and afterwards say the same."""
    found: list[Finding] = []
    running = tb_convergence.start(tmp_path, on_finding=found.append)
    assert running is not None
    parabola(1.5, 40)
    running.close()
    before = list(found)
    running.close()
    assert found == running.raised == before
    (stored,) = tb_convergence.diagnose(tmp_path)
    assert {f.id for f in found} == {f.id for f in stored.findings}


def test_stop_on_an_error_ends_a_hopeless_run(tmp_path: Path) -> None:
    """An early kill: far fewer steps than were planned."""
    tb_convergence.start(tmp_path, stop_on="error")
    made = parabola(1.2, 1_000_000, until=tb_convergence.should_stop, pause=0.001)
    assert made < 1_000_000
    assert tb_convergence.should_stop()


def test_a_healthy_run_is_left_alone(tmp_path: Path) -> None:
    """No finding, no stop."""
    found: list[Finding] = []
    tb_convergence.start(tmp_path, on_finding=found.append, stop_on="warning")
    assert parabola(0.1, 300, until=tb_convergence.should_stop, pause=0.001) == 300
    live.finish()
    assert [f for f in found if f.severity is not Severity.INFO] == []


def test_the_next_start_begins_afresh(tmp_path: Path) -> None:
    """A sweep in one process: what stopped one trial does not stop the next."""
    for name, rate, stops in (("a", 1.5, True), ("b", 0.1, False), ("c", 1.5, True)):
        running = tb_convergence.start(tmp_path / name, stop_on="error")
        assert running is not None
        assert not tb_convergence.should_stop()
        parabola(rate, 60)
        running.close()
        assert tb_convergence.should_stop() is stops


def test_without_either_nothing_listens(tmp_path: Path) -> None:
    """``start(logdir)`` costs what it did."""
    assert tb_convergence.start(tmp_path) is None
    parabola(1.5, 40)
    tb_convergence.flush()
    assert live._ACTIVE == []


def test_a_summary_writer_is_listened_to_as_well(tmp_path: Path) -> None:
    """The default writer comes first, for the record and for the diagnosis."""
    found: list[Finding] = []
    with tf.summary.create_file_writer(str(tmp_path / "mine")).as_default():
        tb_convergence.start(tmp_path / "unused", on_finding=found.append)
        parabola(1.5, 40)
        live.finish()
    assert found[0].id == "high-learning-rate"


def test_what_on_finding_raises_does_not_end_the_training(tmp_path: Path) -> None:
    """It is told once, and counts as raised."""

    def fails(finding: Finding) -> None:
        raise KeyError(finding.id)

    running = tb_convergence.start(tmp_path, on_finding=fails, stop_on="error")
    assert running is not None
    parabola(1.5, 40)
    with pytest.warns(UserWarning, match="on_finding failed: KeyError"):
        running.close()
    assert running.should_stop


def test_settings_are_heeded(tmp_path: Path) -> None:
    """A muted finding is not raised and stops nothing."""
    found: list[Finding] = []
    (tmp_path / "tb_convergence.toml").write_text(
        'mute = ["high-learning-rate", "diverging-loss", "oscillating-updates"]'
    )
    tb_convergence.start(tmp_path, on_finding=found.append)
    parabola(1.5, 40)
    live.finish()
    assert "high-learning-rate" not in {f.id for f in found}
    (tmp_path / "tb_convergence.toml").write_text("nonsense = 1")
    with pytest.raises(SettingsError, match="nonsense"):
        tb_convergence.start(tmp_path, on_finding=found.append)


def test_a_wrong_call_is_an_error_at_once(tmp_path: Path) -> None:
    """Before anything is recorded."""
    with pytest.raises(ValueError, match="stop_on must be None, 'warning' or 'error', got 'info'"):
        tb_convergence.start(tmp_path / "x", stop_on="info")
    with pytest.raises(TypeError, match="on_finding must be a function"):
        tb_convergence.start(tmp_path / "x", on_finding=3)  # type: ignore[arg-type]
    assert not (tmp_path / "x").exists()


def test_the_end_of_the_process_raises_what_is_left(tmp_path: Path) -> None:
    """A script that is over in a tenth of a second, and never flushes."""
    script = f"""
import sys
sys.path.insert(0, {str(Path.cwd())!r})
import tb_convergence
from tests.live.training import parabola
tb_convergence.start({str(tmp_path)!r}, on_finding=lambda f: print(f.id))
parabola(1.5, 40)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "high-learning-rate" in done.stdout.split()


def test_waiting_costs_nothing_when_there_is_no_news(tmp_path: Path) -> None:
    """The thread sleeps until something is written, and ends when the next ``start`` comes."""
    tb_convergence.start(tmp_path / "a", on_finding=print)
    thread = live._ACTIVE[0]._thread
    assert thread.is_alive()
    tb_convergence.start(tmp_path / "b")
    assert waited(lambda: not thread.is_alive())
