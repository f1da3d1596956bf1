"""Least and largest value of a single step in rows that stand for windows: what their averages would hide."""

from collections.abc import Mapping, Sequence

import numpy as np

from tb_convergence.report.grouping import Row
from tb_convergence.series import Series, Values

ENDS: Mapping[str, tuple[str, str]] = {
    "loss": ("loss_smallest", "loss_largest"),
    "gradient_norm": ("gradient_norm_smallest", "gradient_norm_largest"),
    "update_norm": ("update_norm_smallest", "update_norm_largest"),
}
"""Statistic → the recorded ones that hold its ends in a window, see ``schema.statistics.WINDOW_EXTREMES``."""


def ends(series: Series, statistic: str, columns: Sequence[int], values: Values) -> tuple[Values, Values] | None:
    """Least and largest of a statistic in each row, twice float64 [T]; ``None``: nothing of the kind is recorded.

    Args:
      series: the run.
      statistic: its name.
      columns: the variables that are taken together as one vector. Of several, the ends are bounds: no single step lies
        beyond √Σ largest², and one may lie below it.
      values: float64 [T], the statistic itself: both ends of a row that is one step.
    """
    if statistic not in ENDS or not (series.windows > 1).any():
        return None
    low, high = (_together(series, name, columns) for name in ENDS[statistic])
    return np.where(np.isnan(low), values, low), np.where(np.isnan(high), values, high)


def _together(series: Series, name: str, columns: Sequence[int]) -> Values:
    if name in series.step_values:
        return series.step(name)
    of = series.recorded(name)[:, list(columns)]
    with np.errstate(over="ignore"):  # a norm near the largest number there is
        return of[:, 0] if len(columns) == 1 else np.sqrt((of**2).sum(axis=1))


def with_ends(series: Series, statistic: str, rows: Sequence[Row], values: Values, pool: str) -> Values:
    """Values [T, R] for a map of the largest or least: those of single steps, where a row of one variable has them."""
    side = {"min": 0, "max": 1}.get(pool)
    if side is None or statistic not in ENDS or not (series.windows > 1).any():
        return values
    result = values.copy()
    for i, row in enumerate(rows):
        found = None if row.closed else ends(series, statistic, row.columns, values[:, i])
        if found is not None:
            result[:, i] = found[side]
    return result
