"""How much longer steps could be: by the curvature that they met, else by what is usual."""

import numpy as np

from tb_convergence.diagnose.advice.low_learning_rate import Step
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.periodicity import pattern
from tb_convergence.diagnose.estimators.steepness import steepness
from tb_convergence.diagnose.estimators.step_length import largest_share
from tb_convergence.diagnose.parts.low_learning_rate.short_steps import (
    FEWEST,
    LARGEST_FACTOR,
    LOW_RATIO,
    SIGNAL,
    SMOOTH,
    USUAL_RATIO,
    at_standstill,
    hardly_moved,
    identified,
)
from tb_convergence.diagnose.rules.oscillating_updates import harmful_order

BOLD = 0.5
"""ηh over its limit, at the largest curvature met, to aim at without noise: of gradient descent ηh = 1, Newton's step
along the steepest direction, which takes off the most that the descent lemma promises (Nesterov 2004, 1.2.3)."""

WARY, EVEN = 0.25, 1.1
"""The same where steps met different curvatures, the largest over their median being more than this: what was met is a
mean over the directions of the gradient, and the steepest has more."""

CAUTION = 10.0
"""Times ‖g‖²/2L, the least curvature that a loss of 0 or more allows, to suit the rate to where none was met."""

SLOPED = 0.1
"""‖g‖‖w‖/L: relative change of the loss per relative change of the weights. On a plateau it is smaller by decades."""

SMOOTHEST = 0.9999
"""cos(g, g⁻) likewise, where the loss does not follow from the steps, or is too steady to show whether it does."""

LIKELY = 3.0
"""Standard errors that will do of weights that have not tried, where a loss that lies flat is no floor."""

OPPOSED = 0.15
"""Share of the batches of an epoch that ask for the opposite of the one before, from which they are sorted. With random
ones it is half at the noise floor, and next to none where the steps lead steadily down."""

MOST_RATIO = 3e-2
"""‖Δ‖/‖w‖ of a net's first steps beyond which no rate is advised: the most that healthy starts reach."""


def measured(context: Context) -> Step | None:
    """What steps could be; ``None`` where the next gradient does not confirm the descent, at the noise floor.

    Nor can it where batches come in an order of their own, and the next is like this one: not in one that was drawn by
    lot and is the same in each epoch. Where the weights stay where they are, no next batch is asked.
    """
    still = at_standstill(context)  # steps so short that rounding makes their curvature
    if not still and (_own_order(context) or len(context.kinds)):
        return None
    # the next batch's gradient is independent of this step's noise: its mean is the true descent
    descent = divide(-context.model.inner("gradient", "previous_update"), context.loss)
    known = descent[np.isfinite(descent)]
    if len(known) < FEWEST // 2:
        return None
    mean, error = float(known.mean()), float(known.std() / np.sqrt(len(known)))
    moved = context.update_ratio > 0.0  # accumulation leaves weights alone in between
    ratio = median(context.update_ratio[moved])
    if still:
        size = np.fmax(context.loss, np.abs(context.series.step("loss")))  # a floor says little of a loss that stays
        mean = median(divide(-context.model.inner("gradient", "update"), size)[moved])
    elif not mean > (LIKELY if hardly_moved(context) else SIGNAL) * error:
        return None
    if not ratio > 0.0:
        return None
    factor = USUAL_RATIO / ratio if ratio < LOW_RATIO else 0.0
    steepest = np.nan
    if _smooth(context) and not still:
        steepest = _steepest(context)
        if not steepest > 0.0 and _sloped(context):  # over a hilltop: −⟨g, Δ⟩/L = η‖g‖²/L, and ηh/2 a quarter or more
            steepest = CAUTION * mean / 4.0
        factor = BOLD / steepest if steepest > 0.0 else factor
        most = MOST_RATIO if identified(context) else USUAL_RATIO
        first = np.fmax(ratio, median(context.update_ratio[:FEWEST]))  # later steps are shorter by themselves
        factor = min(factor, most / first) if _fragile(context) else factor
    safe = factor if not steepest > 0.0 or _even(context) else min(factor, WARY / steepest)
    return Step(ratio, steepest, mean, min(factor, LARGEST_FACTOR), min(safe, LARGEST_FACTOR))


def _own_order(context: Context) -> bool:
    """Whether the data come in an order that was not drawn by lot: many a batch is opposed to the one before.

    As where classes give way to one another; where each goes on for longer, ``kinds`` has them. Random batches agree
    while the steps lead steadily down, but for a last one of few examples.
    """
    found, angle = context.data_period, context.model.cosine("gradient", "previous_gradient")
    if found is None:
        return False
    typical = median(angle)
    around = pattern(np.where(np.isfinite(angle), angle, typical), found.steps)
    return harmful_order(context) or not float((typical + around < 0.0).mean()) < OPPOSED


def _fragile(context: Context) -> bool:
    """Whether long steps would spoil what the net began with: a single layer's weights are worth nothing at first."""
    return context.has_matrices and len(context.layers) != 1


def _smooth(context: Context) -> bool:
    """Whether gradients differ by what the steps do to them, and not by their batches, which short steps drown in."""
    cosine = median(context.model.cosine("gradient", "previous_gradient"))
    return cosine > (SMOOTH if context.one_batch else SMOOTHEST)


def _even(context: Context) -> bool:
    """Whether every step met about the same curvature."""
    known = context.curvature[np.isfinite(context.curvature)]
    return len(known) > 0 and float(known.max()) < EVEN * median(known)


def _sloped(context: Context) -> bool:
    """Whether a step as long as the weights would take a good part off the loss, at this slope: no plateau."""
    weight, loss = context.model.norm("weight"), context.loss
    return median(steepness(context.gradient_norm, weight, loss)) > SLOPED


def _steepest(context: Context) -> float:
    """The largest share of its limit that a step had; where the optimizer is not known, of the slope that it used up.

    A step that ends where the slope is zero has gone half as far as the limit of gradient descent.
    """
    of_slope = 0.5 * (1.0 - context.overshoot)
    return largest_share((context.stability, of_slope) if identified(context) else (of_slope,), fewest=FEWEST // 2)
