"""The settings of the diagnosis, as the tab follows them."""

import os
from pathlib import Path

import pytest

from tb_convergence.diagnose.engine import RULES
from tb_convergence.serve.configured import Settings
from tb_convergence.serve.store import Store
from tests.cli.overshooting import write_overshooting
from tests.read.load import CTX, Loading

MUTED = 'mute = ["low-learning-rate"]\n'


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current directory is looked into as well."""
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def _write(folder: Path, text: str, time: int) -> None:
    file = folder / "tb_convergence.toml"
    file.write_text(text)
    os.utime(file, (time, time))


def test_without_a_file_the_rules_are_as_they_are(tmp_path: Path) -> None:
    """Nor is anything said; data that is no directory has no file either."""
    for settings in (Settings(str(tmp_path)), Settings(None)):
        assert settings.now().rules is RULES
        assert settings.now().notes == ()


def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    """And only then; taken away, it counts no more."""
    settings = Settings(str(tmp_path))
    _write(tmp_path, MUTED, 100)
    first = settings.now()
    assert settings.now() is first
    assert "low-learning-rate muted" in first.notes[0].text
    _write(tmp_path, 'mute = ["dead-units"]\n', 200)
    assert "dead-units muted" in settings.now().notes[0].text
    (tmp_path / "tb_convergence.toml").unlink()
    assert settings.now().rules is RULES


@pytest.mark.parametrize("text", ["mute = [", 'mute = ["no-such-finding"]\n'])
def test_a_file_that_means_nothing_changes_no_rule_and_is_told(tmp_path: Path, text: str) -> None:
    """The tab goes on."""
    _write(tmp_path, text, 100)
    found = Settings(str(tmp_path)).now()
    assert found.rules is RULES
    assert found.notes[0].severity == "warning"
    assert "The settings are left out" in found.notes[0].text


def test_a_diagnosis_follows_the_settings(tmp_path: Path) -> None:
    """A muted finding is not raised, and the diagnosis is made again, and the note stands with it."""
    write_overshooting(tmp_path / "a")
    experiment = Store(Loading(tmp_path).provider, str(tmp_path)).experiment("")
    before = experiment.diagnosis(CTX, "a")
    _write(tmp_path, 'mute = ["high-learning-rate"]\n', 100)
    after = experiment.diagnosis(CTX, "a")
    assert before.diagnosis.findings[0].id == "high-learning-rate"
    assert "high-learning-rate" not in [finding.id for finding in after.diagnosis.findings]
    assert "high-learning-rate" in [rule.id for rule in after.diagnosis.not_applicable]
    assert after.notes[-1].text.startswith("In force: ")
    assert experiment.diagnosis(CTX, "a") is after
