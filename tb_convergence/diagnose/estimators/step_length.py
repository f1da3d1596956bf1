"""How long steps are: beside the weights, and beside what the curvature that they met allows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.series import Series, Values


def first_ratio(series: Series, ratio: float, kernels: NDArray[np.int64]) -> float:
    """‖Δ‖/‖w‖ of the first step, with ‖w‖ no less than that of kernels of variance 1/fan_in; NaN: not known.

    Weights that begin near zero make any step long. ``ratio``: ‖Δ‖/‖w‖ of the columns ``kernels`` as they are.
    """
    weight = float(np.sqrt(np.nansum(series.norm("weight")[0, kernels] ** 2)))
    usual = float(np.sqrt(sum(v.shape[-1] for v in series.variables if len(v.shape) >= 2)))
    return ratio * (weight / max(weight, usual) if weight > 0.0 else 1.0)


def update_ratio(series: Series, columns: NDArray[np.int64]) -> Values:
    """‖Δ‖/‖w‖ of those columns as one vector, float64 [T]."""
    update, weight = (series.norm(x)[:, columns] for x in ("update", "weight"))
    return divide(np.sqrt(np.nansum(update**2, axis=1)), np.sqrt(np.nansum(weight**2, axis=1)))


def most_moved(series: Series, row: int, columns: NDArray[np.int64]) -> list[int]:
    """Those of ``columns`` by ‖Δ‖/‖w‖ at a row, the largest first; unknown ones last."""
    ratio = series.norm("update")[row] / np.maximum(series.norm("weight")[row], 1e-30)
    among = set(columns.tolist())
    return [int(i) for i in np.argsort(-np.nan_to_num(ratio, nan=-1.0)) if i in among]


def largest_share(shares: Sequence[Values], *, fewest: int) -> float:
    """The largest known number of the first of ``shares`` that knows so many, float64 [T] each; NaN: none does."""
    for share in shares:
        known = share[np.isfinite(share)]
        if len(known) >= fewest:
            return float(known.max())
    return np.nan
