"""The inputs are far from unit size, or their features from one another, in a run that suffers from it."""

from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.layers import input_scale
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.diagnose.wording import number

FIRST = 10
"""Rows at the start from which the gradient tells the size of the inputs; later on its parts cancel."""

LARGE = 10.0
"""Root mean square: the curvature of the first layer, and with it the largest rate, changes with its square."""

SHORT = 0.1
"""Euclidean length of one example below which the first layer hardly gets a gradient; √features is usual."""

DISPARATE = 100.0
"""Largest over smallest standard deviation of the features: a condition number of its square, 10,000."""

CANCELLING = 5.0
"""Factor by which the gradient may overstate the inputs of a minibatch: √N for N examples that cancel; √32 = 5.7."""

CANCELLING_ALL = 30.0
"""The same where the loss is without noise, i.e. of all the data: √1000."""

ROUNDING = 1e4
"""Size that is not believed of the gradient alone: the bias before a normalization has none but rounding."""

SMOOTH = 0.99
"""cos(g, g⁻) above which the loss counts as free of noise."""

LOW_RATIO = 5e-4
"""‖Δ‖/‖w‖ of a step below which it is short, see ``low_learning_rate``."""

NEAR = 0.05
"""ηh over its limit from which the largest feature keeps the rate from being much higher."""

FEWEST_ROWS, ONE_ROW = 4, 1.5
"""Rows of an embedding of which one alone is told from all; and how many of them may have a gradient, rounded."""

HUGE_LOSS = 3.0
"""First loss over ln C, the loss of guessing, from which large outputs confirm large inputs."""


@dataclass(frozen=True, slots=True)
class _Size:
    """What is known: root mean square from the inputs and from the gradient, spread of features; NaN: unknown."""

    seen: float
    felt: float
    disparity: float
    length: float


def check(context: Context) -> Answer:
    """Found when the inputs are too large, too small, or too unlike; an error only where the run suffers."""
    layers = context.layers
    if not layers or layers[0].embedding:
        return _of_embedding(context) or NotApplicable("the first layer does not multiply its inputs")
    size = _measure(context)
    if not np.isfinite(size.seen) and not np.isfinite(size.felt):
        return NotApplicable("the inputs were not recorded (pass inputs= to log_step), and the first layer has no bias")
    reason = _reason(context, size)
    if reason == "unlike" and context.drowned:
        return Clear("the gradients are noise, whatever the features")
    if reason is None:
        return Clear("the inputs are of usual size") if np.isfinite(size.seen) else _unsure(context)
    if not context.unwell:
        known = context.outcome is not Outcome.TOO_EARLY or np.isfinite(size.seen)
        return _found(context, size, reason) if known else behaves(context, "the loss falls nevertheless")
    return _found(context, size, reason)


def _of_embedding(context: Context) -> Found | None:
    """Fractions below 1 given to an embedding, which cuts them down to row 0: the only one that gets a gradient.

    Both must be seen: the fractions may be those of another input, and few rows may be looked up on purpose.
    """
    if not context.layers or context.series.variables[context.layers[0].kernel].sampled is not None:
        return None
    step, kernel = context.series.step, context.layers[0].kernel
    low, high, rows = median(step("input_min")), median(step("input_max")), context.series.variables[kernel].shape[0]
    fractions = median(step("input_is_integer")) == 0.0 and low >= 0.0 and high < 1.0
    zeros = median(context.series.recorded("gradient_zero_fraction")[:, kernel])
    if (
        not fractions
        or rows < FEWEST_ROWS
        or not zeros > 1.0 - ONE_ROW / rows
        or not (context.unwell or context.lukewarm)
    ):
        return None
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING if context.unwell else Severity.INFO,
        confidence=0.9,
        row=0,
        evidence={
            "input_min": low,
            "input_max": high,
            "embedding_rows": rows,
            "gradient_zero_percent": 100.0 * zeros,
            "zero_threshold_percent": 100.0 * (1.0 - ONE_ROW / rows),
        },
        summary=(
            f"The embedding gets numbers between {number(low)} and {number(high)}, and cuts them down to whole ones: "
            f"all of them mean row 0, the only one of {rows} with a gradient."
        ),
        advice=(
            f"Give it the numbers of the tokens as they are, whole ones from 0 to {rows - 1}: no scaling before an "
            "embedding.",
            "Or, if these are measurements and no tokens, begin with `Dense` in place of `Embedding`.",
        ),
        expect="Gradients in more than one row of the embedding, and a loss that falls.",
        variables=(context.names[kernel],),
    )


