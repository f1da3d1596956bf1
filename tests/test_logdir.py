"""``tb_convergence.diagnose(logdir)``: the objects of the engine, with the settings that apply."""

from importlib import import_module
from pathlib import Path

import pytest

import tb_convergence
from tb_convergence.diagnose import engine
from tb_convergence.diagnose.finding import Diagnosis
from tb_convergence.diagnose.settings import SettingsError
from tb_convergence.read.local import NoDataError, read_logdir
from tests.cli.overshooting import write_overshooting


@pytest.fixture
def logdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose learning rate is too high; the current directory is another one."""
    write_overshooting(tmp_path / "logs" / "high")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "logs"


def test_the_package_has_a_name_that_can_be_called(logdir: Path) -> None:
    """And the room of the same name goes on to hold the rules."""
    (found,) = tb_convergence.diagnose(logdir)
    assert isinstance(found, Diagnosis)
    assert (found.run, found.findings[0].id) == ("high", "high-learning-rate")
    assert engine.diagnose(read_logdir(str(logdir))[0].series) == found
    assert import_module("tb_convergence.diagnose") is getattr(tb_convergence, "diagnose")  # noqa: B009 - mypy would object


def test_what_is_wrong_with_the_files_is_noted(logdir: Path) -> None:
    """As in the terminal."""
    (logdir / "high" / "events.out.tfevents.9").write_bytes(b"anything but an event file")
    (found,) = tb_convergence.diagnose(logdir)
    assert found.findings[0].id == "high-learning-rate"
    assert [note.text.partition(":")[0] for note in found.notes] == ["events.out.tfevents.9"]


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Not an empty answer."""
    with pytest.raises(NoDataError, match="does not exist"):
        tb_convergence.diagnose(tmp_path / "nowhere")
    with pytest.raises(TypeError, match="logdir: expected the path"):
        tb_convergence.diagnose(None)  # type: ignore[arg-type]


def test_settings_are_found_in_the_log_directory_then_here(logdir: Path) -> None:
    """The nearer file wins; ``config`` is nearest."""
    Path("tb_convergence.toml").write_text('mute = ["high-learning-rate"]')
    assert "high-learning-rate" not in {f.id for f in tb_convergence.diagnose(logdir)[0].findings}
    (logdir / "tb_convergence.toml").write_text("")
    assert tb_convergence.diagnose(logdir)[0].findings[0].id == "high-learning-rate"
    muted = logdir / "other.toml"
    muted.write_text('mute = ["high-learning-rate"]')
    assert "high-learning-rate" not in {f.id for f in tb_convergence.diagnose(logdir, config=muted)[0].findings}


@pytest.mark.parametrize(("text", "said"), [(None, "cannot be read"), ("= 3", "is not TOML"), ("a = 3", "key 'a'")])
def test_bad_settings_are_an_error_with_the_files_name(logdir: Path, text: str | None, said: str) -> None:
    """What came, and what there is."""
    path = logdir / "mine.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=said) as caught:
        tb_convergence.diagnose(logdir, config=path)
    assert str(path) in str(caught.value)
