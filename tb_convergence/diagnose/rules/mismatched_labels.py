"""The run learns no more than the share of each class, or the mean: the labels do not follow from the inputs."""

import numpy as np

from tb_convergence.diagnose.advice import mismatched_labels as advice
from tb_convergence.diagnose.advice.mismatched_labels import Constant
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.batches import even
from tb_convergence.diagnose.estimators.layers import starved
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.outcome import FEWEST_TO_STALL
from tb_convergence.diagnose.estimators.progress import Descent, confirmed
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.parts.noisy_gradient.one_example import one_example
from tb_convergence.diagnose.rules import loss_plateau, low_learning_rate
from tb_convergence.diagnose.rules.overfitting import validation
from tb_convergence.diagnose.rules.rule import (
    HINDRANCES,
    Answer,
    Clear,
    Found,
    NotApplicable,
    NotEnoughEvidence,
    Rule,
    behaves,
)

FEWEST = 50
"""Rows in which a net that can learn has learned something."""

BELOW = 0.03
"""Log loss by which the loss may lie below that of the best constant prediction: luck, or a little memory."""

BY_HEART = 0.1
"""The same where the next batch confirms nothing of what the steps gain: what is learnt by heart serves no other."""

ABOVE = 0.08
"""The same above it: what the noise of the steps adds."""

SCATTER = 0.5
"""Noise of one log loss above which its median does not tell where the loss lies: batches of one or two examples. A
constant answer costs nearly the same in each batch."""

DISTINCT = 0.98
"""Entropy of a batch's labels over that of as many classes as it holds, all alike, from which, with fewer classes than
the net has outputs, the batch is too small to show the entropy of all labels: its examples are of one class each."""

CONFIRMED = 2.0
"""Standard errors by which the next batch must say that the steps led downhill, to have confirmed anything."""

TRAVEL = 0.05
"""Sum of ‖Δ‖/‖w‖ over the run: weights that moved less have not tried."""

VALIDATIONS, HARDLY = 6, 0.95
"""Validations from which their best tells; and its share of the first, down to which nothing was learned for them.
Where each is above the first, that is told of any run whose training loss fell: right labels serve others at first."""

QUIET = 0.2
"""Noise of one log loss up to which a high floor is not that of the noise; batches of 32 have about 0.1."""

MOST = 0.6
"""Loss at rest over that of the best constant answer, from which labels that do not fit are one of its reasons."""

REPLACED = 1.0
"""The same from which the weights have moved by as much as they are long: a loss that did not fall is told, too."""

GONE = 1e-3
"""‖g‖ over that of the first rows, below which a net is dead: batches whose labels do not fit have gradients still."""

SIGNAL = 5.0
"""Standard errors of the descent that the next batch confirms; above, the run still learns."""


def check(context: Context) -> Answer:
    """Found when the loss lies where a constant prediction has it, though the weights move and nothing hinders them.

    Information where a net learned its data by heart, and validation was never better than at first.
    """
    found = _checked(context)
    return found if isinstance(found, Found) else _serves_no_other(context) or _high_floor(context) or found


