"""The loss lies flat without having learned anything: a symptom, whose cause is named first where one is found."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.progress import pace
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.diagnose.wording import number, rough

FEWEST = 20
"""Losses: below, a flat curve is only a short one."""

SMOOTH = 0.99
"""cos(g, g⁻) above which the loss counts as free of noise: a slope that is there, and that the run does not use."""

REST = 1e3
"""First gradient norm over the last from which a run has come to rest."""

WORTH = 0.01
"""Share of the loss that a Newton step must promise for a steady slope to be unused."""

FLAT = -np.log(0.99)
"""Log loss: a fall of less than 1 %, however steady, is none."""

HIGH_FLOOR = 0.3
"""Loss at rest over that of the best constant prediction, from which it is worth a word."""

LEFT = 0.01
"""Loss at rest over the first one, from which a minimum of few numbers is worth a word: others may be lower."""

CHANCE = 0.03
"""Relative distance to ln C, the loss of guessing among C classes, and the largest error at which it is known."""


def check(context: Context) -> Answer:
    """Found when the run stalls; an alarm only where it is sure that there is something to be learned."""
    trend = context.trend
    if trend is None:
        return NotApplicable("the loss is not known")
    if len(trend.values) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} losses, got {len(trend.values)}")
    if _rests(context, trend) and _high_floor(context, trend):
        return _found_floor(context, trend)
    crawls = context.outcome is Outcome.SLOW and trend.drop < FLAT
    if context.outcome is not Outcome.STALLED and not crawls:
        fine = behaves(context, "the loss does not lie flat from the start")
        return _found_minimum(context, trend) if _in_a_minimum(context, trend) else fine
    if context.warming_up:
        return NotEnoughEvidence("the learning rate is still rising")
    return _flat(context, trend)


def _rests(context: Context, trend: Trend) -> bool:
    """Whether the loss came to rest, or would take more than the run again to halve."""
    found = pace(trend)
    slow = context.outcome is Outcome.CONVERGING and found is not None and found.rows_to_halve > len(trend.values)
    return (slow and not context.warming_up) or (context.outcome is Outcome.CONVERGED and not context.unsettled)


def _high_floor(context: Context, trend: Trend) -> bool:
    """Whether a run rests at a good part of the loss of one constant prediction; above, that is of another loss."""
    share = float(np.exp(trend.end)) / context.constant_loss
    return trend.natural and trend.drop > FLAT and HIGH_FLOOR < share < 1.0 + CHANCE


def _in_a_minimum(context: Context, trend: Trend) -> bool:
    """Whether a function of few numbers came to rest with no gradient left, and a good deal of its loss."""
    few = not context.has_matrices and context.outcome is Outcome.CONVERGED
    return few and trend.log and trend.drop < -np.log(LEFT) and _came_to_rest(context)


def _found_minimum(context: Context, trend: Trend) -> Found:
    end, norm = trend.level(trend.end), context.gradient_norm
    return Found(
        severity=Severity.INFO,
        confidence=0.4,
        row=int(trend.rows[len(trend.rows) // 2]),
        evidence={
            "last_loss": end,
            "first_gradient_norm": float(norm[0]),
            "gradient_norm": median(norm[-FEWEST // 2 :]),
            "rest_threshold": REST,
        },
        summary=(
            f"The loss comes to rest at {number(end)} in a minimum, without any gradient left: if it can be lower, "
            "that is a local one, and no more steps lead out of it."
        ),
        advice=(
            "Begin elsewhere: from a few other starting points, and keep the best.",
            "Or begin with steps so long, or with so much momentum, that they cross what lies between.",
        ),
        expect=f"From another start a loss that comes to rest below {number(end)}, or at the same.",
    )


def _found_floor(context: Context, trend: Trend) -> Found:
    end, constant = float(np.exp(trend.end)), context.constant_loss
    return Found(
        severity=Severity.INFO,
        confidence=0.5,
        row=int(trend.rows[len(trend.rows) // 2]),
        evidence={"last_loss": end, "constant_loss": constant, "share_threshold": HIGH_FLOOR},
        summary=(
            f"The loss comes to rest near {number(end)}, {number(100.0 * end / constant)} % of what "
            f"{_constant_answer(context)}."
        ),
        advice=(
            "If that is not the noise of the labels, the model is too small for the data, or lacks an input: add a "
            "hidden layer, or features.",
            "Try to learn 32 examples by heart: if that fails too, the model or the loss is at fault, not the data.",
        ),
        expect=f"A larger model comes below {number(end)} on the training data.",
    )


def _constant_answer(context: Context) -> str:
    """What it is that costs as much: without labels, outputs are only taken for classes; embeddings are none."""
    seen = any(np.isfinite(median(context.series.step(x))) for x in ("label_entropy", "label_std"))
    guess = f"guessing among {context.classes} classes costs, if that is what the outputs are"
    return "the best constant prediction costs" if seen else guess


def _flat(context: Context, trend: Trend) -> Answer:
    at_chance = _at_chance(context, trend)
    if at_chance or _unused_slope(context):
        return _found(context, trend, at_chance=at_chance)
    if _came_to_rest(context) or _at_chance(context, trend, fewest=2):
        return replace(_found(context, trend, at_chance=False), severity=Severity.INFO)
    return Clear("the loss lies flat, and nothing shows that it should fall")


def _came_to_rest(context: Context) -> bool:
    """Whether a run without noise rolled into a minimum close by: its gradient is gone, its loss is not."""
    norm = context.gradient_norm
    return bool(norm[0] > REST * median(norm[-FEWEST // 2 :])) and median(norm[-FEWEST // 2 :]) >= 0.0


def _at_chance(context: Context, trend: Trend, *, fewest: int = 3) -> bool:
    """Whether the loss is that of guessing; of two classes many a loss is, by chance."""
    if not trend.log or context.classes < fewest or not context.guessing:
        return False
    return abs(trend.end - float(np.log(np.log(context.classes)))) < CHANCE and trend.error < CHANCE


def _unused_slope(context: Context) -> bool:
    """Whether there is a gradient that points the same way at every step."""
    angle = context.model.cosine("gradient", "previous_gradient")
    last = slice(len(context.series) // 2, None)
    slope = median(context.gradient_norm[last])
    return median(angle[last]) > SMOOTH and slope > 0.0 and not _at_minimum(context, slope, last)


def _at_minimum(context: Context, slope: float, rows: slice) -> bool:
    """Whether a Newton step, which takes off g²/2h, gains next to nothing; never where the curvature is negative."""
    curvature, loss = median(context.curvature[rows]), abs(median(context.loss[rows]))
    return curvature > 0.0 and slope**2 / (2.0 * curvature) < WORTH * loss


def _found(context: Context, trend: Trend, *, at_chance: bool) -> Found:
    end = trend.level(trend.end)
    norm, rate = median(context.gradient_norm), median(context.learning_rate)
    chance = float(np.log(context.classes)) if at_chance else np.nan
    what = f", the loss of guessing among {context.classes} classes" if at_chance else ""
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.8,
        row=0,
        evidence={
            "last_loss": end,
            "fall_percent": trend.fall_percent,
            "guessing_loss": chance,
            "gradient_norm": norm,
            "update_ratio": median(context.update_ratio),
            "learning_rate": rate,
            "cosine_successive_gradients": median(context.model.cosine("gradient", "previous_gradient")),
        },
        summary=(
            f"The loss lies flat at {number(end)}{what}, in all {context.length} steps; the gradient norm is "
            f"{number(norm)}, and one step changes {_share(context)} of the weights."
        ),
        advice=(
            "Begin elsewhere: other random weights, or another starting point; the region is flat in every direction "
            "that the steps have tried.",
            f"Or cross it with steps that do not shrink with the gradient: `tf.keras.optimizers.Adam({_rate(rate)})`.",
            "Try to learn 32 examples by heart: if that fails too, the model or the loss is at fault, not the data.",
        ),
        expect=f"A loss that leaves {number(end)} within a few hundred steps.",
    )


def _share(context: Context) -> str:
    ratio = median(context.update_ratio)
    return f"{rough(100.0 * ratio)} %" if np.isfinite(ratio) else "an unknown share"


def _rate(rate: float) -> str:
    return "1e-3" if not np.isfinite(rate) or rate <= 0.01 else "1e-2"


RULE = Rule("loss-plateau", "Loss lies flat", "loss, gradients", check)
