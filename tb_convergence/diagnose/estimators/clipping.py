"""Whether the gradients were clipped: a length, or a largest element, that returns to one highest value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import Gram, of_model
from tb_convergence.diagnose.estimators.noise import MAD, median
from tb_convergence.series import Series, Values

SAME = 1e-4
"""Relative difference up to which two values are one: float32 rounding of a norm over many elements."""

FEWEST = 3
"""Rows that must share the highest value: two alone may be a coincidence of rounding."""

SHARE = 0.25
"""Share of rows at the highest value from which it is a limit."""

NEARLY_ALL = 0.9
"""Share of rows that a limit holds back from which it sets the length of the steps."""

TURNS = 0.99
"""cos(g, g⁻) below which gradients of one length are held at it: a batch that stays has one length by itself."""

ALONG = -0.9999
"""cos(g, Δ) of a step straight down its gradient."""

HELD, SHOWN = 0.2, 0.5
"""Change of log η‖g‖ from row to row over that of log ‖g‖, below which a limit holds the product; 1 without one. Share
of the rows that must show a rate."""

EVEN, UNEVEN = 2e-3, 0.05
"""Relative deviation of ‖Δ‖ up to which all steps are of one length, rounding of float32 weights included; and of ‖g‖
from which the gradients are not."""


def clipped(series: Series, model: Gram | None = None) -> bool:
    """Whether gradients were clipped by global norm, by the norm of each variable, or by value.

    A limit shows as a highest value that is reached again and again: by ‖g‖ of the model, by ‖g‖ of a variable, or by
    the largest |g| of a variable. ``model``: ``of_model(series)`` where it is known already.
    """
    lengths = (model or of_model(series)).norm("gradient")[:, None]
    return any(at_limit(x).any() for x in (lengths, series.norm("gradient"), series.recorded("gradient_max")))


def at_limit(values: Values) -> NDArray[np.bool_]:
    """Whether, [V], the highest of a column of ``values`` [T, V] is shared by many; false where all of it is zero."""
    finite = np.isfinite(values)
    highest = np.max(values, axis=0, initial=0.0, where=finite)
    top = np.count_nonzero(finite & (values >= highest * (1.0 - SAME)), axis=0)
    many = np.maximum(FEWEST, SHARE * np.count_nonzero(finite, axis=0))
    found: NDArray[np.bool_] = (highest > 0.0) & (top >= many)
    return found


@dataclass(frozen=True, slots=True)
class Limit:
    """A norm that nearly all gradients are cut down to.

    Attributes:
      norm: of the gradients as they are used; NaN where only the steps show it, and the learning rate is not known.
      uncut: median norm of the gradients before, NaN where they were recorded as they are used.
    """

    norm: float
    uncut: float


def limit(model: Gram, rate: Values, shown: Values | None = None) -> Limit | None:
    """The limit that sets the length of nearly all steps; ``None``: none does. ``rate``: the learning rate as set, [T].

    Either the gradients, of other batches each, all have one length; or they do not, and each step goes straight down
    its gradient, however long, by the same length; or the rate that the updates show, ``shown``, [T], with a momentum
    or under a schedule, is the smaller the longer the gradient is.
    """
    norm, update = model.norm("gradient"), model.norm("update")
    if not len(norm):
        return None
    turns = median(model.cosine("gradient", "previous_gradient")) < TURNS
    highest = float(np.max(norm, initial=0.0, where=np.isfinite(norm)))
    if turns and highest > 0.0 and (norm >= highest * (1.0 - SAME)).mean() > NEARLY_ALL:
        return Limit(highest, np.nan)
    straight = median(model.cosine("gradient", "update")) < ALONG
    if turns and straight and _deviation(update) <= EVEN and _deviation(norm) > UNEVEN:
        return Limit(median(update / rate), median(norm))
    held = np.full(len(norm), np.nan) if shown is None else shown * norm
    return Limit(median(held / rate), median(norm)) if _holds(held, norm) else None


def limit_of_each(series: Series, rate: Values) -> Limit | None:
    """The same of a limit for each variable by itself, as Keras' ``clipnorm``; ``None``: none sets all their steps.

    Each goes straight down its own gradient by one length, which is the same in all. ``uncut``: of the longest one.
    """
    norm, update = series.norm("gradient"), series.norm("update")
    if norm.shape[1] < 2 or len(norm) < FEWEST:
        return None
    straight = all(median(x) < ALONG for x in series.recorded("cosine_gradient_update").T)
    lengths = np.array([median(x) for x in (update / rate[:, None]).T])
    one = straight and all(_deviation(x) <= EVEN for x in (*update.T, lengths))
    free = [median(x) for x in norm.T if _deviation(x) > UNEVEN]
    return Limit(median(lengths), max(free)) if one and free else None


def _holds(held: Values, norm: Values) -> bool:
    """Whether η‖g‖ changes far less than ‖g‖ does, from row to row, which a schedule changes little, or in all."""
    if np.isfinite(held).mean() < SHOWN or not (norm > 0.0).all():
        return False
    with np.errstate(all="ignore"):  # of rows that show no rate, or one below zero: left out
        logs = np.log(held), np.log(norm)
    from_row_to_row = [median(np.abs(np.diff(x))) for x in logs]
    in_all = [median(np.abs(x - median(x))) for x in logs]
    return any(free > UNEVEN and changes < HELD * free for changes, free in (from_row_to_row, in_all))


def _deviation(x: Values) -> float:
    """Robust relative deviation; infinite for what is zero or not known."""
    middle = median(x)
    return MAD * median(np.abs(x - middle)) / middle if middle > 0.0 else np.inf