def _unsure(context: Context) -> Answer:
    if not context.bad:
        return Clear("the gradient of the first layer does not show large inputs")
    return NotEnoughEvidence("inputs that are very small or unlike show only with inputs= in log_step")


def _measure(context: Context) -> _Size:
    step, first = context.series.step, context.layers[0]
    seen = median(np.sqrt(step("input_mean") ** 2 + step("input_std") ** 2)[:FIRST])
    spread = median(step("input_largest_feature_std")[:FIRST]) / median(step("input_smallest_feature_std")[:FIRST])
    felt = median(input_scale(context.series, first)[:FIRST])
    length = seen * np.sqrt(first.fan_in) if len(context.series.variables[first.kernel].shape) == 2 else np.nan
    return _Size(seen, felt if felt < ROUNDING else np.nan, spread, length)


def _reason(context: Context, size: _Size) -> str | None:
    """Which of the three it is; ``None``: none, or the model scales its inputs itself."""
    scaled_inside = size.felt < LARGE
    if np.isfinite(size.seen):
        if size.seen > LARGE and not scaled_inside:
            return "large"
        if size.length < SHORT and not size.felt > size.seen * CANCELLING_ALL:
            return "small"
        if size.disparity > DISPARATE and not (scaled_inside and size.seen > LARGE):
            return None if _timid(context) else "unlike"
        return None
    return "large" if size.felt > LARGE * _doubt(context) else None


def _timid(context: Context) -> bool:
    """Whether the steps are so far from unstable that no feature, however large, sets the rate; unknown: so short."""
    share = median(context.stability)
    return share < NEAR if np.isfinite(share) else median(context.update_ratio) < LOW_RATIO


def _doubt(context: Context) -> float:
    """The factor that the gradient may overstate by; none where the first loss is that of large outputs."""
    first, chance = context.series.step("loss")[:1], np.log(max(2, context.classes))
    if context.classes >= 2 and context.guessing and (first > HUGE_LOSS * chance).all():
        return 1.0
    smooth = median(context.model.cosine("gradient", "previous_gradient")[:FIRST]) > SMOOTH
    return CANCELLING_ALL if smooth else CANCELLING


def _found(context: Context, size: _Size, reason: str) -> Found:
    seen = bool(np.isfinite(size.seen))
    scale = size.seen if seen else size.felt
    step = context.series.step
    severity = Severity.ERROR if context.bad else Severity.WARNING
    by_rate = reason != "unlike" or bool(np.isfinite(context.stability).any())  # Adam's steps have no size of theirs
    return Found(
        severity=severity if by_rate and (context.unwell or context.learned_nothing) else Severity.INFO,
        confidence=0.9 if seen else 0.75,
        row=0,
        evidence={
            "input_rms": scale,
            "input_rms_threshold": LARGE,
            "input_rms_from_gradient": size.felt,
            "example_length": size.length,
            "example_length_threshold": SHORT,
            "largest_over_smallest_feature_std": size.disparity,
            "disparity_threshold": DISPARATE,
            "input_mean": median(step("input_mean")[:FIRST]),
            "input_std": median(step("input_std")[:FIRST]),
            "source": "the inputs" if seen else "the gradient of the first layer",
        },
        summary=_summary(size, reason, scale, seen=seen),
        advice=(
            "Standardize each feature: `x = (x - x_train.mean(axis=0)) / (x_train.std(axis=0) + 1e-7)`, or put "
            "`tf.keras.layers.Normalization()` first and call its `adapt(x_train)`.",
            _other(reason, scale),
        ),
        expect=f"Inputs with a root mean square near 1 (now {number(scale)}), and a loss that falls at the same rate.",
        variables=(context.names[context.layers[0].kernel],),
    )


def _summary(size: _Size, reason: str, scale: float, *, seen: bool) -> str:
    if reason == "unlike":
        return (
            f"The features of the inputs differ {number(size.disparity)} times in size: the largest sets the learning "
            "rate, and the smallest hardly learn."
        )
    about = "" if seen else "about "
    if reason == "small":
        return f"The inputs are too small: root mean square {number(scale)}, where 1 is usual."
    return (
        f"The inputs are too large: root mean square {about}{number(scale)}, where 1 is usual; the largest stable "
        "learning rate falls with its square."
    )


def _other(reason: str, scale: float) -> str:
    if reason == "unlike":
        return "Features that span powers of ten: take their logarithm first, `np.log1p(x)`."
    factor = float(f"{scale:.1g}")
    images = "Images of bytes: `x / 255.0`. " if reason == "large" else "Are they divided by 255 twice? "
    return f"{images}Whatever they are, divide them by about {number(factor)}."


RULE = Rule("unscaled-inputs", "Inputs not scaled", "gradients of the first layer, or inputs=", check)
