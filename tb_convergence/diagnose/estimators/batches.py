"""Whether the steps look at one and the same data, at other data each, or at nothing but noise."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Series, Values

EXPLAINED, FOLLOWS = 0.9, 0.3
"""Share of the steps whose change of the loss follows from their gradients, up to a relative error, from which on all
batches are one."""

BOUNCES = -0.9
"""cos(g, g⁻) below which steps go to and fro on the same data: other batches would not turn so exactly."""

SAME, LOOKS = 1e-5, 3
"""Relative deviation up to which inputs and labels of a step are those of another, above float32's rounding of a mean,
6e-8; and steps at which that must have been seen."""

ROUNDED = 1e-9
"""Loss over its highest from which rounding has a share in it: float32 outputs are off by 1e-7, and a residual of r
makes 2e-7 r of that, a hundredth of r² at r = 3e-5."""

ALONG, ACROSS = 0.9, 0.5
"""cos(g, g⁻) above which successive batches are alike, and below which they are of another kind."""

UNEXPLAINED = 5.0
"""Change of the loss over what the gradients explain, from which it is another batch that changed it; a step far beyond
the minimum along its line stays within 3."""

BREAKS, LENGTH = 4, 3.0
"""Times that the kind of the batches changes, and median rows between two changes, from which the data come sorted."""

LEAP = 1e-3
"""Relative change of the loss at such a change, below which it may be rounding."""

VISIBLE, ENOUGH = 1e-5, 20
"""Change of the loss over the loss, below which rounding to float32, 6e-8 of each, is a hundredth of it; and how many
changes above that tell whether batches are one."""

FEWEST = 20
"""Rows that show whether gradients are noise from the first on."""

EVEN = 1.3
"""Largest over smallest root mean square of the variables' gradients up to which they are of one size; layers differ
by more of themselves."""

STEADY, UNRELATED = 0.1, 0.1
"""Relative deviation of ‖g‖, and |cos(g, g⁻)|, up to which gradients are mostly noise."""

OPENING = 10.0
"""First ‖g‖ over the usual one up to which noise was there from the first on: its length in n dimensions spreads
by 1/√(2n), a fifth in 10. A run that blew up and lies dead since has a steady length, too, but for its start."""


def one(ratio: Values) -> bool:
    """Whether nearly every change of the loss follows from the gradients; ``ratio``: the loss change ratio, [T].

    A factor that all of them share may be a wrong gradient; it says nothing against one batch.
    """
    known = ratio[np.isfinite(ratio)]
    if not len(known):
        return False
    middle = median(known)
    return bool((np.abs(known - middle) < FOLLOWS * abs(middle)).mean() > EXPLAINED)


def visible(ratio: Values, change: Values, loss: Values) -> Values:
    """The loss change ratios, of [T], of changes above rounding, where there are enough of them: else all of them."""
    found = ratio[np.abs(change) > VISIBLE * np.abs(loss)]
    return found if len(found) >= ENOUGH else ratio


def same_examples(series: Series) -> bool:
    """Whether mean and spread of inputs and of labels are the same wherever they were looked at.

    Every step sees all of the data then, and what its gradients differ by, but for what the steps do, came from
    elsewhere. Of inputs alone it says nothing: each may be scaled by itself.
    """
    seen = [series.step(f"{of}_{what}") for of in ("input", "label") for what in ("mean", "std")]
    known = np.isfinite(np.sum(seen, axis=0))
    if known.sum() < LOOKS:
        return False
    sizes = [np.abs(x[known]).max() for x in seen]
    return all(np.ptp(x[known]) <= SAME * max(sizes[i - i % 2 : i - i % 2 + 2]) for i, x in enumerate(seen))


def above_rounding(y: Values) -> int:
    """Rows before the log loss ``y``, [T], has fallen so far that what is left of it is rounding of single precision.

    An error ε of the outputs leaves a squared error of ε² at a start of about 1, whose changes follow from nothing.
    """
    fallen = np.flatnonzero(y < y.max(initial=-np.inf) + np.log(ROUNDED))
    return int(fallen[0]) if len(fallen) else len(y)


def differ(ratio: Values, angle: Values) -> bool:
    """Whether batches differ for certain; ``angle``: cos(g, g⁻), [T]."""
    return bool(np.isfinite(ratio).any()) and not one(ratio) and not median(angle) < BOUNCES


def breaks(ratio: Values, angle: Values) -> NDArray[np.int64]:
    """Rows at which batches that were alike give way to another kind, as where classes follow one another.

    Shuffled batches are as like as any two of them, all the time; one and the same batch changes its loss by what the
    gradients say. Empty where most successive gradients are not parallel.
    """
    if not median(angle) > ALONG:
        return np.empty(0, np.int64)
    return np.flatnonzero((angle < ACROSS) & ((ratio < 0.0) | (ratio > UNEXPLAINED)))


def kinds(loss: Values, ratio: Values, angle: Values) -> NDArray[np.int64]:
    """Rows at which one kind of batches gives way to another, in data that come sorted; empty where they do not.

    The loss leaps there, by more than from step to step within a kind: noise would leap anywhere.
    """
    none, rows = np.empty(0, np.int64), breaks(ratio, angle)
    if len(rows) < BREAKS or not np.median(np.diff(rows)) >= LENGTH:
        return none
    change = divide(np.abs(np.diff(loss)), np.abs(loss[:-1]))
    within = median(np.delete(change, rows - 1))
    return rows if median(change[rows - 1]) > max(LEAP, within) else none


def even(series: Series) -> bool:
    """Whether the gradients' elements are of one size in every variable, of several: as where noise is added."""
    size = [median(x) for x in (series.norm("gradient") / np.sqrt(series.sizes)).T]
    return len(size) > 1 and min(size) > 0.0 and max(size) < EVEN * min(size)


def drowned(norm: Values, angle: Values) -> bool:
    """Whether gradients of one steady length ``norm``, [T], point anywhere, from the first on.

    In many dimensions the length of noise is nearly the same each time, and two of its directions are orthogonal.
    """
    if np.isfinite(angle).sum() < FEWEST or not (norm > 0.0).all():
        return False
    usual = median(norm)
    steady = median(np.abs(norm - usual)) < STEADY * usual and float(norm[:FEWEST].max()) < OPENING * usual
    return steady and max(abs(median(angle)), abs(median(angle[:FEWEST]))) < UNRELATED
