"""The user's settings of the diagnosis: which file holds them, and the rules as they want them.

Without TensorBoard, for the training process asks here too.
"""

import os
import tomllib
from pathlib import Path

from tb_convergence.diagnose import engine
from tb_convergence.diagnose.rules.rule import Rule
from tb_convergence.diagnose.settings import Settings, SettingsError, configured, settings_of

SETTINGS_FILE = "tb_convergence.toml"
PathLike = str | os.PathLike[str]


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
