"""The gradient that was handed over, beside the tape's own of the same batch."""

import numpy as np

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Series, Values


def reference_factor(series: Series) -> Values:
    """⟨g, r⟩/⟨r, r⟩ of each variable, float64 [T, V]: 1 where g is the tape's own gradient r."""
    return divide(series.norm("gradient") * series.recorded("reference_cosine"), series.recorded("reference_norm"))


def sampled_share(series: Series) -> float:
    """Share of what steps promise, Σ|⟨g_i, Δ_i⟩|, that is known from samples of a variable's elements; median.

    NaN where no step promises anything.
    """
    promise = np.abs(np.nan_to_num(series.inner("gradient", "update")))
    sampled = np.array([v.sampled is not None for v in series.variables], np.bool_)
    return median(divide(promise[:, sampled].sum(axis=1), promise.sum(axis=1)))
