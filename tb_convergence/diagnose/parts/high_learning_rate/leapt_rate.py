"""A learning rate that leapt in the midst of a run, and took the loss up with it."""

import numpy as np

from tb_convergence.diagnose.advice import high_learning_rate as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.outcome import SIGMAS
from tb_convergence.diagnose.estimators.rate_leap import longer_since
from tb_convergence.diagnose.parts.high_learning_rate.long_steps import (
    LIMPING_RISE,
    PROVEN,
    TOSSED,
    leapt_at,
    of_ratio,
    rate_earlier,
)
from tb_convergence.diagnose.rules.rule import Found

LONGER = 5.0
"""Times that a step must be longer than all of the PROVEN before it, where only the steps tell their rate."""

STEEPER = 2.0
"""Times that its gradient may be longer than all of theirs: a longer step is an answer to a much longer gradient."""


def after_leap(context: Context) -> Found | None:
    """A rate that leapt in the midst of a run, and a loss that is higher ever since, however well it falls again.

    Information where the leap threw it far up, and it has come down again.
    """
    row, trend = leapt_at(context), context.trend
    earlier = None if row == 0 else rate_earlier(context, row)
    if trend is None or not trend.log or earlier is None:
        return None
    loss = np.log(context.loss)
    level = median(loss[max(0, row - PROVEN) : row])
    lost = median(loss[-max(PROVEN, len(loss) // 10) :]) - level
    higher = lost > max(np.log(LIMPING_RISE), 3.0 * trend.noise)
    up = float(np.nanmax(loss[row : row + PROVEN])) - level
    if not higher and not up > max(np.log(TOSSED), SIGMAS * trend.noise):
        return None
    found, rate = of_ratio(context, context.update_ratio, np.array([row])), median(context.learning_rate[row:])
    return advice.leapt(found, context.step(row), earlier, rate, lost=lost, thrown=up, higher=higher)


def after_longer(context: Context) -> Found | None:
    """Steps of an optimizer whose rate is not known that leap, and the loss with them; information if a run is well."""
    trend, known = context.trend, np.isfinite(context.learning_rate).any()
    if trend is None or not trend.log or known or not context.has_matrices:
        return None
    update = context.model.norm("update")
    row = longer_since(update, context.gradient_norm, proven=PROVEN, leap=LONGER, steeper=STEEPER)
    loss = np.log(context.loss)
    up = median(loss[row : row + PROVEN]) - median(loss[max(0, row - PROVEN) : row])
    if row == 0 or not up > max(np.log(LIMPING_RISE), 3.0 * trend.noise):
        return None
    found = of_ratio(context, context.update_ratio, np.array([row]))
    longer = float(update[row] / median(update[row - PROVEN : row]))
    return advice.longer(found, context.step(row), longer, rise=up, alarm=context.bad)
