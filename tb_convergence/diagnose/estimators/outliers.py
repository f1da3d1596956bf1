"""Single steps whose gradient stands far out of those around it, however the run goes on."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.noise import MAD
from tb_convergence.series import Values

AROUND = 10
"""Rows on either side, of which the usual norm is taken: a few steps in which a run changes little."""

TIMES = 4.0
"""Norm over the usual one of the rows before, and over that of the rows after it. What falls or rises for good, however
steeply, stands out of one side only."""

SIGMAS = 6.0
"""Robust standard deviations of log ‖g‖ about its running median that it must exceed as well."""


def outliers(norm: Values) -> NDArray[np.int64]:
    """Rows that stand out, of a positive series [T]; none where it is not known throughout, or shorter than both sides.

    Of rows that follow one another only the first: what comes after may be what it has led to.
    """
    if len(norm) <= 2 * AROUND or not (np.isfinite(norm) & (norm > 0.0)).all():
        return np.empty(0, np.int64)
    level = np.log(norm)
    padded = np.pad(level, AROUND, constant_values=np.nan)
    windows = sliding_window_view(padded, 2 * AROUND + 1)  # [T, 2 AROUND + 1]
    away = level - np.nanmedian(windows, axis=1)
    before, after = (_usual(part) for part in (windows[:, :AROUND], windows[:, AROUND + 1 :]))
    high = level > np.log(TIMES) + np.maximum(before, after)  # never where a side is not known
    high &= away > SIGMAS * MAD * float(np.median(np.abs(away)))
    rows = np.flatnonzero(high)
    return rows[np.diff(rows, prepend=-2) > 1]


def _usual(part: Values) -> Values:
    """Medians of the windows, float64 [T]; NaN for those that reach beyond the run by half or more."""
    known = np.isfinite(part).sum(axis=1) > part.shape[1] // 2
    found = np.full(len(part), np.nan)
    found[known] = np.nanmedian(part[known], axis=1)
    return found
