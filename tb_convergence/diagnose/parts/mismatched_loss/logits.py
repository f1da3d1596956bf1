"""A loss that takes the outputs for logits, or for probabilities, which they are not."""

import numpy as np

from tb_convergence.diagnose.advice import mismatched_loss as advice
from tb_convergence.diagnose.advice.mismatched_loss import Mismatch
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.logit_bounds import confined, largest_entropy, largest_loss
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.scale import logit_bias_excess
from tb_convergence.diagnose.parts.mismatched_loss.answers import ABOVE, FEWEST, unseen

SUM = 1e-3
"""Mean |Σ − 1| of outputs up to which they are probabilities: float32 softmax has 1e-7, half precision 5e-4."""

ROOM = 0.02
"""Losses may pass the bounds of confined logits by so much: label smoothing, a little weight decay."""

AT_FLOOR = 0.04
"""Relative distance to the floor of confined logits within which a settled loss has come to it."""

PART_WAY = 0.3
"""Share of the way from a constant answer's loss to that floor, from which a loss has fallen towards it."""

CONTRADICTION = 0.7
"""Part of the floor by which the loss must exceed what outputs as sure as these have as their entropy."""

TOO_STEEP = 1.1
"""‖∂L/∂b‖ of the last bias over the most that cross-entropy of logits, mean, sum or weighted, gives it at that loss."""

CLIPPED = -np.log(1e-7) * 1.01
"""The most that a loss of probabilities can be: Keras clips them at 1e-7. Logits divided by a temperature cost more."""


def unnormalized(context: Context) -> Mismatch | None:
    """A loss that no logits of this range can have.

    In most rows; or at the start, which regularization may be to blame for, with gradients that it does not explain.
    What learns all the same may divide its outputs by a temperature.
    """
    step, classes = context.series.step, context.classes
    low, high = step("output_min"), step("output_max")
    reach = largest_loss(low, high, classes)
    ratios = step("loss") / reach
    known = ratios[np.isfinite(ratios)]
    classification = median(step("label_classes")) == 2.0 or classes >= 2
    raw = median(low) < 0.0 or (classes >= 2 and median(step("output_sum_error")) > SUM)
    if not len(known) or not np.isfinite(step("label_classes")).any() or not classification or not raw:
        return None
    if context.shrinkage is not None and context.shrinkage.in_gradient:
        return None  # a penalty is part of the loss
    steep = logit_bias_excess(context.series, context.layers, classes) > TOO_STEEP
    steep &= float(step("loss")[np.isfinite(ratios)][0]) < CLIPPED
    ratio = float(known[0]) if steep and known[0] > ABOVE else median(ratios) if classes >= 2 else 0.0
    if not ratio > ABOVE:
        return None
    row = int(np.flatnonzero(ratios == ratio)[0]) if (ratios == ratio).any() else None
    loss, most = (median(x) if row is None else float(x[row]) for x in (step("loss"), reach))
    return advice.unnormalized(classes, loss, most, ratio, at_first=row == 0, threshold=ABOVE)


def confined_logits(context: Context) -> Mismatch | None:
    """Softmax or tanh outputs taken for logits: cross-entropy of logits within a range w has a floor.

    Of two classes many a loss comes to rest there: they are told only where outputs contradict it that were seen to be
    probabilities.
    """
    trend, classes, activation = context.trend, context.classes, context.layers[-1].activation
    width = {"softmax": 1.0, "sigmoid": 1.0, "tanh": 2.0}.get(activation or "", np.nan)
    probabilities = median(context.series.step("output_sum_error")) < SUM
    width = 1.0 if probabilities else width
    least = 2 if probabilities else 3
    if trend is None or not trend.natural or classes < least or not np.isfinite(width) or len(trend.values) < FEWEST:
        return None
    (floor, ceiling), loss, end = confined(width, classes), np.exp(trend.values), float(np.exp(trend.end))
    within = bool(loss.min() > floor * (1.0 - ROOM) and loss.max() < ceiling * (1.0 + ROOM))
    sure = largest_entropy(median(context.series.step("output_spread")[-FEWEST:]), classes)
    contradicts = end - sure > CONTRADICTION * floor
    settled = classes > 2 and end < floor * (1.0 + AT_FLOOR)
    guessed = _on_the_way(context, activation, floor) and not (settled or contradicts)
    if not within or not (settled or contradicts or guessed):
        return None
    evidence = {
        "last_loss": end,
        "floor": floor,
        "ceiling": ceiling,
        "entropy_of_outputs": sure,
        "entropy_threshold": end - CONTRADICTION * floor,
    }
    bounds, confidence = (floor, ceiling), 0.4 if guessed else 0.9 if contradicts else 0.7
    return advice.confined(
        activation, classes, width, bounds, evidence=evidence, confidence=confidence, guessed=guessed
    )


def _on_the_way(context: Context, activation: str | None, floor: float) -> bool:
    """Whether a softmax is known, what it answers is not, and a run hardly falls that has come part of the way down.

    Then its loss may as well rest there for another reason: a guess.
    """
    trend = context.trend
    unsure = activation == "softmax" and unseen(context, "output_spread")
    if trend is None or not unsure or context.classes < 3:
        return False
    fallen = (context.constant_loss - float(np.exp(trend.end))) / (context.constant_loss - floor)
    return fallen > PART_WAY and trend.slope * len(trend.values) > -np.log(2.0)
