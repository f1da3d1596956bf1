"""The loss expects other outputs than the last layer gives, or the last layer cannot give what the labels ask for."""

from dataclasses import dataclass, field, replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.scale import logit_bias_excess
from tb_convergence.diagnose.finding import Evidence, Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, Rule
from tb_convergence.diagnose.wording import number
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

CONSTANT_SIGMOID = float(np.log(2.0))
"""Loss of the best constant answer of one sigmoid to any labels in 0 … 1: ln 2 as cross-entropy, ¼ as a square."""

ALIKE, HIGH = 0.9, 3.0
"""Share of the last biases' square that is their common mean, and first loss over ln C, from which one value is asked
of all outputs. The gradients of a cross-entropy sum to zero over the classes, so that biases keep their mean."""

FOREIGN, CLIPPED = 2.0, 16.2
"""First loss over ln C, and loss, between which it may be that of probabilities clipped to Keras' 1e-7: −ln 1e-7 is
16.1. Usual weights begin within 1.5 ln C."""

MOVED, HIGH_REST = 0.1, 0.3
"""Share of the last biases' square that is their common mean, and loss at rest over ln C, from which it is told. Adam
and Lion, whose steps do not sum to zero, stay below 0.07."""

EXACTLY, GONE = 1e-3, 1e-3
"""Relative distance to ln C of a loss whose outputs are all clipped to one value, and ‖g‖ left over that of the first
rows, which is then zero."""

WORSE = 1.5
"""Loss at rest over ln C, which logits of zero cost: no training rests above what it can have for nothing."""

MOSTLY = 0.9
"""Share of the last quarter in which the last layer must be without gradient."""

TOO_STEEP = 1.1
"""‖∂L/∂b‖ of the last bias over the most that cross-entropy of logits, mean, sum or weighted, gives it at that loss."""

CLIPPED = -np.log(1e-7) * 1.01
"""The most that a loss of probabilities can be: Keras clips them at 1e-7. Logits divided by a temperature cost more."""

ABOVE = 1.05
"""Loss over the largest that such logits allow, ln C + max − min, from which they are not what the loss takes."""


@dataclass(frozen=True, slots=True)
class _Mismatch:
    """One kind of it: a sentence, what to do, the numbers, how sure; ``guessed``: information, never an alarm."""

    summary: str
    advice: tuple[str, ...]
    evidence: Evidence
    confidence: float
    needs_bad: bool = field(default=True)
    guessed: bool = field(default=False)


