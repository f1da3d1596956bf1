"""A heatmap of variables by steps in one byte a cell: what ``./tile`` answers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.derived import Statistic
from tb_convergence.report import grouping
from tb_convergence.report.binary import packed
from tb_convergence.report.buckets import last_rows, starts, within
from tb_convergence.report.grouping import Level
from tb_convergence.report.pooling import pooled
from tb_convergence.report.window_ends import with_ends
from tb_convergence.series import Series, Values

NO_DATA, ZERO, LOWEST, HIGHEST, INFINITE, NOT_A_NUMBER = 0, 1, 2, 251, 254, 255
LINEAR_QUANTILE = (
    0.995  # of |value|: one spike must not wash out a signed scale; what lies beyond takes the end's colour
)

Codes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Axis:
    """What code 2 (``low``) and code 251 (``high``) stand for: log10 units for scale ``log``."""

    scale: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A statistic of every row at every recorded step, from which tiles are cut: it costs more than the cutting.

    Attributes:
      run, statistic: their names.
      names: of the R rows.
      steps: int64 [T].
      values: float64 [T, R].
      there: bool [T, R], whether there is a number.
      axis: of the whole run, so that zooming does not change what a colour means.
    """

    run: str
    statistic: str
    names: tuple[str, ...]
    steps: NDArray[np.int64]
    values: Values
    there: NDArray[np.bool_]
    axis: Axis

    @property
    def size(self) -> int:
        """Bytes in memory, but for the names."""
        return self.values.nbytes + self.there.nbytes


def prepared(
    series: Series, statistic: Statistic, *, pool: str, level: Level = "variables", toggled: Sequence[str] = ()
) -> Prepared:
    """What tiles of a statistic of scope ``variable`` are cut from.

    Args:
      series: the run.
      statistic: the catalogue's entry.
      pool: how steps that share a column will be joined; ``max`` and ``min`` take the ends of rows that are windows.
      level: which groups are closed to one row, see ``grouping.rows``.
      toggled: the groups that are the other way round.
    """
    shown = grouping.rows(series, level, toggled)
    values, there = grouping.row_values(series, statistic.name, shown)  # [T, R]
    values = with_ends(series, statistic.name, shown, values, pool)
    names = tuple(row.name for row in shown)
    return Prepared(series.run, statistic.name, names, series.steps, values, there, axis_of(values, statistic))


def cut(of: Prepared, *, first: float | None = None, last: float | None = None, columns: int, pool: str) -> bytes:
    """The body of ``./tile``."""
    rows = within(of.steps, first, last)
    steps = of.steps[rows].astype(np.float64)
    start = starts(len(steps), columns)
    cells = pooled(of.values[rows], of.there[rows], start, pool)
    header = {
        "run": of.run,
        "statistic": of.statistic,
        "rows": len(of.names),
        "columns": len(start),
        "pool": pool,
        **asdict(of.axis),
        "recorded": len(steps),
        "names": list(of.names),
    }
    return packed(header, (steps[start], steps[last_rows(start, len(steps))], codes(*cells, of.axis).T))


def tile(
    series: Series,
    statistic: Statistic,
    *,
    first: float | None = None,
    last: float | None = None,
    columns: int,
    pool: str,
    level: Level = "variables",
    toggled: Sequence[str] = (),
) -> bytes:
    """Both at once."""
    of = prepared(series, statistic, pool=pool, level=level, toggled=toggled)
    return cut(of, first=first, last=last, columns=columns, pool=pool)


def axis_of(values: Values, statistic: Statistic) -> Axis:
    """The ends of the colour axis.

    Those of the catalogue, or else those of the whole run, so that zooming does not change what a colour means.
    """
    if statistic.low is not None and statistic.high is not None:
        log = statistic.scale == "log"
        return Axis(statistic.scale, *(float(np.log10(e)) if log else e for e in (statistic.low, statistic.high)))
    finite = values[np.isfinite(values)]
    if statistic.scale == "log":
        logs = np.log10(finite[finite > 0.0])
        return _apart("log", float(logs.min()), float(logs.max())) if len(logs) else Axis("log", 0.0, 1.0)
    reach = float(np.quantile(np.abs(finite), LINEAR_QUANTILE)) if len(finite) else 1.0
    return _apart("linear", -reach, reach)


def codes(values: Values, there: NDArray[np.bool_], axis: Axis) -> Codes:
    """Values [C, V] → codes of the same shape; ``there`` tells a NaN that is a number from a missing one."""
    log = axis.scale == "log"
    usable = np.isfinite(values) & ((values > 0.0) | (not log))
    position = np.log10(values, out=np.zeros_like(values), where=usable) if log else values
    share = np.clip((np.where(usable, position, axis.low) - axis.low) / (axis.high - axis.low), 0.0, 1.0)
    result = (LOWEST + np.rint(share * (HIGHEST - LOWEST))).astype(np.uint8)
    result[~usable] = ZERO  # scale log: zero, or a rounding error below it
    result[np.isinf(values)] = INFINITE
    result[np.isnan(values)] = NOT_A_NUMBER
    result[~there] = NO_DATA
    return result


def _apart(scale: str, low: float, high: float) -> Axis:
    return Axis(scale, low, high) if high > low else Axis(scale, low - 0.5, high + 0.5)
