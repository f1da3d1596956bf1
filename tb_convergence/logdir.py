"""A log directory → the diagnoses of its runs, with the settings that apply to it."""

import os
from dataclasses import replace

from tb_convergence.diagnose import engine
from tb_convergence.diagnose.finding import Diagnosis
from tb_convergence.read.local import read_logdir
from tb_convergence.settings import PathLike, rules_for, settings_for


def diagnose(logdir: PathLike, *, config: PathLike | None = None) -> tuple[Diagnosis, ...]:
    """What is wrong with each run below ``logdir``, sorted by the runs' names; what ``tb-convergence diagnose`` shows.

    Args:
      logdir: the directory given to ``tensorboard --logdir``.
      config: a TOML file with thresholds and muted findings; default: ``tb_convergence.toml`` in
        the log directory, else in the current one.

    Raises:
      TypeError: ``logdir`` is no path.
      NoDataError: there is nothing to read.
      SettingsError: the settings mean nothing.
    """
    if not isinstance(logdir, str | os.PathLike):
        raise TypeError(f"logdir: expected the path of a directory, got {logdir!r:.80}")
    path = os.fspath(logdir)
    rules = rules_for(settings_for(path, config))
    runs = [item.series for item in read_logdir(path)]
    return tuple(replace(engine.diagnose(series, rules=rules), notes=series.notes) for series in runs)
