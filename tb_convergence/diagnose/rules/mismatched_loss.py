"""The loss expects other outputs than the last layer gives, or the last layer cannot give what the labels ask for."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.advice import mismatched_loss as advice
from tb_convergence.diagnose.advice.mismatched_loss import Mismatch
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.layers import common_share
from tb_convergence.diagnose.estimators.logit_bounds import confined, largest_entropy, largest_loss
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.reach import label_range
from tb_convergence.diagnose.estimators.scale import bias_share, logit_bias_excess
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, Rule
from tb_convergence.schema.statistics import LABEL_PROBES, OUTPUT_PROBES

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
"""The same from which it matters to a run that gets on: most of what is asked for cannot be answered."""

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

EARLY, WEAK = 10, 0.3
"""First rows, in which answers are near uniform; and length of the last bias' gradient over that of cross-entropy."""

LARGEST_SQUARE = 4.0
"""Squared error of −1 for +1."""

LEFT = 0.1
"""Loss at the end over that at the start, down to which a run does not refute that its answers are confined."""

CONSTANT_SIGMOID = float(np.log(2.0))
"""Loss of the best constant answer of one sigmoid to any labels in 0 … 1: ln 2 as cross-entropy, ¼ as a square."""

ALIKE, HIGH = 0.9, 3.0
"""Share of the last biases' square that is their common mean, and first loss over ln C, from which one value is asked
of all outputs. The gradients of a cross-entropy sum to zero over the classes, so that biases keep their mean."""

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

TOO_STEEP = 1.1
"""‖∂L/∂b‖ of the last bias over the most that cross-entropy of logits, mean, sum or weighted, gives it at that loss."""

CLIPPED = -np.log(1e-7) * 1.01
"""The most that a loss of probabilities can be: Keras clips them at 1e-7. Logits divided by a temperature cost more."""

ABOVE = 1.05
"""Loss over the largest that such logits allow, ln C + max − min, from which they are not what the loss takes."""


def check(context: Context) -> Answer:
    """Found where outputs, labels and loss contradict each other; most kinds need a run that does not get on."""
    if not context.layers:
        return NotApplicable("no layer was recorded")
    for kind in (
        _single_softmax,
        _without_an_output,
        _out_of_reach,
        _alike,
        _unnormalized,
        _confined,
        _weak,
        _wrong_head,
        _too_far,
        _deaf,
        _foreign,
        _one_sided,
    ):
        found = kind(context)
        harms = context.bad or context.outcome is Outcome.SLOW or context.learned_nothing
        if found is not None and (not found.needs_bad or found.guessed or harms or context.lukewarm):
            told = _found(context, found)
            return told if harms or not found.needs_bad else replace(told, severity=Severity.INFO)
    missing = [
        name for name, probe in (("labels", LABEL_PROBES[0]), ("outputs", OUTPUT_PROBES[0])) if _unseen(context, probe)
    ]
    if missing and context.layers[-1].activation in (None, "linear"):
        arguments = " and ".join(f"{name}=" for name in missing)
        return NotApplicable(f"what the loss gets is not known (pass {arguments} to log_step)")
    return Clear("outputs, labels and loss agree" if not missing else "the loss does not contradict the last layer")


def _unseen(context: Context, probe: str) -> bool:
    return not np.isfinite(context.series.step(probe)).any()


def _single_softmax(context: Context) -> Mismatch | None:
    """Softmax over one unit is 1 whatever goes in."""
    single = context.layers[-1].activation == "softmax" and context.classes == 1
    return advice.single_softmax() if single else None


def _without_an_output(context: Context) -> Mismatch | None:
    """Numbers of classes for which the last layer has no output: whole numbers from 0 that softmax does not reach.

    Raw outputs may be meant for counts, unless the loss is lost: a GPU makes NaN of such a class, where a CPU refuses.
    """
    activation, (low, high) = context.layers[-1].activation, label_range(context.series)
    chosen = activation == "softmax" or (activation in (None, "linear") and context.broken_row is not None)
    named = np.isfinite(context.series.step("label_classes")).any() and context.classes >= 2 and low >= 0.0
    return (
        advice.without_an_output(context.classes, low, high) if chosen and named and high >= context.classes else None
    )


def _out_of_reach(context: Context) -> Mismatch | None:
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


def _unnormalized(context: Context) -> Mismatch | None:
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


def _confined(context: Context) -> Mismatch | None:
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
    unseen = activation == "softmax" and _unseen(context, "output_spread")
    if trend is None or not unseen or context.classes < 3:
        return False
    fallen = (context.constant_loss - float(np.exp(trend.end))) / (context.constant_loss - floor)
    return fallen > PART_WAY and trend.slope * len(trend.values) > -np.log(2.0)


def _weak(context: Context) -> Mismatch | None:
    """A last bias whose gradient is far smaller than cross-entropy gives it: softmax is applied once more.

    A second softmax multiplies it by about 1/C.
    """
    last, classes = context.layers[-1], context.classes
    if last.activation != "softmax" or last.bias is None or classes < 5 or len(context.series) < EARLY:
        return None
    share = bias_share(context.series, last.bias, classes, rows=EARLY)
    near = median(context.series.step("output_spread")[:EARLY]) < 1.0 / classes
    return advice.softmax_twice(share, classes, threshold=WEAK) if share < WEAK and near else None


def _wrong_head(context: Context) -> Mismatch | None:
    """A rectifier or tanh as last activation before a choice among classes."""
    activation = context.layers[-1].activation
    classes = np.isfinite(context.series.step("label_classes")).any() and context.classes >= 2
    return advice.wrong_head(activation, context.classes) if classes and activation in ("relu", "tanh") else None


def _too_far(context: Context) -> Mismatch | None:
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


def _alike(context: Context) -> Mismatch | None:
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


def _deaf(context: Context) -> Mismatch | None:
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


def _foreign(context: Context) -> Mismatch | None:
    """A guess, where neither labels nor outputs are known: raw outputs whose loss is not that of guessing.

    Taken for probabilities, those below zero are clipped, and cost −ln ε: the first loss lies between that of guessing
    and that bound. The gradients of a cross-entropy of logits sum to zero over the classes, so that biases born at zero
    keep their mean; of clipped probabilities they do not.
    """
    trend, last, classes = context.trend, context.layers[-1], context.classes
    known = not _unseen(context, LABEL_PROBES[0]) or not _unseen(context, OUTPUT_PROBES[0])
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


def _one_sided(context: Context) -> Mismatch | None:
    """A guess, where the labels are not known: a rectifier or tanh at the end of a run that has not come far."""
    activation, trend = context.layers[-1].activation, context.trend
    if len(context.series) < FEWEST or not _unseen(context, LABEL_PROBES[0]) or trend is None:
        return None
    if activation == "tanh" and trend.natural and context.classes == 1 and trend.drop < -np.log(LEFT):
        return advice.within_one()
    return advice.one_sided() if activation == "relu" and (context.unwell or context.lukewarm) else None


def _found(context: Context, mismatch: Mismatch) -> Found:
    alarm = Severity.ERROR if context.bad else Severity.WARNING
    return Found(
        severity=Severity.INFO if mismatch.guessed else alarm,
        confidence=mismatch.confidence,
        row=0,
        evidence=mismatch.evidence,
        summary=mismatch.summary,
        advice=mismatch.advice,
        expect="A loss that falls towards 0, as the loss of right answers does.",
        variables=(context.names[context.layers[-1].kernel],),
    )


RULE = Rule("mismatched-loss", "Loss does not fit the last layer", "the last layer; labels=, outputs=", check)
