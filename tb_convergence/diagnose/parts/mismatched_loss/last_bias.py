"""What the last bias tells of the loss: its gradient sums what the loss asks of each output over the batch."""

import numpy as np

from tb_convergence.diagnose.advice import mismatched_loss as advice
from tb_convergence.diagnose.advice.mismatched_loss import Mismatch
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.layers import common_share
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.scale import bias_share
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.parts.mismatched_loss.answers import FEWEST, HIGH, unseen
from tb_convergence.diagnose.parts.mismatched_loss.logits import CLIPPED
from tb_convergence.schema.statistics import LABEL_PROBES, OUTPUT_PROBES

EARLY, WEAK = 10, 0.3
"""First rows, in which answers are near uniform; and length of the last bias' gradient over that of cross-entropy."""

ALIKE = 0.9
"""Share of the last biases' square that is their common mean, from which one value is asked of all outputs. The
gradients of a cross-entropy sum to zero over the classes, so that biases keep their mean."""

FOREIGN = 2.0
"""First loss over ln C from which it may be that of probabilities clipped to Keras' 1e-7, which reach −ln 1e-7 = 16.1.
Usual weights begin within 1.5 ln C."""

MOVED, HIGH_REST = 0.1, 0.3
"""Share of the last biases' square that is their common mean, and loss at rest over ln C, from which it is told. Adam
and Lion, whose steps do not sum to zero, stay below 0.07."""

EXACTLY, GONE = 1e-3, 1e-3
"""Relative distance to ln C of a loss whose outputs are all clipped to one value, and ‖g‖ left over that of the first
rows, which is then zero."""

WORSE = 1.5
"""Loss at rest over ln C, which logits of zero cost: no training rests above what it can have for nothing."""

REPLACED = 0.1
"""‖Δ‖/‖w‖ of a step that drives a layer where it was not, see ``high_learning_rate.HUGE_RATIO``."""

MOSTLY = 0.9
"""Share of the last quarter in which the last layer must be without gradient."""


def weak(context: Context) -> Mismatch | None:
    """A last bias whose gradient is far smaller than cross-entropy gives it: softmax is applied once more.

    A second softmax multiplies it by about 1/C.
    """
    last, classes = context.layers[-1], context.classes
    if last.activation != "softmax" or last.bias is None or classes < 5 or len(context.series) < EARLY:
        return None
    share = bias_share(context.series, last.bias, classes, rows=EARLY)
    near = median(context.series.step("output_spread")[:EARLY]) < 1.0 / classes
    return advice.softmax_twice(share, classes, threshold=WEAK) if share < WEAK and near else None


def alike(context: Context) -> Mismatch | None:
    """Several outputs that are all pulled to one value: the number of a class taken for the value itself."""
    bias, classes = context.layers[-1].bias, context.classes
    last = -max(1, len(context.series) // 4)
    if bias is None or classes < 3 or len(context.series) < FEWEST:
        return None
    share, born = median(common_share(context.series, bias)[last:]), context.series.norm("weight")[0, bias]
    first = float(context.series.step("loss")[0]) / float(np.log(classes))
    if not share > ALIKE or not first > HIGH or np.nan_to_num(born, nan=1.0) != 0.0:
        return None
    return advice.alike(classes, first, share, threshold=ALIKE)


def deaf(context: Context) -> Mismatch | None:
    """A loss that stays, and of which not even the last bias gets a gradient: it does not depend on the outputs."""
    bias, last = context.layers[-1].bias, max(FEWEST // 5, len(context.series) // 4)
    if bias is None or len(context.series) < FEWEST:
        return None
    norm = context.series.norm("gradient")[:, [context.layers[-1].kernel, bias]]
    silent = float((norm[-last:] == 0.0).all(axis=1).mean())
    ends = context.layers[-1].activation not in (None, "linear")
    if ends and (norm[:1] > 0.0).any() and (context.update_ratio[:EARLY] > REPLACED).any():
        return None  # the first batch was heard: it was one of these steps that drove the last activation to its end
    loss = median(context.series.step("loss")[-last:])
    return advice.deaf(loss, silent, threshold=MOSTLY) if silent >= MOSTLY and loss > 0.0 else None


def foreign(context: Context) -> Mismatch | None:
    """A guess, where neither labels nor outputs are known: raw outputs whose loss is not that of guessing.

    Taken for probabilities, those below zero are clipped, and cost −ln ε: the first loss lies between that of guessing
    and that bound. The gradients of a cross-entropy of logits sum to zero over the classes, so that biases born at zero
    keep their mean; of clipped probabilities they do not.
    """
    trend, last, classes = context.trend, context.layers[-1], context.classes
    known = not unseen(context, LABEL_PROBES[0]) or not unseen(context, OUTPUT_PROBES[0])
    if known or last.activation not in (None, "linear") or last.bias is None or classes < 3:
        return None
    if trend is None or not trend.natural or len(trend.values) < FEWEST:
        return None
    loss, chance, end = np.exp(trend.values), float(np.log(classes)), float(np.exp(trend.end))
    share = median(common_share(context.series, last.bias)[1:EARLY])
    clipped = FOREIGN * chance < loss[0] < CLIPPED and loss.max() < CLIPPED
    rests = context.outcome is not Outcome.CONVERGING and end > HIGH_REST * chance
    told = share > MOVED or end > WORSE * chance or _stuck(context, trend, chance)
    if not clipped or not rests or not told or context.series.norm("weight")[0, last.bias] != 0.0:
        return None
    return advice.foreign(classes, float(loss[0]), chance, end, share, threshold=MOVED)


def _stuck(context: Context, trend: Trend, chance: float) -> bool:
    """Whether the loss is that of guessing to the digit, and no gradient is left: all outputs are clipped alike."""
    norm = context.gradient_norm
    gone = median(norm[-len(norm) // 4 :]) < GONE * median(norm[:EARLY])
    return gone and abs(float(np.exp(trend.end)) - chance) < EXACTLY * chance
