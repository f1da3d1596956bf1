"""The user's settings of the diagnosis, as they are now: the tab follows the file that the command follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tb_convergence.diagnose.engine import RULES
from tb_convergence.diagnose.rules.rule import Rule
from tb_convergence.diagnose.settings import SettingsError
from tb_convergence.diagnose.thresholds import Number
from tb_convergence.series import Note
from tb_convergence.settings import SETTINGS_FILE, find_settings, read_settings, rules_for

Version = tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Configured:
    """The rules in force.

    Attributes:
      version: path and time of change of the file they come from; ``None``: there is no file.
      notes: what people are told of it, with every diagnosis.
      thresholds: finding → name → number, of those that the file changes.
    """

    version: Version
    rules: tuple[Rule, ...] = RULES
    notes: tuple[Note, ...] = ()
    thresholds: Mapping[str, Mapping[str, Number]] = field(default_factory=dict)


class Settings:
    """Reads the file again when it has changed.

    Args:
      logdir: of TensorBoard; ``None`` where its data is no directory.
    """

    def __init__(self, logdir: str | None = None) -> None:
        self._logdir = logdir
        self._known = Configured(None)

    def now(self) -> Configured:
        """The rules in force. A file that means nothing changes no rule, and is told."""
        path = None if self._logdir is None else find_settings(self._logdir)
        version = _version(path)
        if version != self._known.version:
            self._known = Configured(None) if path is None or version is None else _read(path, version)
        return self._known

    @property
    def file(self) -> str | None:
        """Where settings stand, or would be found if they stood there; ``None``: nowhere."""
        if self._logdir is None:
            return None
        return str(find_settings(self._logdir) or Path(self._logdir).expanduser() / SETTINGS_FILE)


def _version(path: Path | None) -> Version:
    try:
        return None if path is None else (str(path), path.stat().st_mtime_ns)
    except OSError:  # gone in between
        return None


def _read(path: Path, version: Version) -> Configured:
    try:
        settings = read_settings(path)
        return Configured(version, rules_for(settings), (Note("info", f"In force: {settings}."),), settings.thresholds)
    except SettingsError as error:
        return Configured(version, notes=(Note("warning", f"The settings are left out: {error}"),))