def _high_floor(context: Context) -> Found | None:
    """A guess where a run comes to rest at most of what a constant answer costs: labels are one reason of several."""
    trend, floor = context.trend, loss_plateau.check(context)
    share = float(np.exp(trend.end)) / context.constant_loss if trend is not None and trend.natural else np.nan
    if not isinstance(floor, Found) or trend is None or not MOST < share < 1.0 or context.bad:
        return None
    if not _tried(context) or not trend.noise < QUIET or len(trend.values) < FEWEST:
        return None
    if isinstance(low_learning_rate.RULE.check(context), Found):
        return None  # it rests for want of steps
    descent = confirmed(context.model, slice(len(context.series) // 2, None))
    if not context.one_batch and descent is not None and descent.mean > CONFIRMED * descent.error:
        return None  # it still learns what other batches confirm
    return advice.high_floor(share, context.constant_loss, threshold=MOST)


def _serves_no_other(context: Context) -> Found | None:
    name, loss = validation(context), context.series.step("loss")
    values, known = (x[np.isfinite(x)] for x in (context.series.step(name) if name else loss[:0], loss))
    if len(values) < VALIDATIONS or len(known) < FEWEST or not (known >= 0.0).all():
        return None
    left = median(known[-len(known) // 10 :]) / max(float(known[0]), 1e-30)
    best = float(values[1:].min()) / float(values[0]) if values[0] > 0.0 else 0.0
    if not (left < BY_HEART and best > HARDLY) and not (left < HARDLY and best > 1.0 and not context.bad):
        return None
    return advice.serves_no_other(values, left, threshold=HARDLY)


def _checked(context: Context) -> Answer:
    trend = context.trend
    if trend is None or not trend.log:
        return NotApplicable("needs a positive loss")
    unsure = _unsure(context, trend)
    if unsure is not None:
        return unsure
    constant = _constant(context)
    if constant is None:
        return _at_rest(context, trend) or NotApplicable(
            "the loss of a constant prediction is not known (pass labels= to log_step)"
        )
    creeps = context.outcome is Outcome.SLOW and not context.warming_up
    wild = context.outcome in (Outcome.OSCILLATING, Outcome.TOO_EARLY) and trend.noise > SCATTER
    flat = (
        context.outcome is Outcome.STALLED or creeps or wild or (constant.seen and context.outcome is Outcome.CONVERGED)
    )
    found = _at_level(context, trend, constant) if flat else behaves(context, "the loss does not lie flat")
    if isinstance(found, Clear) and constant.squares:  # the loss may be no squared error, and its constant another
        return _at_rest(context, trend) or found
    doubt = _doubt(trend)
    if doubt is None:
        return found
    return advice.guessed(found) if isinstance(found, Found) else doubt


def _unsure(context: Context, trend: Trend) -> Answer | None:
    """Why nothing can be said of this run; ``None``: it can."""
    if len(trend.values) < FEWEST_TO_STALL:
        return _few(trend)
    if context.drowned and even(context.series):
        return NotEnoughEvidence("the gradients are noise of one size in all variables, as where it is added")
    if one_example(context):
        return NotEnoughEvidence("each step sees one example, whose noise keeps the loss up whatever the labels are")
    if starved(context.series, context.layers):
        return NotEnoughEvidence("normalizations get one example each, and hidden layers no gradient")
    return None


def _doubt(trend: Trend) -> NotEnoughEvidence | None:
    """Why what is found is a guess; ``None``: it is none."""
    if trend.noise > SCATTER:
        return NotEnoughEvidence("single batches scatter too far to say where the loss lies")
    return _few(trend) if len(trend.values) < FEWEST else None


def _few(trend: Trend) -> NotEnoughEvidence:
    return NotEnoughEvidence(f"needs {FEWEST} losses, got {len(trend.values)}")


def _at_level(context: Context, trend: Trend, constant: Constant) -> Answer:
    descent = confirmed(context.model, slice(len(context.series) // 2, None))
    by_heart = constant.seen and context.unwell and descent is not None and descent.mean < CONFIRMED * descent.error
    if not _lies_at(trend, constant, BY_HEART if by_heart else BELOW) or not _tried(context):
        return Clear("the loss does not lie where a constant prediction has it")
    found = _found(context, trend, constant)
    if not _leads_down(descent):
        return found
    # a step down on one batch is confirmed by that batch, whatever its labels: learning by heart begins like this
    return advice.guessed(found) if context.one_batch else Clear("the steps still lead downhill")


def _tried(context: Context) -> bool:
    """Whether the weights moved far enough to learn something, and gradients are left to learn from."""
    norm = context.gradient_norm
    alive = not median(norm[-len(norm) // 4 :]) < GONE * median(norm[:FEWEST_TO_STALL])
    return float(np.nansum(context.update_ratio)) > TRAVEL and (alive or context.one_batch)


def _leads_down(descent: Descent | None) -> bool:
    return descent is not None and descent.mean > SIGNAL * descent.error


def _at_rest(context: Context, trend: Trend) -> Found | None:
    """Information on a net that fell a little, and lies flat though its steps are as usual: a guess, and told as one.

    What a constant prediction costs is not known, so that the noise of right labels may look the same.
    """
    travel = float(np.nansum(context.update_ratio))
    fell = travel > REPLACED or trend.values[0] - trend.end > 3.0 * trend.error
    one = context.one_batch  # confirms its own steps, and shows for certain where they end
    known = bool(context.layers) and not context.one_of_several
    wild = context.outcome is Outcome.OSCILLATING and trend.noise > SCATTER
    flat = context.outcome in (Outcome.STALLED, Outcome.SLOW) or wild
    if not flat or not (known and fell and _tried(context)):
        return None
    half = slice(len(context.series) // 2, None)
    if context.warming_up or (not one and _leads_down(confirmed(context.model, half))):
        return None
    return advice.at_rest(context, trend, threshold=TRAVEL)


def _constant(context: Context) -> Constant | None:
    step = context.series.step
    if context.floor:
        return None  # a loss whose zero is anywhere is no error of the labels
    entropy, count, spread = (median(step(x)) for x in ("label_entropy", "label_classes", "label_std"))
    few = context.classes > count and context.guessing and entropy > DISTINCT * np.log(max(count, 1.0))
    if np.isfinite(entropy) and entropy > 0.0 and not few:
        most = float(np.nanmax(step("label_classes"))) if np.isfinite(count) else np.exp(entropy)
        highest = max(entropy, min(float(np.log(most)), 1.3 * entropy))  # a small batch shows less than all classes
        return Constant(entropy, highest, "the entropy of the labels", seen=True)
    if np.isfinite(spread) and spread > 0.0 and not few:
        return Constant(spread**2, spread**2, "the variance of the labels", seen=True, squares=True)
    if context.classes >= 2 and context.guessing:
        chance = float(np.log(context.classes))
        return Constant(chance, chance, f"ln {context.classes}, that of guessing,", seen=False)
    return None


def _lies_at(trend: Trend, constant: Constant, below: float) -> bool:
    room = 3.0 * trend.error
    low, high = np.log(constant.low) - below - room, np.log(constant.high) + ABOVE + room
    return bool(low < trend.end < high and trend.best > low)


def _found(context: Context, trend: Trend, constant: Constant) -> Found:
    end, spread = float(np.exp(trend.end)), median(context.series.step("output_spread")[-FEWEST:])
    return advice.no_better_than(context, constant, end, spread, above=ABOVE, threshold=TRAVEL)


RULE = Rule(
    "mismatched-labels",
    "Labels do not fit the inputs",
    "the loss, and the number of classes or labels=",
    check,
    yields_to=HINDRANCES,
)
