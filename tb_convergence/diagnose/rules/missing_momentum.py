"""Plain gradient descent in a narrow valley: momentum would be faster by the square root of its narrowness.

Or an optimizer with a memory that is made anew at each step, and has none.
"""

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.identification import FREE, MODELS, Family, fit
from tb_convergence.diagnose.estimators.noise import line, median
from tb_convergence.diagnose.estimators.progress import Pace, pace
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import keras_call, number, rough
from tb_convergence.diagnose.wording import rate as rate_

FEWEST = 50
"""Losses from which a pace is taken."""

NARROW = 25.0
"""Condition number from which momentum is worth it: 5 times faster, its square root (Polyak 1964)."""

NEAR = 0.05
"""Largest ηh over its limit, 2, from which the learning rate cannot be raised by much instead."""

SMOOTH = 0.9
"""cos(g, g⁻) above which successive gradients agree, so that momentum adds them up."""

SMOOTHEST = 0.999
"""The same of a loss without noise, whose pace needs no error: what it bends by is no chance."""

AGREE = 0.2
"""The same through the noise of batches."""

DESCENT = MODELS.index((0,))
"""The model of gradient descent among those that a fit may choose."""

MOSTLY = 0.9
"""Share of the updates that must be those of plain descent."""

ROUNDING = 1e-7
"""Fall of log loss from the middle of the run to its end, below which float32 shows none: a run at rest."""

WORTH = 0.2
"""Share of the loss by which a minimum lies lower, from which the floor is not near."""

ROUNDED = 1e-6
"""Fall of log loss over the last quarter of a run, below which a tenth of it may be rounding to float32, 6e-8 of the
loss: the run is at rest, and no valley is to be measured by its pace."""

LARGEST = 0.99
"""No advice beyond."""

FIRST_STEPS = ("Adam", "AdamW", "Adamax")
"""Optimizers whose first step is η for each element, whatever its gradient (Kingma & Ba 2015, algorithms 1 and 2)."""

MEMORY = 0.5
"""β₁ from which an average over gradients that disagree is a good deal shorter than each, √((1 − β₁)/(1 + β₁)) = 0.58;
with none, as many a GAN is trained, all steps are about as long as the first."""

FULL, TURNING = 0.95, 0.5
"""Length of the steps over that of first steps, of elements that have a gradient, from which all are first steps; and
the cos(g, g⁻) below which an average over ten gradients is a good deal shorter than each, so that later steps are."""


