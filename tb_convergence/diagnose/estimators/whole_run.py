"""Which optimizer made all updates of a run, taken together."""

import numpy as np

from tb_convergence.diagnose.estimators.identification import (
    EXACT,
    FREE,
    MODELS,
    REGRESSORS,
    Fit,
    Normal,
    evenly,
    fit,
    gram_sums,
    normal_of,
    solved,
    whole,
)
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series

BLURRED = 0.1
"""Largest share of ‖Δ‖² that the rounding of the weights may take: up to there, η of plain descent is found to 0.2 %,
and η and μ of a momentum to 1.5 % (simulated). Beyond, many updates are too small to change a weight at all."""

REMAINDER = 0.01
"""Largest 1 − R² where weights are rounded; the true one is a third to a tenth of the bound above."""

AS_GOOD = 1.2
"""1 − R² of a model over the least of all up to which the sparser one is believed: rounding is no pure noise, and the
true model leaves up to 1.1 of the least. Nesterov's, taken for a heavy ball, leaves 1.4 and more (simulated)."""


def opening(series: Series) -> Normal:
    """The equations of the first step with nothing before it, Δ⁻ = g⁻ = 0, as of an optimizer that begins there."""
    names = (*REGRESSORS, "update")
    before = {"previous_update", "previous_gradient"}
    norms = [np.zeros_like(series.norm(x)[:1]) if x in before else series.norm(x)[:1] for x in names]
    angles = {(i, j): series.recorded(cosine(names[i], names[j]))[:1] for i in range(5) for j in range(i)}
    return normal_of(gram_sums(norms, angles))


def fit_all(rows: Normal, first: Normal, elements: int) -> Fit:
    """The optimizer over all ``rows``, of even weight, as one window, with the ``first`` step where it began there.

    A run that blows up along one direction from the start has Δ⁻ ∥ g in every row, which fits any momentum. Its first
    step had none, and tells the rate; it counts as much as all the others. A single number fits any rate.
    """
    others = int((rows.c > 0.0).sum())
    begun = evenly(first)
    sharp = bool((first.noise < EXACT * first.c).any())  # and no rounding of the weights
    if elements + others > FREE and sharp:
        scaled = [x * max(1, others) for x in (begun.a, begun.b, begun.c, begun.noise)]
        sums = zip(scaled, (rows.a, rows.b, rows.c, rows.noise), strict=True)
        found = fit(whole(Normal(*(np.concatenate(pair) for pair in sums))))
        if found.model[0] >= 0:
            return found
    run = whole(rows)
    found = through_rounding(run)
    return found if found.model[0] >= 0 else fit(run)


def through_rounding(run: Normal) -> Fit:
    """The optimizer of a run whose steps are so small that the rounding of the weights blurs them, as one window.

    In float32 w + Δ is rounded to a share of w, so that no model explains the updates exactly. But how much rounding
    can take is known: the sparsest model that leaves no more, and about as little as any other, is believed. Where Δ⁻
    lies along g but for its rounding, it repeats that of Δ, and nothing is.
    """
    square = run.a[0, 0, 0] * run.a[0, 1, 1]
    apart = 1.0 - run.a[0, 0, 1] ** 2 / square if square > 0.0 else 0.0
    share = run.noise[0] / run.c[0] if run.c[0] > 0.0 else np.inf
    found = [solved(run, columns) for columns in MODELS]
    left = np.array([residual[0] for _, residual in found])
    best = int(np.argmax(left <= AS_GOOD * left.min()))
    if EXACT < share < min(BLURRED, apart) and left[best] < min(share, REMAINDER):
        return Fit(np.array([best]), found[best][0], left[best : best + 1])
    return Fit(np.array([-1]), np.full((1, len(REGRESSORS)), np.nan), left.min(keepdims=True))
