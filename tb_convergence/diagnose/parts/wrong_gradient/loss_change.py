"""The change of the loss from step to step, beside what the gradients promise of it."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.advice import wrong_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.factor import of_steps
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.reference import sampled_error
from tb_convergence.diagnose.estimators.trapezoid import loss_change, ratio_of_leaps, shares, typical, weighed
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.parts.wrong_gradient.factor import (
    AGREE,
    ASIDE,
    CERTAIN,
    FEWEST,
    OFF,
    PROBED_OFF,
    SIGMAS,
    SMOOTH,
    least_off,
    of_one,
    off_by,
)
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence
from tb_convergence.diagnose.wording import number

BEGINNING = 10
"""First steps whose factor tells how the gradients are made: code does not change on the way, data may."""

LEAP = 0.2
"""Loss change over loss that stands out of the noise of batches."""

STILL_DOWNHILL = 0.5
"""Slope along a step at its end over that at its start, from which the whole step goes downhill."""

OPPOSITE = 0.9
"""Share of such steps in which the loss must go the other way; the rest is left to noise."""

UNEXPLAINED = 0.02
"""Share of the square of the loss's changes that what the variables promise may leave over in a loss without noise: the
trapezoid's own error, of steps that are not short. Batches leave nearly all of it."""

MANY = 0.1
"""Share of the steps that change the loss to a percent as they promise, from which the gradient is right. By chance,
where batches scatter the ratio by 1 and more, it is 0.008."""

VISIBLE = 1e-5
"""Loss change over loss below which a float32 loss cannot show it to a percent."""


def by_loss(context: Context) -> Answer:
    """From steps whose loss changes by what the gradients promise, or by another multiple of it."""
    ratio = context.loss_change_ratio
    change, loss = loss_change(context.series), context.series.step("loss")
    visible = np.isfinite(ratio) & (np.abs(change) > VISIBLE * np.abs(loss)) & (ratio != 0.0)
    if not np.isfinite(loss).any():
        return NotApplicable("the loss is not known")
    if visible.sum() < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps with a visible change of the loss, got {int(visible.sum())}")
    _, spread = typical(ratio[visible])
    if spread > SMOOTH:
        return (
            _by_variables(context, visible)
            or _reversed(context)
            or NotApplicable(
                "the gradients are clipped"
                if context.clipped
                else "the loss differs from step to step by more than the steps explain (minibatches)"
            )
        )
    found, least = of_steps(ratio[visible], sampled_error(context.series)), least_off(context)
    factor = found.value
    right_at_first = abs(median(ratio[visible][:BEGINNING]) - 1.0) < least  # later it is the loss or its data
    if right_at_first or abs(factor - 1.0) < max(least, SIGMAS * spread if spread > AGREE else 0.0):
        return Clear("the loss changes as the gradient says")
    if 0.0 < factor < 1.0 and context.clipped:  # it only shortens
        return NotApplicable(f"the gradients are clipped, here to about {number(factor)} × the derivative")
    names = _culprits(context, visible)
    exact = spread < AGREE and least == OFF
    return off_by(context, found, spread, names, source="the loss change", exact=exact)


def _by_variables(context: Context, visible: NDArray[np.bool_]) -> Found | None:
    """From a loss without noise whose changes follow from what each variable promises, but not with one factor for all.

    Steps of which one variable climbs while the others descend have a sum that may be anything.
    """
    found = weighed(context.series, visible)
    if found is None or found.unexplained > UNEXPLAINED:
        return None
    sure = np.abs(found.share - 1.0) > CERTAIN * found.error
    off = sure & ((found.share < 1.0 / ASIDE) | (found.share > ASIDE))
    right = np.abs(found.share - 1.0) < PROBED_OFF + SIGMAS * found.error
    if not off.any() or not (right | off).all() or not right.any():
        return None
    order = np.array(sorted(np.flatnonzero(off), key=lambda i: float(found.share[i])))
    factor, spread, names = of_one(context, order, found.share, found.error)
    return off_by(context, factor, spread, names, source="the loss change", exact=False)


def _reversed(context: Context) -> Found | None:
    """A gradient of the wrong sign, seen through the noise of batches in a run that diverges.

    Where both ends of a step slope downhill the loss must fall. If it rises by as much instead, step after step, no
    learning rate explains it: one that is too high passes the valley, and the far end of its step slopes uphill.
    """
    if context.outcome not in (Outcome.DIVERGED, Outcome.NOT_FINITE) or right_at_first(context):
        return None
    all_ = context.loss_change_ratio
    ratio = ratio_of_leaps(context.series, all_, context.overshoot, leap=LEAP, downhill=STILL_DOWNHILL)
    middle, _ = typical(ratio)
    if len(ratio) < FEWEST or np.mean(ratio < 0.0) < OPPOSITE or not -2.0 < middle < -0.5:
        return None
    return advice.opposite(of_steps(ratio), len(ratio), float(np.mean(ratio < 0.0)))


def right_at_first(context: Context) -> bool:
    """Whether the first steps, without noise, changed the loss as the gradients say: it or its data changed later.

    Or many steps did, to a percent: others are long, and the loss bends along them.
    """
    ratio, loss = context.loss_change_ratio, context.series.step("loss")
    visible = ratio[np.abs(loss_change(context.series)) > VISIBLE * np.abs(loss)]
    middle, spread = typical(ratio[: BEGINNING + 1])
    many = len(visible) >= FEWEST and bool((np.abs(visible - 1.0) < OFF).mean() > MANY)
    return many or (spread < SMOOTH and abs(middle - 1.0) < SMOOTH)


def _culprits(context: Context, visible: NDArray[np.bool_]) -> tuple[str, ...]:
    """The variables whose own factor is off, as far as the steps tell them apart."""
    if len(context.names) == 1:
        return context.names
    off = np.nan_to_num(np.abs(shares(context.series, visible) - 1.0))
    return tuple(context.names[i] for i in np.argsort(-off) if off[i] > 10.0 * OFF)
