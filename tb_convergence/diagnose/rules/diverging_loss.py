"""The loss ends far above where it began, or loses all it had gained."""

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.outcome import FEWEST_TO_DIVERGE, RISE
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import number


def check(context: Context) -> Answer:
    """Found when the outcome is divergence, or when the loss rose before it stopped being finite."""
    if context.trend is None:
        return NotApplicable("the loss is not known")
    if len(context.trend.values) < FEWEST_TO_DIVERGE:
        return NotEnoughEvidence(f"needs {FEWEST_TO_DIVERGE} losses, got {len(context.trend.values)}")
    if context.one_of_several and context.outcome not in (Outcome.DIVERGED, Outcome.NOT_FINITE):
        return NotApplicable("one of several losses of a run need not fall")
    row = context.diverging_row
    return Clear() if row is None else _found(context, context.trend, row)


def _found(context: Context, trend: Trend, row: int) -> Found:
    levels = trend.start, trend.end, float(trend.values.min())
    start, end, lowest = map(trend.level, levels)
    step = context.step(row)
    first = float(trend.values[np.searchsorted(trend.rows, row)])
    there = trend.level(first)
    rate = median(context.learning_rate)
    return Found(
        severity=Severity.ERROR,
        confidence=0.95,
        row=row,
        evidence={
            "first_loss": start,
            "last_loss": end,
            "lowest_loss": lowest,
            "noise": trend.noise,
            "learning_rate": rate if np.isfinite(rate) else None,
            "rise_threshold": float(np.exp(RISE)) if trend.natural else None,
        },
        summary=(
            f"The loss rises from step {step} on: {number(there)} there, {number(end)} at the end; "
            f"its lowest was {number(lowest)}."
            if end > there
            else f"The loss leaps at step {step}, to {number(there)}, and does not come back: {number(end)} at the "
            f"end; its lowest was {number(lowest)}."
        ),
        advice=(
            "Check the sign: the optimizer must subtract the gradient of what is to become smaller; a "
            "`tf.custom_gradient` of its own must return its derivative, with its sign.",
            f"Look at what changes near step {step}: the data, their labels, the loss itself.",
            "Lower the learning rate ten times; if the loss then falls, raise it again threefold at a time.",
        ),
        expect=f"A loss below {number(start)} within as many steps.",
    )


RULE = Rule("diverging-loss", "Loss diverges", "the loss", check)
