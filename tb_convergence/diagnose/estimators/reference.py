"""The gradient that was handed over, beside the tape's own of the same batch."""

import numpy as np

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Series, Values

SAMPLE_ERROR = 0.1
"""Relative error of an inner product that is estimated from samples, the same at each step: 5 % in each length
(README), and twice that."""


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


def sampled_error(series: Series) -> float:
    """Relative error that samples may make of what steps promise, the same at each of them."""
    share = sampled_share(series)
    return SAMPLE_ERROR * share if np.isfinite(share) else 0.0
