"""The learning rate is above what the curvature of the loss allows."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.advice import high_learning_rate as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.aftermath import leaps_after, recovered
from tb_convergence.diagnose.estimators.line_minimum import passed
from tb_convergence.diagnose.estimators.mortality import born_dead
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.progress import climbs
from tb_convergence.diagnose.estimators.sudden import before
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.parts.high_learning_rate.leapt_rate import after_longer
from tb_convergence.diagnose.parts.high_learning_rate.long_steps import (
    DIED_ROWS,
    FEWEST,
    FIRST,
    HUGE_RATIO,
    LIMPING_RISE,
    LONG_RATIO,
    PAST,
    PROVEN,
    REPLACED,
    SOON,
    UNSTABLE_ROWS,
    length_at_first,
    of_ratio,
    otherwise_long,
    rate_earlier,
    units_died,
    up_to_trouble,
)
from tb_convergence.diagnose.parts.high_learning_rate.survived_steps import survived
from tb_convergence.diagnose.parts.high_learning_rate.unstable_steps import beyond_the_limit
from tb_convergence.diagnose.rules import saturated_activations
from tb_convergence.diagnose.rules.exploding_gradient import struck
from tb_convergence.diagnose.rules.oscillating_updates import harmful_order
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.series import Values

Rows = NDArray[np.int64]

DOWNHILL = 0.5
"""Slope at the end of a step over that at its start, from which the step was too short rather than too long."""

GREW, FADED = 1.1, 0.3
"""‖w‖ over the first one up to which random steps have moved weights by less than half of themselves, √(1.1² − 1); and
‖g‖ likewise, down to which a net is alive."""

FAR_PAST = -10.0
"""Slope along a step at its end over that at its start, below which a single step is proof."""


def check(context: Context) -> Answer:
    """Found when the run went wrong, and steps were beyond the stability limit, or huge, before or while it did.

    A warning when huge steps threw a run far out that learned something nevertheless.
    """
    if not np.isfinite(context.model.inner("update", "update")).any():
        return NotApplicable("no updates were recorded")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    row = struck(context)
    if context.bad and row is not None:
        context = Context(before(context.series, row))  # what came after is the doing of that gradient
    if not context.bad:
        return survived(context) or behaves(context)
    other = _otherwise_moved(context)
    if other:
        return Clear(other)
    found = beyond_the_limit(context, local=True) or _by_ratio(context) or beyond_the_limit(context, local=False)
    found = found or _broke_at_once(context) or _by_step(context) or after_longer(context) or _never_settled(context)
    return found or Clear("steps are within the stability limit")


def _otherwise_moved(context: Context) -> str:
    """Why the steps of a run that went wrong are no matter of the rate; empty: they may be."""
    if _born_dead(context):
        return "a layer is dead since before the first step: only what lies behind it moves"
    if context.shrinkage is not None and not context.shrinkage.in_gradient:
        return "the steps follow the weights: their decay is too strong"
    if _uphill(context):
        return "the updates go up the gradient: their sign is wrong, not their size"
    return ""


def _born_dead(context: Context) -> bool:
    """Whether no unit of the layer before the last had a gradient at first, nor at the end.

    What moves then is a bias or two, whose curvature is not that of the net.
    """
    dead = context.series.recorded("dead_unit_fraction")
    return len(context.layers) >= 2 and born_dead(dead[:, context.layers[-2].kernel], last=DIED_ROWS)


def _uphill(context: Context) -> bool:
    """Whether the rate that the updates show is negative, or they go up the gradient from the first on."""
    return climbs(context.model) or median(context.fits.learning_rate) < 0.0


def _by_step(context: Context) -> Found | None:
    """Whatever the optimizer: steps up to the onset that ended far beyond the minimum along their own line."""
    row = context.judgement.row
    if row is None or context.has_matrices:
        return None  # between two batches the slopes of a net tell nothing for certain; its steps are judged by length
    past = context.overshoot[: row + FEWEST]
    beyond = passed(past, context.loss, past=PAST, rise=LIMPING_RISE)
    if len(beyond) < UNSTABLE_ROWS and not (past[beyond] < FAR_PAST).any():
        return None
    return advice.past_the_minimum(context, int(beyond[0]), len(beyond), threshold=PAST)


def _by_ratio(context: Context) -> Found | None:
    """For optimizers whose recurrence is not identified: one step changes too much of the weights."""
    ratio: Values = context.update_ratio[up_to_trouble(context)]
    huge = np.flatnonzero(ratio > HUGE_RATIO)
    at_once = (ratio[:FIRST] > REPLACED).sum() >= UNSTABLE_ROWS  # before any batch could undo what another taught
    if not context.has_matrices or (harmful_order(context) and not at_once) or context.drowned:
        return None  # batches that undo each other make steps long, and so does noise, whatever the rate
    if len(huge) < UNSTABLE_ROWS or not _harmed(context, huge):
        return None
    if huge[0] > max(FEWEST, len(ratio) // 2) and rate_earlier(context, int(huge[0])) is None:
        return None  # late, and at the rate that was fine before
    return of_ratio(context, ratio, huge)


def _broke_at_once(context: Context) -> Found | None:
    """A net whose numbers broke in its first steps, right after one that was longer than its weights."""
    row, ratio = context.broken_row, context.update_ratio
    if row is None or not 0 < row <= FIRST or not context.has_matrices or not ratio[row - 1] > REPLACED:
        return None
    return of_ratio(context, ratio[:row], np.flatnonzero(ratio[:row] > HUGE_RATIO))


def _never_settled(context: Context) -> Found | None:
    """A net that diverged after steps that were huge at first, and ten times the usual up to there.

    However well it did in between: steps that long undo what was learned as fast as it is learned. Where the curvature
    has told that they are stable, they are not to blame; and a single layer has nothing to lose at first.
    """
    row, first = context.judgement.row, length_at_first(context)
    if context.outcome is not Outcome.DIVERGED or row is None or len(context.layers) < 2 or otherwise_long(context):
        return None
    ratio = context.update_ratio[:row]
    if (
        np.isfinite(context.stability[:row]).any()
        or len(ratio) < PROVEN
        or not first > HUGE_RATIO
        or not median(ratio) > LONG_RATIO
    ):
        return None
    return advice.never_settled(of_ratio(context, ratio, np.arange(1)), first, median(ratio))


def _harmed(context: Context, huge: Rows) -> bool:
    """Whether a huge step did harm: a loss far above its start within a few steps, units that died or saturated."""
    trend = context.trend
    if trend is None or not trend.log:
        return context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    loss, high = context.loss, float(np.exp(trend.start + max(np.log(LIMPING_RISE), 4.0 * trend.noise)))
    leapt = leaps_after(loss, context.overshoot, huge, high=high, soon=SOON, downhill=DOWNHILL)
    ended = units_died(context) or _drove_to_their_ends(context, huge)
    return ended or (leapt and not _intact(context, int(huge[-1]), high))


def _drove_to_their_ends(context: Context, huge: Rows) -> bool:
    """Whether units saturate for good after such steps, that were not saturated before the first one."""
    found = saturated_activations.check(context)
    row = found.row if isinstance(found, Found) else None
    return row is not None and int((huge < row).sum()) >= UNSTABLE_ROWS


def _intact(context: Context, last: int, high: float) -> bool:
    """Whether a run is as it was before a few long first steps: the loss is back, weights and gradients are as large.

    What it does or does not learn in all the steps since then is not their doing.
    """
    if last >= FIRST or len(context.series) < PROVEN * FIRST:
        return False
    curves = context.loss, context.model.norm("weight"), context.gradient_norm
    return recovered(*curves, last + 1 + SOON, high=high, grew=GREW, faded=FADED)


RULE = Rule("high-learning-rate", "Learning rate too high", "loss, gradients, updates", check)
