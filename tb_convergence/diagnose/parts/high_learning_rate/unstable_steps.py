"""Steps beyond the limit of stability: ηh above 2, or what the momentum makes of that, before or at the trouble."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.advice import high_learning_rate as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.mortality import killed
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.secants import at_the_start, steady
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.parts.high_learning_rate.long_steps import (
    DIED,
    DIED_ROWS,
    FEWEST,
    FIRST,
    HUGE_RATIO,
    SAFE_RATIO,
    UNSTABLE_ROWS,
    leapt_at,
    length_at_first,
    rate_earlier,
    up_to_trouble,
)
from tb_convergence.diagnose.rules.oscillating_updates import harmful_order
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.series import Values

Rows = NDArray[np.int64]

MARGIN = 1.02
"""ηh over its limit from which a step counts as unstable; 2 % for rounding. Noise of batches alone gives 0.5."""

EDGE = 0.99
"""The same for a loss that does not rise but hovers: at the limit itself it neither falls nor rises."""

THROWN = 2.0
"""ηh over its limit at which a few steps are enough to throw a run out of its valley."""

LASTS = 0.1
"""Share of the steps, from the first unstable one to the trouble, that must be unstable to have brought it about. Noise
of batches scatters ηh around what it is, and a few steps beyond the limit among many within it undo nothing."""

MOST_CAUTION = 10.0
"""Times below half the largest stable rate that the length of the first step may ask for: small first weights make it
long by themselves."""

STEADY = 0.1
"""Relative deviation of curvatures up to which they are one; in nets that explode they differ by decades."""

FAR_APART = 10.0
"""Largest over smallest of them, from which they are those of other places."""

CAUTION = 10.0
"""Times the least curvature that the run can have begun with, to suit the rate to: it grows on the way to a minimum."""


def beyond_the_limit(context: Context, *, local: bool) -> Found | None:
    """From ηh; ``local``: only where the step was short enough for its secant to tell the curvature where it began."""
    if context.has_matrices and (harmful_order(context) or context.drowned):
        return None  # from one class, or one draw, to the next the gradient changes by more than any curvature
    stability = context.stability[up_to_trouble(context)]
    rising = context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    unstable = np.flatnonzero(stability > (MARGIN if rising else EDGE))
    unstable = unstable[unstable >= leapt_at(context)]
    if len(unstable) < UNSTABLE_ROWS or (not rising and not _stuck(context, unstable)):
        return None
    if context.has_matrices and (not persists(stability[unstable[0] :]) or _dead_by(context, int(unstable[0]))):
        return None
    at = _first_long(context, int(unstable[0]))
    finite = unstable[np.isfinite(stability[unstable])][:FIRST]
    far = context.has_matrices and len(finite) > 0 and not context.update_ratio[finite[0] - 1] < HUGE_RATIO
    if not len(finite) or (local and far and not _steady(context.curvature[finite])):
        return None
    rate = float(np.median(context.fits.learning_rate[finite]))
    evidence = _evidence(context, finite, rate, _curvature(context, finite))
    return advice.beyond_the_limit(context, at, rate, evidence, margin=MARGIN)


def _curvature(context: Context, rows: Rows) -> float:
    """Curvature that the rate must suit, of the steps at ``rows``; of few numbers, where they met several curvatures.

    On a parabola steps that blow up turn to its steepest direction, and what they meet rises to that and stays.
    """
    met, stability = context.curvature, context.stability
    if context.has_matrices or _steady(met[rows]):
        return float(np.median(met[rows]))
    late = np.flatnonzero(np.isfinite(stability) & (stability > MARGIN))[-FEWEST:]
    if _steady(met[late]):
        return float(np.median(met[late]))
    loss, gradient = context.loss[0], context.gradient_norm[0]
    return at_the_start(met[rows], loss, gradient, far_apart=FAR_APART, caution=CAUTION)


def _steady(curvature: Values) -> bool:
    return steady(curvature, fewest=FEWEST, tolerance=STEADY)


def persists(stability: Values) -> bool:
    """Whether steps are beyond the limit again and again, or one is far beyond: single ones are the luck of batches."""
    known = stability[~np.isnan(stability)]
    return bool((known > 1.0).mean() > LASTS or known.max() > THROWN)


def _first_long(context: Context, at: int) -> int:
    """The first huge step before row ``at``, at the rate of that row: it began there, if it is told only later."""
    first = leapt_at(context)
    if first or not context.has_matrices:
        return first or at  # a rate that leapt is to blame from there on
    huge = np.flatnonzero(context.update_ratio[first:at] > HUGE_RATIO)
    return int(huge[0]) if len(huge) else at


def _stuck(context: Context, unstable: Rows) -> bool:
    """A flat loss was thrown there by steps far beyond the limit, or is held there by most steps being at it."""
    thrown_there = bool(np.median(context.stability[unstable]) > THROWN)
    return thrown_there or len(unstable) > 0.5 * np.isfinite(context.stability).sum()


def _evidence(context: Context, rows: Rows, rate: float, curvature: float) -> dict[str, float]:
    bound = float(np.median((context.fits.learning_rate * context.curvature / context.stability)[rows]))
    return {
        "learning_rate": rate,
        "largest_stable_learning_rate": bound / curvature,
        "stability_number": rate * curvature,
        "stability_limit": bound,
        "curvature": curvature,
        "momentum": float(np.median(context.fits.momentum[rows])),
        "multiplier": median(context.multiplier[rows]),
        "overshoot": median(context.overshoot[rows]),
        "unstable_steps": len(rows),
        "suggested_learning_rate": rate_earlier(context, int(rows[0])) or _safe(context, rate, bound / curvature),
    }


def _safe(context: Context, rate: float, largest: float) -> float:
    """Half the largest stable rate; in a net also no more than what keeps the first step short."""
    first = length_at_first(context)
    unsure = context.has_matrices and first > SAFE_RATIO and not _steady(context.curvature[1 : FIRST + 1])
    short = rate * SAFE_RATIO / first if unsure else np.inf
    return float(min(largest / 2.0, max(short, largest / 2.0 / MOST_CAUTION)))


def _dead_by(context: Context, row: int) -> bool:
    """The same by ``row``: what moves since then is a bias or two, whose curvature is not that of the net."""
    return killed(context.series.recorded("dead_unit_fraction")[:row], share=DIED, last=DIED_ROWS)
