"""A statistic over steps for drawing: as recorded, or the last, smallest and largest value of each bucket."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.derived import aggregate
from tb_convergence.diagnose.estimators.gram import not_finite
from tb_convergence.report.binary import packed
from tb_convergence.report.buckets import last_rows, starts, within
from tb_convergence.report.grouping import named, only
from tb_convergence.report.selection import WHOLE_MODEL, chosen
from tb_convergence.report.window_ends import ends
from tb_convergence.series import Series, Values


def lines(
    series: Series,
    statistic: str,
    variables: Sequence[str],
    *,
    first: float | None = None,
    last: float | None = None,
    points: int,
) -> bytes:
    """The body of ``./lines``; no ``variables``: the whole model as one vector.

    Raises:
      KeyError: the run has no such variable.
    """
    names = list(variables) or [WHOLE_MODEL]
    rows = within(series.steps, first, last)
    steps, wall_times = series.steps[rows].astype(np.float64), series.wall_times[rows]
    start = starts(len(steps), points)
    decimated = len(start) < len(steps)
    found = _values(series, statistic, names)
    known = [ends(series, statistic, _columns(series, name), values) for name, values in zip(names, found, strict=True)]
    envelope = decimated or any(item is not None for item in known)
    header = {
        "run": series.run,
        "statistic": statistic,
        "series": names,
        "points": len(start),
        "recorded": len(steps),
        "decimated": decimated,
        "envelope": envelope,
        "total": len(series),
    }
    arrays: list[NDArray[Any]] = [steps[start], wall_times[start]]
    broken = np.logical_or.reduce(not_finite(series)[rows], axis=1)
    for values, sides in zip(found, known, strict=True):
        low, high = sides or (values, values)
        last_, smallest, largest = values[rows], low[rows], high[rows]
        if decimated:
            last_, smallest, largest = reduced(last_, start, broken, low=smallest, high=largest)
        arrays += [last_, smallest, largest] if envelope else [last_]
    return packed(header, arrays)


def _columns(series: Series, name: str) -> tuple[int, ...]:
    row = None if name == WHOLE_MODEL else named(series, name)
    return tuple(range(len(series.variables))) if row is None else row.columns


def _values(series: Series, statistic: str, names: Sequence[str]) -> list[Values]:
    """float64 [T] of each variable, of the whole model, or of a group, whose name is that of no variable."""
    own = {v.name for v in series.variables} | {WHOLE_MODEL}
    groups = {name: named(series, name) for name in names if name not in own}
    found = iter(chosen(series, statistic, [name for name in names if not groups.get(name)]))
    return [aggregate(only(series, row.columns), statistic) if (row := groups.get(n)) else next(found) for n in names]


def reduced(
    values: Values,
    start: NDArray[np.int64],
    broken: NDArray[np.bool_],
    *,
    low: Values | None = None,
    high: Values | None = None,
) -> list[Values]:
    """Last, smallest and largest of each bucket, [T] → three times [N]; NaN is passed over where there is a number.

    ``low`` and ``high``, [T], are the ends of rows that stand for windows; without them, the values themselves.

    ``last`` is NaN where a row of the bucket is NaN because something was not finite in it (``broken``, [T]), so that a
    single such step is seen at any zoom.
    """
    smallest = np.fmin.reduceat(values if low is None else low, start)
    largest = np.fmax.reduceat(values if high is None else high, start)
    hurt = np.logical_or.reduceat(np.isnan(values) & broken, start)
    return [np.where(hurt, np.nan, values[last_rows(start, len(values))]), smallest, largest]