def check(context: Context) -> Answer:
    """Found where outputs, labels and loss contradict each other; most kinds need a run that does not get on."""
    if not context.layers:
        return NotApplicable("no layer was recorded")
    for kind in (
        _single_softmax,
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
        harms = context.bad or context.outcome is Outcome.SLOW
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


def _single_softmax(context: Context) -> _Mismatch | None:
    """Softmax over one unit is 1 whatever goes in."""
    if context.layers[-1].activation != "softmax" or context.classes != 1:
        return None
    return _Mismatch(
        "The last layer is softmax over a single unit: it answers 1 to everything, and its gradient is zero.",
        (
            'For two classes use `Dense(1, activation="sigmoid")` with `BinaryCrossentropy()`.',
            'Or `Dense(2, activation="softmax")` with `SparseCategoricalCrossentropy()`.',
        ),
        {"units": 1, "activation": "softmax"},
        0.99,
        needs_bad=False,
    )


def _out_of_reach(context: Context) -> _Mismatch | None:
    """Labels beyond what the activation of the last layer can answer."""
    activation, step = context.layers[-1].activation, context.series.step
    low, high = float(_least(step("label_min"))), float(-_least(-step("label_max")))
    indices = np.isfinite(step("label_classes")).any() and context.classes >= 2
    if activation not in RANGES or not np.isfinite(low + high) or (indices and high < context.classes):
        return None
    bounds = RANGES[activation]
    room = OUTSIDE * max(high - low, 1e-12)
    if low > bounds[0] - room and high < bounds[1] + room:
        return None
    most = "∞" if np.isinf(bounds[1]) else number(bounds[1])
    beyond = max(bounds[0] - low, 0.0) + max(high - bounds[1], 0.0)
    return _Mismatch(
        f"The labels go from {number(low)} to {number(high)}, and the last layer with its {activation} answers only "
        f"{number(bounds[0])} to {most}.",
        (
            "Give the last layer no activation, `Dense(units)`, and use `MeanSquaredError()`.",
            f"Or bring the labels into {number(bounds[0])} … {most}, and undo it when predicting.",
        ),
        {"label_min": low, "label_max": high, "lowest_output": bounds[0], "highest_output": bounds[1]},
        0.95,
        needs_bad=beyond < MOST * (high - low),
    )


def _least(x: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    finite = x[np.isfinite(x)]
    return float(finite.min()) if len(finite) else np.nan


def _unnormalized(context: Context) -> _Mismatch | None:
    """A loss that no logits of this range can have: cross-entropy is at most ln C + max − min, C = 2 of one sigmoid.

    In most rows; or at the start, which regularization may be to blame for, with gradients that it does not explain.
    What learns all the same may divide its outputs by a temperature.
    """
    step, classes = context.series.step, max(context.classes, 2)
    low, high = step("output_min"), step("output_max")
    reach = np.log(classes) + (high - low if context.classes >= 2 else np.maximum(np.abs(low), np.abs(high)))
    ratios = step("loss") / reach
    known = ratios[np.isfinite(ratios)]
    classification = median(step("label_classes")) == 2.0 or context.classes >= 2
    raw = median(low) < 0.0 or (context.classes >= 2 and median(step("output_sum_error")) > SUM)
    if not len(known) or not np.isfinite(step("label_classes")).any() or not classification or not raw:
        return None
    steep = logit_bias_excess(context.series, context.layers, context.classes) > TOO_STEEP
    steep &= float(step("loss")[np.isfinite(ratios)][0]) < CLIPPED
    ratio = float(known[0]) if steep and known[0] > ABOVE else median(ratios) if context.classes >= 2 else 0.0
    if not ratio > ABOVE:
        return None
    row = int(np.flatnonzero(ratios == ratio)[0]) if (ratios == ratio).any() else None
    loss, most = (median(x) if row is None else float(x[row]) for x in (step("loss"), reach))
    return _Mismatch(
        f"The outputs are raw numbers, not probabilities, and the loss takes them for probabilities: it is "
        f"{number(loss)}{' at first' if row == 0 else ''}, and as logits they allow {number(most)} at most.",
        (
            f"Say that they are logits: `{_CROSS_ENTROPY[context.classes >= 2]}(from_logits=True)`.",
            f'Or end the net with `activation="{"softmax" if context.classes >= 2 else "sigmoid"}"`.',
        ),
        {"loss": loss, "largest_loss_of_logits": most, "ratio": ratio, "threshold": ABOVE},
        0.9,
    )


_CROSS_ENTROPY = ("BinaryCrossentropy", "SparseCategoricalCrossentropy")


def _confined(context: Context) -> _Mismatch | None:
    """Softmax or tanh outputs taken for logits: cross-entropy of logits within a range w has a floor.

    With one logit at the top and C − 1 at the bottom: ln(1 + (C − 1) e^−w), w = 1 for probabilities and 2 for tanh.
    Of two classes many a loss comes to rest there: they are told only where outputs contradict it that were seen to be
    probabilities.
    """
    trend, classes, activation = context.trend, context.classes, context.layers[-1].activation
    width = {"softmax": 1.0, "sigmoid": 1.0, "tanh": 2.0}.get(activation or "", np.nan)
    probabilities = median(context.series.step("output_sum_error")) < SUM
    width = 1.0 if probabilities else width
    least = 2 if probabilities else 3
    if trend is None or not trend.log or classes < least or not np.isfinite(width) or len(trend.values) < FEWEST:
        return None
    floor, ceiling = float(np.log1p((classes - 1) * np.exp(-width))), float(np.log(np.exp(width) + classes - 1))
    loss = np.exp(trend.values)
    within = bool(loss.min() > floor * (1.0 - ROOM) and loss.max() < ceiling * (1.0 + ROOM))
    sure = _entropy(median(context.series.step("output_spread")[-FEWEST:]), classes)
    contradicts = float(np.exp(trend.end)) - sure > CONTRADICTION * floor
    settled = classes > 2 and float(np.exp(trend.end)) < floor * (1.0 + AT_FLOOR)
    guessed = _on_the_way(context, activation, floor) and not (settled or contradicts)
    if not within or not (settled or contradicts or guessed):
        return None
    return _Mismatch(
        f"The loss takes the outputs of {activation or 'softmax'} for logits: it stays between {number(floor)} and "
        f"{number(ceiling)}, as cross-entropy must whose {classes} logits lie within {number(width)}.",
        (
            "Say that they are probabilities: `SparseCategoricalCrossentropy(from_logits=False)`.",
            "Or, better, end the net without activation, and use `from_logits=True`.",
        ),
        {
            "last_loss": float(np.exp(trend.end)),
            "floor": floor,
            "ceiling": ceiling,
            "entropy_of_outputs": sure,
            "entropy_threshold": float(np.exp(trend.end)) - CONTRADICTION * floor,
        },
        0.4 if guessed else 0.9 if contradicts else 0.7,
        needs_bad=guessed,
        guessed=guessed,
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


def _entropy(spread: float, classes: int) -> float:
    """The largest mean entropy of probabilities that spread so much over a batch whose classes are about equal.

    E‖p‖² = 1/C + C·spread², the largest entropy at that is that of one large p and C − 1 equal ones. A net's loss on
    its own training batches is about the entropy of its answers, or less.
    """
    square = min(1.0 / classes + classes * spread**2, 1.0)
    p = (1.0 + float(np.sqrt((classes - 1) * max(classes * square - 1.0, 0.0)))) / classes
    rest = max(1.0 - p, 1e-12)
    return float(-p * np.log(p) - rest * np.log(rest / (classes - 1)))


def _weak(context: Context) -> _Mismatch | None:
    """A last bias whose gradient is far smaller than cross-entropy gives it: softmax is applied once more.

    Of cross-entropy ∂L/∂b = p̄ − ȳ; while p̄ is near uniform its length is √(2 (ln C − H)/C), H the entropy of the
    batch's labels. A second softmax multiplies it by about 1/C.
    """
    last, classes = context.layers[-1], context.classes
    if last.activation != "softmax" or last.bias is None or classes < 5 or len(context.series) < EARLY:
        return None
    missing = np.log(classes) - context.series.step("label_entropy")[:EARLY]
    norm = context.series.norm("gradient")[:EARLY, last.bias]
    ratio = median(divide(norm, np.sqrt(2.0 * np.maximum(missing, 0.0) / classes)))
    near = median(context.series.step("output_spread")[:EARLY]) < 1.0 / classes
    if not ratio < WEAK or not near:
        return None
    return _Mismatch(
        f"The gradient of the last bias is {number(ratio)} times what cross-entropy of these outputs has: the "
        "loss seems to apply softmax to probabilities once more.",
        (
            "Say that they are probabilities: `SparseCategoricalCrossentropy(from_logits=False)`.",
            "Or, better, end the net without activation, and use `from_logits=True`.",
        ),
        {"gradient_share": ratio, "gradient_share_threshold": WEAK, "second_softmax_share": 1.0 / classes},
        0.85,
    )


def _wrong_head(context: Context) -> _Mismatch | None:
    """A rectifier or tanh as last activation before a choice among classes."""
    activation = context.layers[-1].activation
    classes = np.isfinite(context.series.step("label_classes")).any() and context.classes >= 2
    if not classes or activation not in ("relu", "tanh"):
        return None
    softmax = 'Dense(units, activation="softmax")'
    return _Mismatch(
        f"The last layer has {activation}, and is to choose among {context.classes} classes: such outputs are no "
        "probabilities, and as logits they are confined.",
        (f"End the net with `{softmax}`.", "Or without activation, with a loss that has `from_logits=True`."),
        {"activation": activation, "classes": context.classes},
        0.8,
    )


def _too_far(context: Context) -> _Mismatch | None:
    """A squared error that answers within ±1 cannot have unless the labels lie far outside."""
    trend = context.trend
    if trend is None or not trend.log or context.classes > 1:
        return None
    if context.layers[-1].activation == "sigmoid":
        return _beyond_one(context, float(np.exp(trend.best)))
    if context.layers[-1].activation != "tanh":
        return None
    best = float(np.exp(trend.best))
    if not best > LARGEST_SQUARE * ABOVE:
        return None
    return _Mismatch(
        f"The last layer answers within ±1, and the loss never falls below {number(best)}: labels within ±1 allow a "
        f"squared error of {number(LARGEST_SQUARE)} at most, so they lie outside.",
        ("Give the last layer no activation: `Dense(1)`.", "Or bring the labels into ±1, and undo it when predicting."),
        {"lowest_loss": best, "largest_squared_error": LARGEST_SQUARE, "activation": "tanh"},
        0.75,
    )


def _beyond_one(context: Context, best: float) -> _Mismatch | None:
    """A loss of one sigmoid that never comes down to that of a constant answer: the labels are not within 0 … 1."""
    known = np.isfinite(context.series.step("label_max")).any()
    if known or context.outcome is Outcome.DIVERGED or not best > HIGH * CONSTANT_SIGMOID:
        return None
    return _Mismatch(
        f"The last layer answers within 0 and 1, and the loss never falls below {number(best)}: labels within 0 and 1 "
        f"cost a constant answer {number(CONSTANT_SIGMOID)} at most, so they lie outside.",
        ("Give the last layer no activation: `Dense(1)`.", "Or bring the labels into 0 … 1, and undo it at the end."),
        {"lowest_loss": best, "largest_constant_loss": CONSTANT_SIGMOID, "activation": "sigmoid"},
        0.75,
    )


def _alike(context: Context) -> _Mismatch | None:
    """Several outputs that are all pulled to one value: the number of a class taken for the value itself."""
    bias, classes = context.layers[-1].bias, context.classes
    last = -max(1, len(context.series) // 4)
    if bias is None or classes < 3 or len(context.series) < FEWEST:
        return None
    mean, norm = context.series.recorded("weight_mean")[:, bias], context.series.norm("weight")[:, bias]
    share = median(divide(mean**2 * classes, norm**2)[last:])
    first = float(context.series.step("loss")[0]) / float(np.log(classes))
    if not share > ALIKE or not first > HIGH or np.nan_to_num(norm[0], nan=1.0) != 0.0:
        return None
    return _Mismatch(
        f"All {classes} outputs are pulled to one value, and the first loss is {number(first)} times that of guessing "
        "among them: the loss takes the number of the class for a value, and asks it of every output.",
        (
            "To choose among classes: `SparseCategoricalCrossentropy(from_logits=True)`, or one-hot labels.",
            "To predict one value: `Dense(1)`, and labels of the same shape as the outputs, [batch, 1].",
        ),
        {"common_share_of_last_biases": share, "common_share_threshold": ALIKE, "first_loss_over_guessing": first},
        0.85,
        needs_bad=False,
    )


def _deaf(context: Context) -> _Mismatch | None:
    """A loss that stays, and of which not even the last bias gets a gradient: it does not depend on the outputs."""
    bias, last = context.layers[-1].bias, max(FEWEST // 5, len(context.series) // 4)
    if bias is None or len(context.series) < FEWEST:
        return None
    norm = context.series.norm("gradient")[:, [context.layers[-1].kernel, bias]]
    silent = (norm[-last:] == 0.0).all(axis=1)
    loss = median(context.series.step("loss")[-last:])
    if not silent.mean() >= MOSTLY or not loss > 0.0:
        return None
    return _Mismatch(
        f"The loss stays at {number(loss)}, and its gradient is exactly zero even in the last layer: it does "
        "not depend on what the net answers, as where probabilities are clipped or the last activation is off.",
        (
            "If the last layer has no activation: `SparseCategoricalCrossentropy(from_logits=True)`, or "
            "`BinaryCrossentropy(from_logits=True)`.",
            "No relu behind the last layer; no `round`, `argmax` or `clip` between outputs and loss.",
        ),
        {
            "loss": loss,
            "steps_without_gradient_percent": 100.0 * float(silent.mean()),
            "threshold_percent": 100.0 * MOSTLY,
        },
        0.8,
    )


def _foreign(context: Context) -> _Mismatch | None:
    """A guess, where neither labels nor outputs are known: raw outputs whose loss is not that of guessing.

    Taken for probabilities, those below zero are clipped, and cost −ln ε: the first loss lies between that of guessing
    and that bound. The gradients of a cross-entropy of logits sum to zero over the classes, so that biases born at zero
    keep their mean; of clipped probabilities they do not.
    """
    trend, last, classes = context.trend, context.layers[-1], context.classes
    known = not _unseen(context, LABEL_PROBES[0]) or not _unseen(context, OUTPUT_PROBES[0])
    raw = last.activation in (None, "linear") and last.bias is not None and classes >= 3
    if known or not raw or trend is None or not trend.log or len(trend.values) < FEWEST:
        return None
    loss, chance = np.exp(trend.values), float(np.log(classes))
    mean, norm = context.series.recorded("weight_mean")[:, last.bias], context.series.norm("weight")[:, last.bias]
    share = median(divide(mean**2 * classes, norm**2)[1:EARLY])
    clipped = FOREIGN * chance < loss[0] < CLIPPED and loss.max() < CLIPPED
    rests = context.outcome is not Outcome.CONVERGING and float(np.exp(trend.end)) > HIGH_REST * chance
    told = share > MOVED or float(np.exp(trend.end)) > WORSE * chance or _stuck(context, trend, chance)
    if not clipped or not rests or not told or norm[0] != 0.0:
        return None
    return _Mismatch(
        f"The first loss is {number(float(loss[0]))}, where guessing among {classes} classes costs {number(chance)}, "
        f"and it rests at {number(float(np.exp(trend.end)))}: if the outputs are to choose among classes, they are "
        "perhaps raw numbers taken for probabilities. With labels= and outputs= in log_step this can be told.",
        (
            "Say that they are logits: `SparseCategoricalCrossentropy(from_logits=True)`.",
            'Or end the net with `activation="softmax"`.',
        ),
        {
            "first_loss": float(loss[0]),
            "guessing_loss": chance,
            "common_share_of_last_biases": share,
            "common_share_threshold": MOVED,
        },
        0.4,
        guessed=True,
    )


def _stuck(context: Context, trend: Trend, chance: float) -> bool:
    """Whether the loss is that of guessing to the digit, and no gradient is left: all outputs are clipped alike."""
    norm = context.gradient_norm
    gone = median(norm[-len(norm) // 4 :]) < GONE * median(norm[:EARLY])
    return gone and abs(float(np.exp(trend.end)) - chance) < EXACTLY * chance


def _one_sided(context: Context) -> _Mismatch | None:
    """A guess, where the labels are not known: a rectifier at the end of a run that has not come far."""
    activation, rows = context.layers[-1].activation, len(context.series)
    far = not context.unwell and not context.lukewarm
    if activation != "relu" or far or rows < FEWEST or not _unseen(context, LABEL_PROBES[0]):
        return None
    return _Mismatch(
        "The last layer ends with relu, which answers nothing below zero and passes no gradient there: if labels can "
        "be negative, it cannot reach them. With labels= in log_step this can be told.",
        (
            "Give the last layer no activation: `Dense(units)`.",
            "For labels from 0 on softplus is never without gradient.",
        ),
        {"activation": "relu", "lowest_output": 0.0},
        0.4,
        guessed=True,
    )


def _found(context: Context, mismatch: _Mismatch) -> Found:
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
