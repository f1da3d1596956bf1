"""The public calls of a loop of one's own: ``start``, ``should_stop``."""

import atexit
import os
from pathlib import Path
from typing import Any

from tb_convergence.live.watch import LiveDiagnosis, OnFinding, check_arguments
from tb_convergence.record import log_step
from tb_convergence.record.sink import Session
from tb_convergence.settings import PathLike, rules_for, settings_for

_ACTIVE: list[LiveDiagnosis] = []


def start(
    logdir: PathLike,
    *,
    on_finding: OnFinding | None = None,
    stop_on: str | None = None,
    config: PathLike | None = None,
    **recording: Any,
) -> LiveDiagnosis | None:
    """Begins to record into ``logdir``, for those who have no ``tf.summary`` writer; a default writer comes first.

    With ``on_finding`` or ``stop_on`` the run is also diagnosed while it is recorded, in a thread of its own. That goes
    for the default writer too, if there is one when this is called.

    Args:
      logdir: directory of the run; it is made.
      on_finding: called with each finding, once, a second or two after the steps that show it.
      stop_on: ``"error"`` or ``"warning"``: from a finding of that severity on :func:`should_stop` is true.
      config: settings of the diagnosis, see ``tb_convergence.diagnose``.
      **recording: see ``tb_convergence.record.log_step.start``.

    Returns:
      The live diagnosis, whose ``close()`` looks for the last time, and whose ``raised`` holds the findings; ``None``
      without ``on_finding`` and ``stop_on``. The next ``start`` and the end of the process close it, too.

    Raises:
      SettingsError: the settings mean nothing.
      TypeError: ``on_finding`` cannot be called.
      ValueError: ``stop_on`` is no severity.
    """
    check_arguments(on_finding, stop_on)
    finish()
    log_step.start(logdir, **recording)
    session = log_step.recorder().session(log_step._default_writer())
    if session is None or (on_finding is None and stop_on is None):
        return None
    _ACTIVE.append(watching(session, logdir, on_finding=on_finding, stop_on=stop_on, config=config))
    return _ACTIVE[-1]


def watching(
    session: Session,
    logdir: PathLike,
    *,
    on_finding: OnFinding | None = None,
    stop_on: str | None = None,
    config: PathLike | None = None,
) -> LiveDiagnosis:
    """A live diagnosis of a session that is written to ``logdir``, with the settings that apply there."""
    rules = rules_for(settings_for(logdir, config))
    run = Path(os.fspath(logdir)).name
    return LiveDiagnosis(session, run, on_finding=on_finding, stop_on=stop_on, rules=rules)


def should_stop() -> bool:
    """Whether a finding as grave as the ``stop_on`` of ``start`` has been raised: a reason to leave the loop.

    Costs nothing: ask after each step, outside a ``tf.function``. False again after the next ``start``.
    """
    return any(live.should_stop for live in _ACTIVE)


def finish() -> None:
    """Closes the live diagnosis of ``start``, if there is one."""
    while _ACTIVE:
        _ACTIVE.pop().close()


atexit.register(finish)
