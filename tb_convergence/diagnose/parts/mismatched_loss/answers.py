"""What the last layer can answer, and whether labels and loss ask for something else."""

import numpy as np

from tb_convergence.diagnose.advice import mismatched_loss as advice
from tb_convergence.diagnose.advice.mismatched_loss import Mismatch
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.reach import label_range
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.schema.statistics import LABEL_PROBES

FEWEST = 50
"""Losses from which a floor is told from a moment."""

RANGES = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "softplus": (0.0, np.inf),
    "exponential": (0.0, np.inf),
}
"""Activation → what it can answer."""

OUTSIDE = 0.05
"""Share of the labels' own range by which they must lie outside what the last layer can answer."""

MOST = 0.5
"""Share of that range outside, from which it matters to a run that gets on: most of it cannot be answered."""

LARGEST_SQUARE = 4.0
"""Squared error of −1 for +1."""

ABOVE = 1.05
"""Loss over the largest that outputs allow, of logits ln C + max − min, from which they are not what the loss takes."""

LEFT = 0.1
"""Loss at the end over that at the start, down to which a run does not refute that its answers are confined."""

CONSTANT_SIGMOID = float(np.log(2.0))
"""Loss of the best constant answer of one sigmoid to any labels in 0 … 1: ln 2 as cross-entropy, ¼ as a square."""

HIGH = 3.0
"""First loss over ln C from which it is not that of guessing; and lowest loss over ``CONSTANT_SIGMOID``, likewise."""


def unseen(context: Context, probe: str) -> bool:
    """Whether a probe of the labels or outputs was never recorded."""
    return not np.isfinite(context.series.step(probe)).any()


def single_softmax(context: Context) -> Mismatch | None:
    """Softmax over one unit is 1 whatever goes in."""
    single = context.layers[-1].activation == "softmax" and context.classes == 1
    return advice.single_softmax() if single else None


def without_an_output(context: Context) -> Mismatch | None:
    """Numbers of classes for which the last layer has no output: whole numbers from 0 that softmax does not reach.

    Raw outputs may be meant for counts, unless the loss is lost: a GPU makes NaN of such a class, where a CPU refuses.
    """
    activation, (low, high) = context.layers[-1].activation, label_range(context.series)
    chosen = activation == "softmax" or (activation in (None, "linear") and context.broken_row is not None)
    named = np.isfinite(context.series.step("label_classes")).any() and context.classes >= 2 and low >= 0.0
    return (
        advice.without_an_output(context.classes, low, high) if chosen and named and high >= context.classes else None
    )


def out_of_reach(context: Context) -> Mismatch | None:
    """Labels beyond what the activation of the last layer can answer."""
    activation, (low, high) = context.layers[-1].activation, label_range(context.series)
    named = bool(np.isfinite(context.series.step("label_classes")).any())
    indices = named and context.classes >= 2
    if activation not in RANGES or not np.isfinite(low + high) or (indices and high < context.classes):
        return None
    bounds = RANGES[activation]
    room = OUTSIDE * max(high - low, 1e-12)
    if low > bounds[0] - room and high < bounds[1] + room:
        return None
    beyond = max(bounds[0] - low, 0.0) + max(high - bounds[1], 0.0)
    return advice.out_of_reach(activation, (low, high), bounds, named=named, needs_bad=beyond < MOST * (high - low))


def wrong_head(context: Context) -> Mismatch | None:
    """A rectifier or tanh as last activation before a choice among classes."""
    activation = context.layers[-1].activation
    classes = np.isfinite(context.series.step("label_classes")).any() and context.classes >= 2
    return advice.wrong_head(activation, context.classes) if classes and activation in ("relu", "tanh") else None


def too_far(context: Context) -> Mismatch | None:
    """A squared error that answers within ±1 cannot have unless the labels lie far outside."""
    trend = context.trend
    if trend is None or not trend.natural or context.classes > 1:
        return None
    best, activation = float(np.exp(trend.best)), context.layers[-1].activation
    if activation == "sigmoid":
        return _beyond_one(context, best)
    far = activation == "tanh" and best > LARGEST_SQUARE * ABOVE
    return advice.beyond_tanh(best, LARGEST_SQUARE) if far else None


def _beyond_one(context: Context, best: float) -> Mismatch | None:
    """A loss of one sigmoid that never comes down to that of a constant answer: the labels are not within 0 … 1."""
    known = np.isfinite(context.series.step("label_max")).any()
    if known or context.outcome is Outcome.DIVERGED or not best > HIGH * CONSTANT_SIGMOID:
        return None
    return advice.beyond_sigmoid(best, CONSTANT_SIGMOID)


def one_sided(context: Context) -> Mismatch | None:
    """A guess, where the labels are not known: a rectifier or tanh at the end of a run that has not come far."""
    activation, trend = context.layers[-1].activation, context.trend
    if len(context.series) < FEWEST or not unseen(context, LABEL_PROBES[0]) or trend is None:
        return None
    if activation == "tanh" and trend.natural and context.classes == 1 and trend.drop < -np.log(LEFT):
        return advice.within_one()
    return advice.one_sided() if activation == "relu" and (context.unwell or context.lukewarm) else None
