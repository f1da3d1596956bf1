"""The gradient over depth: a robust slope with its confidence interval."""

from dataclasses import dataclass

import numpy as np

from tb_convergence.series import Values


@dataclass(frozen=True, slots=True)
class Slope:
    """Theil–Sen slope: the median of all pairwise slopes, with Sen's 95 % interval."""

    slope: float
    low: float
    high: float


def theil_sen(y: Values) -> Slope:
    """Slope of ``y`` [L] over 0, 1, 2, … (Sen 1968, eq. 2.6 without ties); NaN values are left out.

    NaN throughout for fewer than three values.
    """
    x = np.flatnonzero(np.isfinite(y))
    n = len(x)
    if n < 3:
        return Slope(np.nan, np.nan, np.nan)
    i, j = np.triu_indices(n, 1)
    slopes = np.sort((y[x[j]] - y[x[i]]) / (x[j] - x[i]))
    width = 1.96 * np.sqrt(n * (n - 1) * (2 * n + 5) / 18.0)
    low = max(0, int(np.floor((len(slopes) - width) / 2.0)))
    high = min(len(slopes) - 1, int(np.ceil((len(slopes) + width) / 2.0)))
    return Slope(float(np.median(slopes)), float(slopes[low]), float(slopes[high]))
