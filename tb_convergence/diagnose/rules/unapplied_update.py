"""A variable has a gradient and never changes."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import first_and_more, number

FEWEST = 10
"""Rows: gradient accumulation leaves weights alone for several steps."""


def check(context: Context) -> Answer:
    """An error when nothing ever changes; information when it is some variables only, which may be frozen."""
    gradient, update = context.series.norm("gradient"), context.series.norm("update")
    comparable = np.isfinite(gradient) & np.isfinite(update) & (gradient > 0)
    if not comparable.any():
        return NotApplicable("no gradient above zero was recorded together with an update")
    still: NDArray[np.bool_] = np.logical_and(comparable.any(axis=0), ~(update > 0).any(axis=0))
    if not still.any():
        return Clear()
    if int(comparable.any(axis=1).sum()) < FEWEST:
        return NotEnoughEvidence(f"nothing moved yet in {len(gradient)} steps; gradients may be accumulated over more")
    moving = (update > 0).any(axis=0)
    return _found(context, still, all_still=not moving.any())


def _found(context: Context, still: NDArray[np.bool_], *, all_still: bool) -> Found:
    names = tuple(n for n, s in zip(context.names, still, strict=True) if s)
    rate = context.series.step("learning_rate")
    zero = bool((rate == 0.0).all())
    typical = median(context.gradient_norm)
    reason = "the learning rate is 0" if zero else "the updates are not applied"
    severity = Severity.ERROR if all_still else Severity.INFO
    return Found(
        severity=severity,
        confidence=0.97 if all_still else 0.6,
        row=0,
        evidence={
            "steps": len(context.series),
            "update_norm": 0.0,
            "gradient_norm": typical,
            "unchanged_variables": len(names),
            "learning_rate": float(rate[0]) if np.isfinite(rate[:1]).all() else None,
        },
        summary=(
            f"{first_and_more(names)} never changed in {len(context.series)} steps although the gradient is not zero "
            f"(norm {number(typical)}): {reason}."
            if all_still
            else f"{first_and_more(names)} never changed, with a gradient above zero: frozen, or not in the update."
        ),
        advice=_advice(zero=zero, all_still=all_still),
        expect="An update norm above zero.",
        variables=names,
    )


def _advice(*, zero: bool, all_still: bool) -> tuple[str, ...]:
    if zero:
        return ("Set a learning rate above 0, e.g. 1e-3 with Adam; look at where the schedule begins.",)
    if not all_still:
        return ("If it is frozen on purpose, nothing has to change; else pass it to `optimizer.apply_gradients`.",)
    return (
        "Call `optimizer.apply_gradients(zip(grads, variables))` in every step, on the variables that the model uses.",
        "In a loop by hand use `w.assign_sub(lr * g)`: `w = w - lr * g` leaves the variable alone.",
    )


RULE = Rule("unapplied-update", "Update not applied", "gradients, updates", check)
