"""Updates that go to and fro: whether they keep their size, and which variables turn round most."""

import numpy as np

from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series


def size_kept(series: Series, rows: slice) -> float:
    """Median of ‖Δ‖/‖Δ⁻‖ over rows and variables; NaN where no update has one before it."""
    now, before = series.norm("update")[rows], series.norm("previous_update")[rows]
    usable = before > 0
    return median(now[usable] / before[usable]) if usable.any() else np.nan


def turning(series: Series, rows: slice) -> list[tuple[int, float]]:
    """Each variable with its median cos(Δ, Δ⁻) over rows, the most turning first; what is not known counts as 1."""
    angle = series.recorded(cosine("update", "previous_update"))[rows]
    known = np.isfinite(angle)
    typical = np.median(np.where(known, angle, 1.0), axis=0) if len(angle) else np.ones(len(series.variables))
    return [(int(i), float(typical[i])) for i in np.argsort(typical)]
