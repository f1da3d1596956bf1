"""A variable has a gradient and never changes."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import first_and_more, number

FEWEST = 10
"""Rows: gradient accumulation leaves weights alone for several steps."""


ROUNDED = 1e-6
"""‖Δ‖/‖w‖ that no float32 loses altogether: half a unit in the last place is 6e-8."""

RESOLUTION = 2.0**-23
"""‖g‖/‖w‖ whose step, at a learning rate of 1 and below, is lost in the rounding of float32 weights."""

GONE = 1e-9
"""Gradient norm over its largest below which a run has converged to the last digit."""

MOST = 0.5
"""Share of the weight matrices that never move, from which a run that goes wrong is told so as a warning."""

PAUSES = 3.0
"""Times the longest earlier pause between updates that a stop must last."""


def check(context: Context) -> Answer:
    """An error when nothing ever changes; when it is some variables only, which may be frozen, information.

    A warning when it is most layers of a run that goes wrong: frozen or not, they do not learn.
    """
    gradient, update = context.series.norm("gradient"), context.series.norm("update")
    comparable = np.isfinite(gradient) & np.isfinite(update) & (gradient > 0)
    if not comparable.any():
        return NotApplicable("no gradient above zero was recorded together with an update")
    since = _stopped(context, gradient, update)
    if since is not None:
        return _found_stop(context, since)
    moving = (update > 0).any(axis=0)
    still: NDArray[np.bool_] = np.logical_and(comparable.any(axis=0), ~moving)
    if moving.any():
        still &= ~_lost(context)
    if not still.any():
        return Clear()
    if int(comparable.any(axis=1).sum()) < FEWEST:
        return NotEnoughEvidence(f"nothing moved yet in {len(gradient)} steps; gradients may be accumulated over more")
    if not moving.any() and median(context.gradient_norm) < RESOLUTION * median(context.model.norm("weight")):
        return Clear("the gradient is below what float32 weights can hold: an update would not show")
    return _found(context, still, all_still=not moving.any())


def _lost(context: Context) -> NDArray[np.bool_]:
    """Whether, [V], the gradient of a variable is below what its own float32 weights can hold."""
    gradient, weight = (context.series.norm(x) for x in ("gradient", "weight"))
    return np.array([median(g) < RESOLUTION * median(w) for g, w in zip(gradient.T, weight.T, strict=True)], np.bool_)


def _stopped(context: Context, gradient: NDArray[np.float64], update: NDArray[np.float64]) -> int | None:
    """The row since which no variable moves any more although some gradient is not zero; ``None``: they do."""
    moved: NDArray[np.bool_] = np.logical_or.reduce(np.nan_to_num(update) > 0, axis=1)
    last = np.flatnonzero(moved)
    if not len(last) or not np.isfinite(update[-1]).any():
        return None
    since = int(last[-1]) + 1
    pauses = np.diff(np.append(-1, last))  # accumulation pauses for some steps, again and again
    rest = len(moved) - since
    alive = (np.nan_to_num(gradient[since:]) > 0).any(axis=1)
    enough = rest >= FEWEST and rest >= PAUSES * int(pauses.max()) and bool(alive.all())
    if not enough or not _would_show(context, since) or _faded(context, last):
        return None
    return since if not (context.series.step("learning_rate")[since:] == 0.0).all() else None


def _would_show(context: Context, row: int) -> bool:
    """Whether an update of the usual share of the gradient would be above the rounding of the weights."""
    model = context.model
    norm = model.norm("gradient")
    if not median(norm[row:]) > GONE * float(np.nanmax(norm)):
        return False
    share = median(divide(model.norm("update")[:row], norm[:row]))
    return share * median(norm[row:]) > ROUNDED * median(model.norm("weight")[row:])


def _faded(context: Context, moves: NDArray[np.int64]) -> bool:
    """Whether the last of the rows ``moves`` moved little more than rounding does: what undoes the gradient is part of
    the steps, as in proximal descent, and they came to its fixed point.
    """
    last = moves[-FEWEST:]
    return median(divide(context.model.norm("update")[last], context.model.norm("weight")[last])) < ROUNDED


def _found_stop(context: Context, row: int) -> Found:
    step, rest = context.step(row), len(context.series) - row
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.95,
        row=row,
        evidence={
            "steps_without_update": rest,
            "update_norm": 0.0,
            "gradient_norm": median(context.gradient_norm[row:]),
        },
        summary=f"No variable moves from step {step} on, for {rest} steps, although the gradient is not zero.",
        advice=(
            f"Look at what happens at step {step}: a condition around `apply_gradients`, a rebuilt model or optimizer, "
            "`trainable = False`.",
            "Pass the variables of the model that is used: `zip(grads, model.trainable_variables)`.",
        ),
        expect="An update norm above zero to the end.",
    )


def _found(context: Context, still: NDArray[np.bool_], *, all_still: bool) -> Found:
    names = tuple(n for n, s in zip(context.names, still, strict=True) if s)
    rate = context.series.step("learning_rate")
    zero = bool((rate == 0.0).all())
    typical = median(context.gradient_norm)
    reason = "the learning rate is 0" if zero else "the updates are not applied"
    severity = Severity.ERROR if all_still else Severity.WARNING if _hinders(context, still) else Severity.INFO
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
            f"{first_and_more(names)} never changed in {context.length} steps although the gradient is not zero "
            f"(norm {number(typical)}): {reason}."
            if all_still
            else f"{first_and_more(names)} never changed, with a gradient above zero: frozen, or not in the update."
        ),
        advice=_advice(zero=zero, all_still=all_still),
        expect="An update norm above zero.",
        variables=names,
    )


def _hinders(context: Context, still: NDArray[np.bool_]) -> bool:
    """Whether most of the weight matrices of a run that goes wrong never move."""
    return context.bad and bool(still[context.kernels].mean() > MOST)


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
