"""What is said of a gradient that is not the derivative of the loss; ``alarm``: as an error."""

import math
from dataclasses import replace

from tb_convergence.diagnose.estimators.factor import Factor
from tb_convergence.diagnose.finding import Evidence, Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.wording import first_and_more, number, rough

PRECISE = 0.05
"""Relative error of a factor up to which its third digit is said."""


def ascent(rate: float, cosine: float) -> Found:
    """Updates that go up the gradient, by the ``rate`` that they show where that is negative, else by their angle."""
    shown = f"they show a learning rate of {number(rate)}" if rate < 0.0 else f"their cosine to it is {number(cosine)}"
    return Found(
        severity=Severity.ERROR,
        confidence=0.97,
        row=0,
        evidence={
            "learning_rate": rate if rate < 0.0 else None,
            "cosine_gradient_update": cosine,
            "right_factor": 1.0,
            "factor": -1.0,
            "source": "the updates",
        },
        summary=f"The updates go up the gradient: {shown}, and the loss rises.",
        advice=(
            "Turn the sign: `w.assign_sub(lr * g)` by hand, and a positive `learning_rate` in an optimizer.",
            "To climb on purpose, minimize the negative: `loss = -objective`.",
        ),
        expect="A negative cosine between gradient and update, and a loss that falls from the first steps on.",
    )


def turned(names: tuple[str, ...], angle: float, *, alarm: bool, threshold: float) -> Found:
    """Another direction than the tape's own gradient; ``angle``: its cosine to that."""
    astray = "has the opposite sign of" if angle < -threshold else "points elsewhere than"
    return Found(
        severity=Severity.ERROR if alarm else Severity.WARNING,
        confidence=0.95,
        row=0,
        evidence={"reference_cosine": angle, "threshold": threshold, "variables": len(names)},
        summary=f"The gradient of {first_and_more(names)} {astray} the derivative of the loss: cosine {number(angle)}.",
        advice=(
            "Compare both, element by element: `tape.gradient(loss, variables)` against the gradient made by hand.",
            "Clipping by element or by sign turns a gradient on purpose: then ignore this.",
        ),
        expect="A cosine of 1.",
        variables=names,
    )


def opposite(factor: Factor, steps: int, share: float) -> Found:
    """The wrong sign; ``share``: of the steps that must take the loss down, and took it up."""
    return Found(
        severity=Severity.ERROR,
        confidence=0.9,
        row=0,
        evidence={
            **_between(factor),
            "right_factor": 1.0,
            "steps": steps,
            "opposite_share": share,
            "source": "the loss change",
        },
        summary=(
            f"The gradient seems to have the wrong sign: in {steps} steps that should take the loss down, "
            f"it rose by about as much ({number(factor.value)} × the derivative)."
        ),
        advice=(
            "Remove the minus, or the sign of the loss: `grads = tape.gradient(loss, variables)` as they are.",
            "The optimizer subtracts: give it the gradient of what is to become smaller.",
        ),
        expect="A loss that falls from the first steps on, and a loss change ratio near 1.",
    )


def _between(factor: Factor) -> Evidence:
    """The factor and its ends, as far as they are known."""
    ends = {"factor_from": factor.low, "factor_to": factor.high}
    return {"factor": factor.value, **{name: x if math.isfinite(x) else None for name, x in ends.items()}}


def _amount(factor: Factor, *, exact: bool) -> str:
    """The factor in words, to as many digits as are known."""
    if exact:
        return f"{number(factor.value)} × the derivative of the loss"
    if factor.low == factor.value:
        return f"at least {rough(factor.value)} × the derivative of the loss"
    value = number(factor.value) if factor.error < PRECISE else rough(factor.value)
    return f"about {value} × the derivative of the loss{_ends(factor)}"


def _ends(factor: Factor) -> str:
    low, high = number(factor.low), number(factor.high)
    if math.isinf(factor.low):
        return "" if math.isinf(factor.high) else f", at most {high} ×"
    return f", at least {low} ×" if math.isinf(factor.high) else f", between {low} and {high}"


NOTHING = 0.01
"""Factor below which no slip of a formula is likely, but the gradient of something else."""

_ANOTHER = (
    "Is it the gradient of this loss? The tape has to be asked for the loss that is meant, with all of its terms: "
    "`tape.gradient(loss, variables)`, not for a penalty or another part of it.",
    "Look for `tf.stop_gradient` and for weights of 0 between the outputs and the loss.",
    "Or were the gradients divided, by the batch or by a loss scale, once too often?",
)


def _corrected(factor: Factor, *, exact: bool) -> tuple[str, ...]:
    if abs(factor.value) < NOTHING:
        return _ANOTHER
    back = 1.0 / factor.value
    by = number(back) if exact else f"{'at most' if factor.low == factor.value else 'about'} {rough(back)}"
    return (
        f"Multiply the gradient made by hand by {by}, or correct its formula.",
        "Let the tape do it: `grads = tape.gradient(loss, variables)`.",
        "Check sum against mean over the batch, a forgotten factor 2, and loss scaling that was not undone.",
    )


def scaled(
    factor: Factor,
    spread: float,
    names: tuple[str, ...],
    size: tuple[int, int],
    *,
    source: str,
    exact: bool,
    alarm: bool,
    threshold: float,
) -> Found:
    """A factor of the gradient of ``names``, none: of all; ``size``: number of steps and of variables."""
    whole = not names or 1 < len(names) == size[1]
    which = "of every variable" if whole else f"of {first_and_more(names)}"
    return Found(
        severity=Severity.ERROR if alarm else Severity.WARNING,
        confidence=0.99 if exact else 0.8,
        row=0,
        evidence={
            **_between(factor),
            "right_factor": 1.0,
            "threshold": threshold,
            "spread": spread,
            "steps": size[0],
            "source": source,
        },
        summary=f"The gradient {which} is {_amount(factor, exact=exact)} (from {source}).",
        advice=_corrected(factor, exact=exact),
        expect="A loss change ratio of 1.",
        variables=names,
    )


def unless_inputs_are_small(found: Found) -> Found:
    """The same where inputs were not seen, which make small gradients of all kernels if they are as small."""
    asks = "Or are the inputs so small, as divided by 255 twice? With inputs= in log_step this can be told."
    return replace(found, advice=(*found.advice, asks))


def from_the_tape(found: Found, *, alarm: bool) -> Found:
    """The same where the tape gives it: on purpose where a run that is well has one without a single factor."""
    return replace(
        found,
        severity=found.severity if alarm else Severity.INFO,
        evidence={**found.evidence, "from_the_tape": True},
        advice=(
            "The tape itself gives it: look for `tf.custom_gradient` in what these variables feed, and correct its "
            "`grad`: a forgotten factor or sign, a term of the product rule.",
            "`tb_convergence.check_gradients(loss_fn, variables)` holds each gradient against differences of the loss.",
            "A straight-through or reversed gradient is not the derivative on purpose: then ignore this.",
        ),
    )
