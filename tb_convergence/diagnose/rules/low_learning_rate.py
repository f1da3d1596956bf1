"""The learning rate is far below what the run could bear, and the loss hardly moves."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.advice import low_learning_rate as advice
from tb_convergence.diagnose.advice.low_learning_rate import Step
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.clipping import limit, limit_of_each
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.progress import confirmed, pace
from tb_convergence.diagnose.estimators.reach import share_of_labels
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.parts.low_learning_rate.decayed_rate import decayed, decayed_unseen
from tb_convergence.diagnose.parts.low_learning_rate.longer_steps import measured
from tb_convergence.diagnose.parts.low_learning_rate.short_steps import (
    FEWEST,
    LARGEST_FACTOR,
    LOW_RATIO,
    SIGNAL,
    SMOOTH,
    USUAL_RATIO,
    agree,
    at_standstill,
    hardly_moved,
    rate_to_change,
)
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule

LITTLE = -np.log(0.95)
"""Log loss: the run has fallen by less than 5 %."""

LONGER = 10.0
"""Times that steps could be longer, from which it is worth telling; three times would be found by trying."""

FAR_DOWN = np.log(100.0)
"""Log loss: a run that fell by more has got somewhere, however slowly."""

GAIN = 2e-4
"""Share of the loss that one step would take off at the better rate, i.e. a half in 3,500 steps; below, the gradient
is the problem."""

OUT_OF_REACH = 0.1
"""Size s of the outputs over that of the labels at the end of a run that never came near them: the squared error is at
least (1 − s)² of its start, so that a fall of less than 20 %, which counts as none, is all that there can be."""

NORMALIZED = 10.0
"""Factor up to which an element's step is as long as the rate, and from which its gradient is another size."""


def check(context: Context) -> Answer:
    """Found when steps lead steadily downhill, are far shorter than they could be, and the loss has hardly moved."""
    trend = context.trend
    if trend is None or not trend.log:
        return _unmoved(context) or decayed_unseen(context, trend) or NotApplicable("needs a positive loss")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    return decayed(context, trend) or _from_the_start(context, trend)


def _unmoved(context: Context) -> Found | None:
    """Whatever the loss is: weights that stay where they are, though all batches ask them the same way.

    A warning, since no loss says how much there is to be had there.
    """
    moved = context.update_ratio[np.nan_to_num(context.update_ratio) > 0.0]
    if len(context.series) < FEWEST or not len(moved) or context.one_of_several or context.warming_up:
        return None
    if not at_standstill(context) or not agree(context, sigmas=SIGNAL):
        return None
    ratio, rate = median(moved), rate_to_change(context)
    return advice.unmoved(context, ratio, rate, min(USUAL_RATIO / ratio, LARGEST_FACTOR), threshold=LOW_RATIO)


def _from_the_start(context: Context, trend: Trend) -> Answer:
    moves = trend.drop > LITTLE + 3.0 * trend.error
    waits = not moves or _lingers(trend) or _could_run(context, trend)
    early = context.outcome is Outcome.TOO_EARLY and at_standstill(context)
    slow = context.outcome in (Outcome.SLOW, Outcome.STALLED, Outcome.CONVERGING)
    if not (slow or early) or not waits:
        return Clear("the loss moves")
    if context.warming_up:
        return NotEnoughEvidence("the learning rate is still rising")
    step = measured(context)
    rate = context.series.step("learning_rate")
    cut = limit(context.model, rate, context.fits.learning_rate) or limit_of_each(context.series, rate)
    if step is not None and cut is not None and cut.uncut > LONGER * cut.norm:
        longer = cut.uncut / cut.norm  # as the rate that was set has it
        step = replace(step, factor=longer, longest=longer)
    if step is None or step.longest < LONGER:
        return _of_labels(context, moves=moves) or Clear("the steps are not too short")
    if cut is None and step.progress * step.longest < GAIN:
        return _untried(context, trend, step) or Clear("the steps are not too short")
    if cut is None:
        found = _found(context, trend, step)
    else:
        found = advice.clipped(context, trend, step, cut, threshold=LOW_RATIO)
    return _weighed(context, found, early=early, moves=moves)


def _weighed(context: Context, found: Found, *, early: bool, moves: bool) -> Found:
    """As grave as it is certain, and as the run goes."""
    if at_standstill(context) and not agree(context):
        return replace(found, severity=Severity.INFO, confidence=0.6)
    if early:
        return replace(found, severity=Severity.WARNING)
    return replace(found, severity=Severity.INFO, confidence=0.7) if moves and not context.bad else found


def _untried(context: Context, trend: Trend, step: Step) -> Found | None:
    """A warning where the gradient is small as well, as around a saddle, which steps of the rate's own length leave."""
    if context.outcome is not Outcome.SLOW or not hardly_moved(context) or not _as_long_as_the_rate(context):
        return None
    return replace(_found(context, trend, step), severity=Severity.WARNING, confidence=0.7)


def _as_long_as_the_rate(context: Context) -> bool:
    """Whether steps are as long as the rate that was set, however small the gradient, as those of Adam are.

    Then it is the rate that makes them short, and not a plateau on which the gradient is nearly gone.
    """
    size = np.sqrt(context.series.sizes.sum())
    rate = context.series.step("learning_rate")
    step, slope = median(context.model.norm("update") / size / rate), median(context.gradient_norm / size)
    return 1.0 / NORMALIZED < step < NORMALIZED and slope < step / NORMALIZED


def _lingers(trend: Trend) -> bool:
    """Whether a loss that falls has not halved, and takes more than the run again to do so."""
    found = pace(trend)
    return found is not None and trend.drop < np.log(2.0) and found.rows_to_halve > len(trend.values)


def _could_run(context: Context, trend: Trend) -> bool:
    """Whether a run on one batch, whose curvature is known without noise, is still on its way."""
    smooth = median(context.model.cosine("gradient", "previous_gradient")) > SMOOTH
    return context.one_batch and smooth and trend.drop < FAR_DOWN


def _found(context: Context, trend: Trend, step: Step) -> Found:
    rate = rate_to_change(context)
    found = advice.too_low(context, trend, step, rate, threshold=LOW_RATIO)
    return found if len(context.series) >= 2 * FEWEST else replace(found, severity=Severity.WARNING)


def _of_labels(context: Context, *, moves: bool) -> Found | None:
    """Labels so large that steps of the usual length take for ever to reach them."""
    share, descent = share_of_labels(context.series), confirmed(context.model, slice(0, None))
    if moves or share is None or not share < OUT_OF_REACH:
        return None
    if descent is None or not descent.mean > SIGNAL * descent.error:
        return None
    return advice.large_labels(context, share, threshold=OUT_OF_REACH)


RULE = Rule("low-learning-rate", "Learning rate too low", "loss, gradients, updates", check)
