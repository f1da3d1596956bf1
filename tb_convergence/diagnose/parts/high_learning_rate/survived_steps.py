"""A learning rate that is too high, and a run that gets on nevertheless: it was thrown far out, and came back."""

import numpy as np

from tb_convergence.diagnose.advice import high_learning_rate as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.aftermath import comes_back
from tb_convergence.diagnose.estimators.line_minimum import thrown
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.outcome import rose
from tb_convergence.diagnose.estimators.progress import confirmed
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.parts.high_learning_rate.leapt_rate import after_leap, after_longer
from tb_convergence.diagnose.parts.high_learning_rate.long_steps import (
    FEWEST,
    FIRST,
    HUGE_RATIO,
    LIMPING_RISE,
    LONG_RATIO,
    PAST,
    REPLACED,
    SOON,
    TOSSED,
    length_at_first,
    of_ratio,
    otherwise_long,
    units_died,
)
from tb_convergence.diagnose.rules.excessive_momentum import carried
from tb_convergence.diagnose.rules.rule import Found

FLOOR = 0.5
"""Loss at rest over that of the best constant prediction, from which the run has learned little."""

LIMPING_STEPS = 3
"""Steps above HUGE_RATIO at which a run that got somewhere is suspected nevertheless."""

LIMPING_DROP = np.log(4.0)
"""Log loss: a run that fell by more recovered from them."""

WILD = 0.3
"""Noise of log loss from one step to the next: a third of its value. Batches of 32 have about 0.1."""

BACK, OFTEN = 0.1, 0.95
"""Share of the first loss that a run comes back to, in one of twenty of its later steps."""

TAKEN_BACK = 0.1
"""Share of the promised descent that the next batch takes back: ηh along the steps, of 2 that are stable. Less is
noise, which a lower rate only averages."""


def survived(context: Context) -> Found | None:
    """A warning when huge steps threw a run far out that learned something nevertheless; information if it is well."""
    return (
        after_leap(context)
        or after_longer(context)
        or _limping(context)
        or _replaced(context)
        or _thrown(context)
        or _tossed(context)
        or _ends_above(context)
    )


def _limping(context: Context) -> Found | None:
    """A run that long steps threw far out at its start, and that lies flat since then, not far below where it began."""
    trend = context.trend
    if trend is None or not trend.log or not context.has_matrices or context.outcome is not Outcome.CONVERGED:
        return None
    if otherwise_long(context):
        return None
    ratio, loss = np.nan_to_num(context.update_ratio), context.loss
    huge = np.flatnonzero(ratio > HUGE_RATIO)
    long = bool((ratio[:FIRST] > HUGE_RATIO).any()) or units_died(context)
    if trend.noise > WILD and long and comes_back(loss, often=OFTEN, share=BACK) and _taken_back(context):
        found, first = of_ratio(context, ratio, huge if len(huge) else np.arange(1)), float(ratio[:FIRST].max())
        return advice.wild(found, first, trend.noise, killed=units_died(context), threshold=WILD)
    if len(huge) < LIMPING_STEPS or trend.drop > LIMPING_DROP:
        return None
    highest = float(np.nanmax(loss[huge[0] : huge[-1] + LIMPING_STEPS]))
    first = loss[np.isfinite(loss)][0]
    start = max(trend.start, float(np.log(first)) if first > 0.0 else trend.start)
    if not np.log(highest) - start > max(np.log(LIMPING_RISE), 3.0 * trend.noise):
        return None
    found, end = of_ratio(context, ratio, huge), trend.level(trend.end)
    return advice.limping(found, len(huge), highest=highest + context.floor, end=end, threshold=HUGE_RATIO)


def _replaced(context: Context) -> Found | None:
    """A net whose first steps were longer than its weights, and that has not come far below a constant answer's loss.

    What it began with was gone after them; a single layer, or one that begins at zero, has nothing to lose.
    """
    trend, ratio = context.trend, context.update_ratio
    calm = context.outcome in (Outcome.CONVERGED, Outcome.SLOW, Outcome.CONVERGING)
    if trend is None or not trend.log or not calm or len(context.layers) < 2:
        return None
    long = np.flatnonzero((ratio[:FIRST] > REPLACED) & np.isfinite(ratio[:FIRST]))
    end, constant = float(np.exp(trend.end)), context.constant_loss
    if not len(long) or not end > FLOOR * constant or context.drowned:
        return None
    found, first = of_ratio(context, ratio, long), int(long[0])
    falls = context.outcome is Outcome.CONVERGING
    return advice.replaced(found, context.step(first), float(ratio[first]), end=end, constant=constant, falls=falls)


def _thrown(context: Context) -> Found | None:
    """Information on a function of few numbers that the first steps threw far up, though it came down again."""
    trend, loss = context.trend, context.loss
    if trend is None or not trend.log or context.has_matrices or not context.one_batch or carried(context):
        return None
    beyond = thrown(context.overshoot[:FEWEST], loss[:FEWEST], past=PAST, tossed=TOSSED)
    if not len(beyond):
        return None
    set_, fitted = median(context.series.step("learning_rate")), float(context.fit.learning_rate[0])
    rate = set_ if np.isfinite(set_) else fitted  # single rows of Adam fit any rate
    return advice.thrown_up(context, int(beyond[0]), rate, threshold=PAST)


def _tossed(context: Context) -> Found | None:
    """Information on a net whose first steps were huge and took the loss far up, however well it learned since then."""
    loss, first = context.loss, length_at_first(context)
    if not context.has_matrices or otherwise_long(context):
        return None
    highest = float(np.nanmax(loss[1 : 1 + SOON], initial=-np.inf))
    rise = highest / loss[0] if loss[0] > 0.0 else 0.0
    if not (first > REPLACED and rise > LIMPING_RISE) and not (first > HUGE_RATIO and rise > TOSSED):
        return None
    found, start = of_ratio(context, context.update_ratio, np.arange(1)), float(context.series.step("loss")[0])
    end = _higher_end(context)
    return advice.tossed(found, float(context.update_ratio[0]), start=start, highest=highest + context.floor, end=end)


def _ends_above(context: Context) -> Found | None:
    """A warning on a net that long steps led up, by the word of the next batches, and that ends above its start."""
    trend, end, half = context.trend, _higher_end(context), slice(0, len(context.series) // 2)
    if trend is None or not np.isfinite(end) or not context.has_matrices or otherwise_long(context):
        return None
    ratio = context.update_ratio
    long = np.flatnonzero(ratio > LONG_RATIO)
    if not len(long) or not median(ratio[half]) > LONG_RATIO or not _taken_back(context):
        return None
    found = of_ratio(context, ratio, long)
    return advice.ends_above(found, median(ratio[half]), start=trend.level(trend.start), end=end)


def _higher_end(context: Context) -> float:
    """The loss at the end where that is clearly above its start, however it falls; NaN: it is not."""
    trend = context.trend
    higher = trend is not None and trend.natural and rose(trend) and not context.one_of_several
    return trend.level(trend.end) if trend is not None and higher else np.nan


def _taken_back(context: Context) -> bool:
    """Whether the next batch says that the steps, all in all, led uphill, and by more than noise does at a low rate."""
    found = confirmed(context.model, slice(0, None))
    descends = bool(np.isfinite(context.stability).any())  # of other optimizers the share says little of ηh
    return found is not None and found.mean < -found.error and not (descends and found.share > -TAKEN_BACK)
