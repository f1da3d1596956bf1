"""Asks one rule about one series, as the engine does."""

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.rules.rule import Answer, Rule
from tb_convergence.series import Series


def ask(rule: Rule, series: Series) -> Answer:
    """The rule's answer; overflow in what was recorded is no warning."""
    with np.errstate(all="ignore"):
        return rule.check(Context(series))
