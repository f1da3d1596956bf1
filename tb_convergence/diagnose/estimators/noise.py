"""The noise model of the loss: where it started, where it is, how far it is only noise, whether it still falls."""

from dataclasses import dataclass

import numpy as np

from tb_convergence.series import Values

MAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""

EDGE = 0.1
"""Share of the run whose median is its start, and its end."""


LEAP = np.log(10.0)
"""Log loss within the first tenth of a run, above which its median is no start: ten times."""

QUICK = np.log(1.5)
"""Log loss by which the first values lie above the first tenth of a run that fell at once."""

FIRST = 5
"""Values that show where a run began that has blown up since; odd, for the median."""

ZERO = 1e-16
"""Share of the largest loss that a loss of exactly zero counts as, so that it has a logarithm: double precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """A loss curve, robustly described; ``log``: all levels are natural logarithms of the loss.

    Attributes:
      log: the loss is never negative and not zero throughout, so that ratios have a meaning.
      rows: int64 [N], the rows with a finite loss.
      values: float64 [N], the loss there, or its logarithm.
      noise: standard deviation of one value around the trend.
      start, end, best: medians of the first and the last tenth; the lowest running median.
      error: standard error of ``start`` and of ``end``.
      slope: change per row over the second half, with its standard error ``slope_error``.
      floor: what was taken off the loss before its logarithm, see ``floor``; 0: nothing, its zero is its own.
    """

    log: bool
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    values: Values
    noise: float
    start: float
    end: float
    best: float
    error: float
    slope: float
    slope_error: float
    floor: float = 0.0

    @property
    def natural(self) -> bool:
        """Whether ratios are those of the loss itself, so that its level can be held against that of another answer."""
        return self.log and self.floor == 0.0

    def level(self, value: float) -> float:
        """The loss that ``value``, e.g. ``end``, stands for."""
        return float(np.exp(value)) + self.floor if self.log else value

    @property
    def drop(self) -> float:
        """Fall from start to end; with ``log`` a factor of e each."""
        return self.start - self.end

    @property
    def fall_percent(self) -> float:
        """The same in percent of the start; NaN where the loss has no zero to count them from."""
        return 100.0 * (1.0 - float(np.exp(-self.drop))) if self.natural else np.nan

    @property
    def fallen(self) -> float:
        """The same as a difference of losses."""
        return self.level(self.start) - self.level(self.end)


def trend(loss: Values, floor: float = 0.0) -> Trend | None:
    """The description of ``loss``, float64 [T], counted from ``floor``; ``None`` when no value is finite."""
    rows = np.flatnonzero(np.isfinite(loss))
    if not len(rows):
        return None
    y = loss[rows] - floor
    log = bool((y >= 0).all() and (y > 0).any())
    y = np.log(np.where(y > 0, y, min(ZERO * y.max(), y[y > 0].min()))) if log else y
    width = max(1, round(EDGE * len(y)))
    medians = np.array([np.median(block) for block in np.array_split(y, -(-len(y) // width))])
    noise = deviation(np.diff(y)) / float(np.sqrt(2.0))
    slope, slope_error = line(y[len(y) // 2 :])
    return Trend(
        log=log,
        rows=rows,
        values=y,
        noise=noise,
        start=_start(y, width, noise),
        end=float(np.median(y[-width:])),
        best=float(medians.min()),
        error=1.2533 * noise / float(np.sqrt(width)),  # √(π/2): a median of normal values against their mean
        slope=slope,
        slope_error=slope_error,
        floor=floor,
    )


def _start(y: Values, width: int, noise: float) -> float:
    """Median of the first values; of the very first ones where the run left them upwards, or downwards by leaps."""
    level, first = float(np.median(y[:width])), float(np.median(y[: min(width, FIRST)]))
    if y[0] - level > max(LEAP, 10.0 * noise):
        return float(y[0])
    if min(first, float(y[0])) - level > max(QUICK, 5.0 * noise):
        return min(first, float(y[0]))
    opening = min(first, float(y[0]))
    return opening if level - opening > 5.0 * noise else level


def median(x: Values) -> float:
    """Median of the finite values; NaN when there are none."""
    finite = x[np.isfinite(x)]
    return float(np.median(finite)) if len(finite) else np.nan


def deviation(x: Values) -> float:
    """Robust standard deviation, from the median absolute deviation; 0 for fewer than two values."""
    return MAD * float(np.median(np.abs(x - np.median(x)))) if len(x) > 1 else 0.0


def line(y: Values) -> tuple[float, float]:
    """Slope of the least-squares line over 0, 1, 2, … and its standard error; infinite for fewer than three values.

    The residuals' lag-1 correlation widens the error, since noise of a loss lasts (Santer et al. 2000, eq. 6).
    """
    n = len(y)
    if n < 3:
        return 0.0, np.inf
    x = np.arange(n) - (n - 1) / 2.0
    slope = float(x @ y / (x @ x))
    residual = y - y.mean() - slope * x
    power = float(residual @ residual)
    r = max(0.0, float(residual[1:] @ residual[:-1]) / power) if power > 0 else 0.0
    effective = max(2.5, n * (1.0 - r) / (1.0 + r))
    return slope, float(np.sqrt(power / (effective - 2.0) / (x @ x)))
