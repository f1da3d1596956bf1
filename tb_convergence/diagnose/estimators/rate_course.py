"""The learning rate over a run, as far as the steps show it where it was not recorded."""

import numpy as np

from tb_convergence.diagnose.estimators.formulas import step_size
from tb_convergence.diagnose.estimators.gram import Gram, divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Values


def filled(identified: Values, model: Gram, *, straight: float) -> Values:
    """The rate of each row, float64 [T]: as ``identified``, else −⟨g, Δ⟩/‖g‖², NaN where neither tells.

    The latter where cos(g, Δ) is below ``straight``, else it is no rate; and in every row where less than half are
    identified: a rate that changes at every step is not identified in a window.
    """
    along = median(model.cosine("gradient", "update")) < straight
    if len(identified) and np.isfinite(identified).mean() >= 0.5:
        return np.where(np.isnan(identified) & along, step_size(model), identified)
    return step_size(model) if along else np.full(len(identified), np.nan)


def over_first(update: Values, gradient: Values, *, first: int) -> Values:
    """The rate of each row over that of the first ones, float64 [T], at most, of whatever optimizer.

    Steps are as long as the rate says where each is divided by the size of the gradients, and by as much as the
    gradient besides where it is not: a rate that falls makes both ‖Δ‖ and ‖Δ‖/‖g‖ fall.
    """
    shares = (update, divide(update, gradient))
    # accumulation leaves weights alone in between
    found: Values = np.fmax(*(x / median(x[x > 0.0][:first]) for x in shares))
    return found


def known(rates: Values) -> int:
    """Number of rows whose rate is known, and above zero."""
    return int((np.isfinite(rates) & (rates > 0.0)).sum())


def taken_away(rates: Values, *, share: float) -> tuple[int, float, float]:
    """Row at which the rate fell below ``share`` of the first, −1: it did not for good; the first, and a late one.

    A rate of 0 is one that is gone, but before the first above it, as at the start of a warm-up.
    """
    if not (rates > 0.0).any():
        return -1, np.nan, np.nan
    began = int(np.argmax(rates > 0.0))
    known = rates[began:][np.isfinite(rates[began:])]
    first, late = float(known[0]), median(known[-len(known) // 4 :])
    below = began + np.flatnonzero(np.nan_to_num(rates[began:], nan=first) < share * first)
    return int(below[0]) if late < share * first else -1, first, late
