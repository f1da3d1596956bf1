"""Which optimizer made all updates of a run, taken together."""

import numpy as np

from tb_convergence.diagnose.estimators.identification import (
    EXACT,
    FREE,
    HEAVY,
    MODELS,
    REGRESSORS,
    ROUNDING,
    Fit,
    Normal,
    evenly,
    fit,
    gram_sums,
    normal_of,
    solved,
    vectors,
    whole,
)
from tb_convergence.series import Series, Values

BLURRED = 0.1
"""Largest share of ‖Δ‖² that the rounding of the weights may take: up to there, η of plain descent is found to 0.2 %,
and η and μ of a momentum to 1.5 % (simulated). Beyond, many updates are too small to change a weight at all."""

REMAINDER = 0.01
"""Largest 1 − R² where weights are rounded; the true one is a third to a tenth of the bound above."""

AS_GOOD = 1.2
"""1 − R² of a model over the least of all up to which the sparser one is believed: rounding is no pure noise, and the
true model leaves up to 1.1 of the least. Nesterov's, taken for a heavy ball, leaves 1.4 and more (simulated)."""


ENOUGH = 256
"""Rows looked at where rounding blurs the steps: with less than ten numbers each they give η to 1 %."""


def opening(series: Series) -> Normal:
    """The equations of the first step with nothing before it, Δ⁻ = g⁻ = 0, as of an optimizer that begins there."""
    norms, angles = vectors(series, slice(0, 1))
    before = {"previous_update", "previous_gradient"}
    norms = [np.zeros_like(x) if name in before else x for name, x in zip((*REGRESSORS, "update"), norms, strict=True)]
    return normal_of(gram_sums(norms, angles))


def fit_all(series: Series, rows: Normal) -> Fit:
    """The optimizer over all ``rows``, of even weight, as one window, with the first step where it began there.

    A run that blows up along one direction from the start has Δ⁻ ∥ g in every row, which fits any momentum. Its first
    step had none, and tells the rate; it counts as much as all the others. A single number fits any rate.
    """
    others, elements, first = int((rows.c > 0.0).sum()), int(series.sizes.sum()), opening(series)
    begun = evenly(first)
    sharp = bool((first.noise < EXACT * first.c).any())  # and no rounding of the weights
    if elements + others > FREE and sharp:
        scaled = [x * max(1, others) for x in (begun.a, begun.b, begun.c, begun.noise)]
        sums = zip(scaled, (rows.a, rows.b, rows.c, rows.noise), strict=True)
        found = fit(whole(Normal(*(np.concatenate(pair) for pair in sums))))
        if found.model[0] >= 0:
            return found
    run = whole(rows)
    if run.noise[0] > EXACT * run.c[0]:
        found = through_rounding(by_rounding(series))
        if found.model[0] >= 0:
            return found
    return fit(run)


def by_rounding(series: Series) -> Normal:
    """The equations of the whole run, each variable of each row weighed by how little rounding blurs its update.

    A bias near zero may show exactly what is lost in the rounding of a kernel.
    """
    at = np.unique(np.linspace(0, len(series) - 1, min(len(series), ENOUGH)).astype(int))
    norms, angles = vectors(series, at)
    with np.errstate(all="ignore"):  # of what is not finite, or does not move, which counts for nothing
        weights = 1.0 / (norms[-1] ** 2 + (norms[-2] * ROUNDING) ** 2 / EXACT)
    weights[~(np.isfinite(weights) & (norms[-1] > 0.0))] = 0.0
    return whole(normal_of(gram_sums(norms, angles, weights)))


def through_rounding(run: Normal) -> Fit:
    """The optimizer of a run whose steps are so small that the rounding of the weights blurs them, as one window.

    In float32 w + Δ is rounded to a share of w, so that no model explains the updates exactly. But how much rounding
    can take is known: the sparsest model that leaves no more, and about as little as any other, is believed. Where Δ⁻
    lies along g but for its rounding, it repeats that of Δ, and nothing is. Nor is a momentum without which no more is
    left than rounding can take: that of a weight decay is the same at each step.
    """
    square = run.a[0, 0, 0] * run.a[0, 1, 1]
    apart = 1.0 - run.a[0, 0, 1] ** 2 / square if square > 0.0 else 0.0
    share = run.noise[0] / run.c[0] if run.c[0] > 0.0 else np.inf
    found = [solved(run, columns) for columns in MODELS]
    left = np.array([np.inf if _lost_decay(x) else residual[0] for x, residual in found])
    best = int(np.argmax(left <= AS_GOOD * left.min()))
    doubtful = best >= HEAVY and left[:HEAVY].min() < share
    if EXACT < share < min(BLURRED, apart) and left[best] < min(share, REMAINDER) and not doubtful:
        return Fit(np.array([best]), found[best][0], left[best : best + 1])
    return Fit(np.array([-1]), np.full((1, len(REGRESSORS)), np.nan), left.min(keepdims=True))


def _lost_decay(coefficients: Values) -> bool:
    """Whether a weight decay is so small that w (1 − ηλ) would be rounded to w: it fits the rounding, and is none."""
    return 0.0 < abs(float(coefficients[0, 3])) < ROUNDING