def check(context: Context) -> Answer:
    """Found for plain descent whose steps cannot be longer and whose loss hardly falls; a warning only where slow."""
    trend = context.trend
    if _begins_anew(context):
        return _found_anew(context)
    if not _descends(context):
        return NotApplicable("the updates are not those of plain gradient descent")
    if trend is None or not trend.log:
        return NotApplicable("needs a positive loss")
    found = pace(trend)
    if found is None or len(trend.values) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} losses, got {len(trend.values)}")
    if context.bad:
        return Clear("the loss does not fall at all")
    moves = found.late * (len(trend.values) // 4) > ROUNDED
    return (_in_a_valley(context, found) if moves else None) or _slow(context, found) or Clear("descent is fast enough")


def _begins_anew(context: Context) -> bool:
    """Whether every step of an optimizer with a memory is as long as its first would be, though the gradients turn."""
    series = context.series
    optimizer, rate = series.optimizer or {}, series.step("learning_rate")[:, None]
    memory = (optimizer.get("config") or {}).get("beta_1")
    remembers = optimizer.get("class") in FIRST_STEPS and isinstance(memory, int | float) and memory >= MEMORY
    if not remembers or len(series) < FEWEST or not (series.windows == 1).all():
        return False
    touched = series.sizes * (1.0 - series.recorded("gradient_zero_fraction"))
    full = divide(series.norm("update"), rate * np.sqrt(touched))[:, context.kernels]
    turns = median(context.model.cosine("gradient", "previous_gradient")) < TURNING
    return turns and all(FULL < median(x) < 1.0 / FULL for x in full.T)


def _found_anew(context: Context) -> Found:
    kind, rate = str((context.series.optimizer or {})["class"]), median(context.series.step("learning_rate"))
    return Found(
        severity=Severity.WARNING if context.unwell else Severity.INFO,
        confidence=0.9,
        row=0,
        evidence={
            "learning_rate": rate,
            "length_threshold": FULL,
            "cosine_successive_gradients": median(context.model.cosine("gradient", "previous_gradient")),
            "cosine_threshold": TURNING,
        },
        summary=(
            f"{kind} seems to be made anew at each step: all steps are as long as its first, {rate_(rate)} for each "
            "weight whatever its gradient, so that it remembers nothing of the gradients before."
        ),
        advice=(
            "Make the optimizer once, before the loop, and not in the function that makes a step; nor call `compile` "
            "for each batch.",
        ),
        expect="Steps that get shorter where gradients disagree, and a loss that falls further.",
    )


def _descends(context: Context) -> bool:
    """Whether most updates are those of plain descent, at whatever rate."""
    if context.fit.family(0) is Family.DESCENT:
        return True
    plain, moved = context.fits.model == DESCENT, context.model.norm("update") > 0.0
    several = int(context.series.sizes.sum()) > FREE  # of one number any rate and momentum are a fit
    if several and context.fit.family(0) is Family.UNKNOWN:  # no other kind at one rate either
        plain = fit(context.equations).model == DESCENT
    return bool((plain & moved).sum() > MOSTLY * moved.sum())


def _in_a_valley(context: Context, found: Pace) -> Found | None:
    """Without noise: the condition number, from the steepest curvature and the pace of the loss."""
    late = slice(len(context.series) // 2, None)
    if not median(context.model.cosine("gradient", "previous_gradient")[late]) > SMOOTH:
        return None
    steepest = _steepest(context)
    rate = _rate(context)
    share = rate * steepest / 2.0
    if not found.late * len(context.series) > ROUNDING:
        return None
    narrow = 2.0 * rate * steepest / found.late  # L falls by 2ηλ a step along the flattest direction
    exact = median(context.model.cosine("gradient", "previous_gradient")[late]) > SMOOTHEST
    lasting = (exact or found.late > 5.0 * found.error) and (
        found.remaining > np.log(2.0) or _more_to_have(context, late)
    )
    if not (NEAR < share < 1.05 and narrow > NARROW and lasting):
        return None
    return _found(context, found, narrow=narrow, share=share)


def _rate(context: Context) -> float:
    """η of the run, or of most of its late steps where a schedule changes it."""
    if context.fit.family(0) is Family.DESCENT:
        return float(context.fit.learning_rate[0])
    return median(fit(context.equations).learning_rate[len(context.series) // 2 :])


def _more_to_have(context: Context, late: slice) -> bool:
    """Whether a minimum is still far: ‖g‖²/2h above it, along a direction of curvature h, in which ‖g‖ shrinks by ηh.

    Along the gradient the curvature is larger, of steeper directions that have a part in it; where the gradient does
    not shrink at all, the minimum is not in sight.
    """
    norm, known = context.gradient_norm[late], context.curvature[late]
    if not (norm > 0.0).all():
        return False
    shrinks = -line(np.log(norm))[0] / _rate(context)
    curvature = min(median(known), shrinks)
    loss = median(context.loss[late])
    return curvature <= 0.0 or float(norm[-1]) ** 2 / (2.0 * curvature) > WORTH * loss


def _steepest(context: Context) -> float:
    """The largest curvature that steps have met."""
    known = context.curvature[np.isfinite(context.curvature)]
    return float(known.max()) if len(known) else np.nan


def _slow(context: Context, found: Pace) -> Found | None:
    """Through noise: a run that hardly falls although its gradients agree from batch to batch."""
    agree = median(context.model.cosine("gradient", "previous_gradient")) > AGREE
    share = median(context.stability)
    slow = context.outcome is Outcome.SLOW and agree and share > NEAR
    return _found(context, found, narrow=np.nan, share=share) if slow else None


def _found(context: Context, found: Pace, *, narrow: float, share: float) -> Found:
    root = np.sqrt(narrow)
    momentum = 0.9
    if np.isfinite(narrow):
        momentum = float(np.clip(((root - 1.0) / (root + 1.0)) ** 2, momentum, LARGEST))  # Polyak's optimum
    rate = _rate(context)
    faster = root if np.isfinite(narrow) else 1.0 / (1.0 - momentum)
    call = keras_call(context.series.optimizer, "momentum", float(f"{momentum:.3g}"))
    valley = f": the valley is about {rough(narrow)} times narrower than long" if np.isfinite(narrow) else ""
    slow = context.outcome is Outcome.SLOW
    what = "What is left of the loss" if context.floor else "The loss"
    return Found(
        severity=Severity.WARNING if slow else Severity.INFO,
        confidence=0.85 if np.isfinite(narrow) else 0.6,
        row=0,
        evidence={
            "momentum": 0.0,
            "suggested_momentum": float(f"{momentum:.3g}"),
            "learning_rate": rate,
            "condition_number": narrow if np.isfinite(narrow) else None,
            "condition_number_threshold": NARROW,
            "stability_share": share if np.isfinite(share) else None,
            "fall_per_step_percent": 100.0 * found.late,
            "steps_to_halve": found.rows_to_halve if np.isfinite(found.rows_to_halve) else None,
        },
        summary=(
            f"Plain gradient descent crawls{valley}. {what} falls by {rough(100.0 * found.late)} % a step; momentum "
            f"would make that about {rough(faster)} times more."
        ),
        advice=(
            f"Add momentum {number(momentum)}, at the same learning rate {rate_(rate)}"
            f"{f': {call}' if call else ': `v = mu * v - lr * g; w.assign_add(v)`'}.",
            "Or give each direction its own step, `tf.keras.optimizers.Adam(1e-3)`; or standardize the inputs.",
        ),
        expect=f"A loss that halves in about {rough(max(1.0, found.rows_to_halve / faster))} steps.",
    )


RULE = Rule("missing-momentum", "No momentum in a narrow valley", "loss, gradients, updates of gradient descent", check)
