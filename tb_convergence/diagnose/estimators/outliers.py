"""Single steps whose gradient stands far out of those around it, however the run goes on."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.noise import MAD
from tb_convergence.series import Values

Rows = NDArray[np.int64]


def spikes(norm: Values, usable: NDArray[np.bool_], *, times: float, sigmas: float) -> Rows:
    """Rows whose norm is far above the typical one, among those that are ``usable``: known, and above zero.

    By a factor of ``times``, and by ``sigmas`` robust standard deviations of log ‖g‖.
    """
    level = np.log(norm[usable])
    typical = np.median(level)
    spread = MAD * np.median(np.abs(level - typical))
    high = np.zeros(len(norm), np.bool_)
    high[usable] = level > typical + max(np.log(times), sigmas * spread)
    return np.flatnonzero(high)


def outliers(norm: Values, *, around: int, times: float, sigmas: float) -> Rows:
    """Rows that stand out, of a positive series [T]; none where it is not known throughout, or shorter than both sides.

    By a factor of ``times`` above the usual norm of the ``around`` rows before, and of those after it, and by
    ``sigmas`` robust standard deviations of log ‖g‖ about its running median. Of rows that follow one another only the
    first: what comes after may be what it has led to.
    """
    if len(norm) <= 2 * around or not (np.isfinite(norm) & (norm > 0.0)).all():
        return np.empty(0, np.int64)
    level = np.log(norm)
    padded = np.pad(level, around, constant_values=np.nan)
    windows = sliding_window_view(padded, 2 * around + 1)  # [T, 2 around + 1]
    away = level - np.nanmedian(windows, axis=1)
    before, after = (_usual(part) for part in (windows[:, :around], windows[:, around + 1 :]))
    high = level > np.log(times) + np.maximum(before, after)  # never where a side is not known
    high &= away > sigmas * MAD * float(np.median(np.abs(away)))
    rows = np.flatnonzero(high)
    return rows[np.diff(rows, prepend=-2) > 1]


def _usual(part: Values) -> Values:
    """Medians of the windows, float64 [T]; NaN for those that reach beyond the run by half or more."""
    known = np.isfinite(part).sum(axis=1) > part.shape[1] // 2
    found = np.full(len(part), np.nan)
    found[known] = np.nanmedian(part[known], axis=1)
    return found
