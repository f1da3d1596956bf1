"""A recorded run → what is wrong with it. Pure: no files, no clock, numpy only.

``tb_convergence.diagnose(logdir)`` calls this module itself, which hands on to ``tb_convergence.logdir.diagnose``.

finding.py   what a diagnosis consists of
context.py   what the rules share of one run, each estimate computed once
engine.py    runs all rules over a series; ranking.py: in which order findings are told; verdict.py: in one sentence
comparison.py where two runs part, in what they differ, and which difference explains the outcome
wording.py   numbers, code and names in sentences
causes.py    which finding can be the consequence of which
estimators/  statistics with closed forms: series → numbers
advice/      what a finding says, where it says it in several ways
rules/       one finding each: numbers → found, clear, not applicable, not enough evidence
parts/       of the rules that ask several questions: one folder a rule, one file a question
settings.py  what a user decides: other thresholds, muted findings
thresholds.py the thresholds of a rule, and the same rule with other ones
"""

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tb_convergence.diagnose.finding import Diagnosis


class _CallableRoom(ModuleType):
    """This package as a module that can be called: people call by the name of what holds the rules."""

    def __call__(
        self, logdir: str | os.PathLike[str], *, config: str | os.PathLike[str] | None = None
    ) -> "tuple[Diagnosis, ...]":
        """See ``tb_convergence.logdir.diagnose``, which reads files and is therefore no part of this room."""
        found: tuple[Diagnosis, ...] = import_module("tb_convergence.logdir").diagnose(logdir, config=config)
        return found


sys.modules[__name__].__class__ = _CallableRoom
