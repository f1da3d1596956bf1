"""A log directory → the diagnoses of its runs, with the settings that apply to it."""

import os
import tomllib
from pathlib import Path

from tb_convergence.diagnose import engine
from tb_convergence.diagnose.finding import Diagnosis
from tb_convergence.diagnose.rules.rule import Rule
from tb_convergence.diagnose.settings import Settings, SettingsError, configured, settings_of
from tb_convergence.read.local import read_logdir

SETTINGS_FILE = "tb_convergence.toml"
PathLike = str | os.PathLike[str]


def diagnose(logdir: PathLike, *, config: PathLike | None = None) -> tuple[Diagnosis, ...]:
    """What is wrong with each run below ``logdir``, sorted by the runs' names; what ``tb-convergence diagnose`` shows.

    Args:
      logdir: the directory given to ``tensorboard --logdir``.
      config: a TOML file with thresholds and muted findings; default: :func:`find_settings`.

    Raises:
      NoDataError: there is nothing to read.
      SettingsError: the settings mean nothing.
    """
    path = os.fspath(logdir)
    rules = rules_for(settings_for(path, config))
    return tuple(engine.diagnose(item.series, rules=rules) for item in read_logdir(path))


def rules_for(settings: Settings | None) -> tuple[Rule, ...]:
    """All rules, as the settings want them."""
    return engine.RULES if settings is None else configured(engine.RULES, settings)


def settings_for(logdir: PathLike, config: PathLike | None = None) -> Settings | None:
    """The settings of ``config``, else those that :func:`find_settings` finds, else ``None``.

    Raises:
      SettingsError: the file cannot be read, or means nothing.
    """
    path = find_settings(logdir) if config is None else Path(config).expanduser()
    return None if path is None else read_settings(path)


def find_settings(logdir: PathLike) -> Path | None:
    """``tb_convergence.toml`` in the log directory, else in the current one."""
    places = (Path(logdir).expanduser(), Path.cwd())
    return next((p / SETTINGS_FILE for p in places if (p / SETTINGS_FILE).is_file()), None)


def read_settings(path: Path) -> Settings:
    """The settings in a TOML file.

    Raises:
      SettingsError: the file cannot be read, or means nothing.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    return settings_of(document, engine.RULES, str(path))
