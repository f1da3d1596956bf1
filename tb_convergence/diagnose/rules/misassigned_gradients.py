"""Variables are moved by each other's gradients: zipped in the wrong order."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.assignment import OWN, Match, alignment, matches
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import first_and_more, more, number

FEWEST = 10
"""Rows over which lengths must match; two variables may agree in a few by chance."""

STRANGE = 0.1
"""|cos(Δ, g)| over the run up to which an update has nothing to do with its gradient. Adam at the floor of noise has
−√(1 − β₁²) = −0.44 at β₁ = 0.9, since the gradient itself is part of the update."""

FOLLOWS = -0.25
"""The same of a variable that does follow its gradient: without one there is nothing to compare with. One that others
move may climb by the way; beyond as much uphill its sign is wrong instead."""

LONG_MEMORY = 0.95
"""cos(Δ, Δ⁻) from which a momentum above 0.95 moves the weights; noise alone gives the momentum itself."""

BLURRED = 1e-5
"""‖Δ‖/‖w‖ up to which float32's rounding of the weight turns the update: half a unit in the last place is 6e-8."""

SHRINKS = -0.9
"""cos(w, Δ) below which a step is mostly a share of the weight itself: weight decay made it, nobody's gradient."""

ELEMENTS = 16
"""Elements of a variable whose cosines tell anything: strangers of n elements have 1/√n by chance."""


def check(context: Context) -> Answer:
    """Found where lengths match another variable's gradient exactly, or updates are strangers to their gradients."""
    series = context.series
    if not _confusable(context).any():
        return NotApplicable("no two variables have the same shape")
    if len(series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(series)}")
    aligned = alignment(series)
    if not np.isfinite(aligned).any():
        return NotApplicable("no gradients were recorded together with updates")
    suspects = np.flatnonzero(_confusable(context) & (aligned > OWN))
    exact = matches(series, suspects) if np.isnan(context.fit.learning_rate[0]) else ()
    if exact:
        return _found(context, aligned, tuple(match.moved for match in exact), exact)
    strangers = _strangers(context, aligned)
    return _found(context, aligned, strangers, ()) if strangers else Clear("updates follow their own gradients")


def _confusable(context: Context) -> NDArray[np.bool_]:
    """Whether, [V], another variable has the same shape."""
    shapes = [v.shape for v in context.series.variables]
    return np.array([shapes.count(shape) > 1 for shape in shapes], np.bool_)


def _strangers(context: Context, aligned: NDArray[np.float64]) -> tuple[int, ...]:
    """Columns of two or more variables of one shape that do not follow their gradients, while others do."""
    large = context.series.sizes >= ELEMENTS
    usual = np.array([median(x) for x in context.series.recorded("cosine_gradient_update").T], np.float64)
    lower = np.fmin(aligned, usual)  # a few long steps, or a few large gradients, outweigh all others in the first
    strange = _confusable(context) & large & (lower > -STRANGE) & (aligned < -FOLLOWS)
    strange[strange] = [_moves(context, int(i)) and not _shrinks(context, int(i)) for i in np.flatnonzero(strange)]
    shapes = [v.shape for v in context.series.variables]
    alike = [i for i in np.flatnonzero(strange) if sum(shapes[j] == shapes[i] for j in np.flatnonzero(strange)) > 1]
    # over the run chance makes 1/√(n steps), so that for comparison small variables will do, if they do so as a rule
    theirs = np.where(large, lower if context.bad else aligned, np.fmax(aligned, usual))
    others_follow = bool((theirs[(context.series.sizes > 1) & ~strange] < FOLLOWS).any())
    nobody_follows = context.bad and not (aligned[large] < -STRANGE).any() and _short_memory(context)
    return tuple(int(i) for i in alike) if others_follow or nobody_follows else ()


def _moves(context: Context, i: int) -> bool:
    """Whether the updates of column ``i`` are no rounding of its weights."""
    update, weight = (context.series.norm(x)[:, i] for x in ("update", "weight"))
    return median(divide(update, weight)) > BLURRED


def _shrinks(context: Context, i: int) -> bool:
    """Whether column ``i`` is moved by weight decay more than by any gradient."""
    return median(context.series.recorded("cosine_weight_update")[:, i]) < SHRINKS


def _short_memory(context: Context) -> bool:
    """Whether updates change from step to step: those of a momentum near 1 are strangers to any single gradient."""
    return median(context.model.cosine("update", "previous_update")) < LONG_MEMORY


def _found(context: Context, aligned: NDArray[np.float64], columns: tuple[int, ...], exact: tuple[Match, ...]) -> Found:
    names = tuple(context.names[i] for i in columns)
    if exact:
        pair = f"{context.names[exact[0].moved]} is moved by the gradient of {context.names[exact[0].source]}"
        others = len(exact) - 1
        besides = f", and {more(others, 'variable')} by others" if others else ""
        what = f"{pair}{besides}: the lengths match at each step."
    else:
        what = (
            f"The updates of {first_and_more(names)} have nothing to do with their gradients: cosine "
            f"{number(float(aligned[columns[0]]))}, where descent gives −1 and noise leaves Adam −0.4."
        )
    return Found(
        severity=Severity.ERROR if exact or context.bad else Severity.WARNING,
        confidence=0.98 if exact else 0.8,
        row=0,
        evidence={
            "variables_moved_by_others": len(columns),
            "cosine_gradient_update": float(aligned[columns[0]]),
            "cosine_threshold": STRANGE,
            "length_error": exact[0].error if exact else None,
            "source": context.names[exact[0].source] if exact else None,
        },
        summary=what,
        advice=(
            "Take both from one list: `v = model.trainable_variables; grads = tape.gradient(loss, v); "
            "optimizer.apply_gradients(zip(grads, v))`.",
            "Do not sort either list, and build every layer before taking the list.",
        ),
        expect="A clearly negative cosine between gradient and update in every variable.",
        variables=names,
    )


RULE = Rule("misassigned-gradients", "Gradients at the wrong variables", "gradients, updates", check)
