"""Where two runs part: the first step at which a statistic differs by more than the runs' own noise, and stays so."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.estimators.pairing import paired
from tb_convergence.series import Series, Values

STATISTICS = ("weight_norm", "loss", "gradient_norm", "update_norm")
"""In the order in which one causes the next within a step; of two that part together, the earlier is named."""

SAME_START = 1e-6
"""Largest relative difference between the first weight norms of two runs that began at the same weights (float32)."""

SMALL = 1e-3
"""Relative difference at which two runs from the same weights have parted; rounding alone grows up to it too, and then
the runs have parted all the same."""

LARGE = 0.5
"""Relative difference below which two runs from different weights never count as parted."""

SIGMAS = 6.0
"""Noise of both runs that a difference must exceed where they began at different weights."""

LASTING = 0.1
LEAST_ROWS = 3
"""For this share of the common rows, and at least so many, a difference must last: a spike is no parting."""

LAGS = (1, 10)
"""Rows between the values whose difference is noise; momentum keeps one step's update close to that of the next."""

SMOOTH = 5
"""Rows of the running median that a noisy difference is taken of."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The place where two runs part.

    Attributes:
      step: of training.
      statistic: one of :data:`STATISTICS`.
      variable: its name; ``None`` for the loss, which belongs to the whole model.
      values: of the first run and of the second, at that step.
      limit: the relative difference that was exceeded.
    """

    step: int
    statistic: str
    variable: str | None
    values: tuple[float, float]
    limit: float


def parting(a: Series, b: Series) -> Parting | None:
    """Where two runs part, on the steps that both have; ``None``: nowhere.

    Two runs from the same weights part where they differ by more than :data:`SMALL`; from different weights, where the
    running median of log(a / b) leaves the band of the noise; there biases, which begin at zero, are left out.
    """
    steps, rows_a, rows_b = np.intersect1d(a.steps, b.steps, return_indices=True)
    pairs = list(_pairs(a, b, rows_a, rows_b))
    same = _same_start(pairs)
    pairs = pairs if same else _with_kernels(pairs, {v.name for v in a.variables if len(v.shape) > 1})
    lasting = max(LEAST_ROWS, int(np.ceil(LASTING * len(steps))))
    found = []
    for order, (statistic, _, x, y) in enumerate(pairs):
        limit = np.log1p(SMALL) if same else _band(x, y)
        row = first_lasting(_distance(x, y, same=same) > limit, lasting)
        if row is not None:
            row += int(np.argmax(np.abs(_log_ratio(x, y))[row:] > limit))  # a running median looks ahead
            found.append((row, STATISTICS.index(statistic), order, limit))
    if not found:
        return None
    row, _, order, limit = min(found)
    statistic, variable, x, y = pairs[order]
    return Parting(int(steps[row]), statistic, variable, (float(x[row]), float(y[row])), float(np.expm1(limit)))


Pair = tuple[str, str | None, Values, Values]


Rows = np.ndarray[tuple[int, ...], np.dtype[np.signedinteger]]


def _with_kernels(pairs: list[Pair], kernels: set[str]) -> list[Pair]:
    """The loss and the variables of rank 2 or more; everything where there are none."""
    return [p for p in pairs if p[1] is None or p[1] in kernels] if kernels else pairs


def _pairs(a: Series, b: Series, rows_a: Rows, rows_b: Rows) -> Iterator[Pair]:
    """What both runs hold: (statistic, variable, values of the one, values of the other), on the common rows."""
    losses = a.step("loss")[rows_a], b.step("loss")[rows_b]
    if all(np.isfinite(x).any() for x in losses):  # a loss that nobody passed is not a loss that is NaN
        yield "loss", None, *losses
    for column, where in paired(a.variables, b.variables):
        variable = a.variables[column]
        if b.variables[where].shape != variable.shape:
            continue
        for vector in ("weight", "gradient", "update"):
            yield f"{vector}_norm", variable.name, a.norm(vector)[rows_a, column], b.norm(vector)[rows_b, where]


def _same_start(pairs: list[Pair]) -> bool:
    """Whether all first weight norms agree."""
    first = [(x[0], y[0]) for statistic, _, x, y in pairs if statistic == "weight_norm" and len(x)]
    return bool(first) and all(abs(x - y) <= SAME_START * max(abs(x), abs(y)) for x, y in first)


def _log_ratio(x: Values, y: Values) -> Values:
    """log(x / y), float64 [T]; NaN where one is not positive, ±∞ where only one of them is finite."""
    with np.errstate(all="ignore"):
        ratio = np.where((x > 0) & (y > 0), np.log(x) - np.log(y), np.nan)
    broken = np.isfinite(x) != np.isfinite(y)
    return np.where(broken, np.inf, np.where((x == y) | (~np.isfinite(x) & ~np.isfinite(y)), 0.0, ratio))


def _distance(x: Values, y: Values, *, same: bool) -> Values:
    ratio = _log_ratio(x, y)
    return np.abs(ratio if same else running_median(ratio, SMOOTH))


def _band(x: Values, y: Values) -> float:
    """How far log(x / y) may be from 0 by the runs' own noise from step to step, float64."""
    noise = np.hypot(roughness(x), roughness(y))
    return float(max(np.log1p(LARGE), SIGMAS * noise))


def roughness(x: Values) -> float:
    """Robust standard deviation of the noise of log x; 0 where there are not two positive values.

    1.4826 · median |dᵢ| / √2 of the differences d of logarithms, over the lag of :data:`LAGS` that gives most. A slow
    trend hardly shows in it.
    """
    usable = np.log(x[np.isfinite(x) & (x > 0)])
    gaps = [np.abs(usable[lag:] - usable[:-lag]) for lag in LAGS if len(usable) > lag]
    return max((float(1.4826 * np.median(gap) / np.sqrt(2.0)) for gap in gaps), default=0.0)


def running_median(x: Values, width: int) -> Values:
    """The median of the ``width`` values around each, fewer at the ends, float64 [T]; NaN counts as no difference."""
    filled = np.where(np.isnan(x), 0.0, x)
    half = width // 2
    return np.array([np.median(filled[max(0, i - half) : i + half + 1]) for i in range(len(x))])


def first_lasting(over: np.ndarray[tuple[int], np.dtype[np.bool_]], rows: int) -> int | None:
    """First row from which ``over`` holds for ``rows`` rows, or to the end where fewer are left, but never only one.

    Args:
      over: boolean [T].
      rows: at least 1.
    """
    run_start = None
    for i, beyond in enumerate(over):
        if not beyond:
            run_start = None
            continue
        run_start = i if run_start is None else run_start
        if i - run_start + 1 >= rows:
            return run_start
    return run_start if run_start is not None and len(over) - run_start >= min(2, rows) else None
