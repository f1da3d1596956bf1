"""A long run in rows that can be compared: the record of one holds single steps first and windows of thousands later.

Rules speak of the last quarter, of the median, of the slope over the second half. Rows that stand for 1 step at the
start and for 4,096 at the end would make all of these speak of the start. Here rows are summed up to even windows, as
wide as the widest; only the first window stays in detail, since most of what a run learns it may learn there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import not_finite
from tb_convergence.schema.statistics import COSINES, LENGTHS, REFERENCE, VECTORS, cosine, length
from tb_convergence.series import Series, Values

HEAD = 16
"""Rows at the start that stay as they are: a few single steps show what their averages cannot."""

PER_OCTAVE = 3
"""Rows for each doubling of the steps within the first window."""

STRIDE = 0.95
"""Share of the distances between rows that are no wider than the stride; a gap of lost records is wider."""

Rows = NDArray[np.int64]

_FACTORS = {cosine(a, b): (length(a), length(b)) for i, a in enumerate(VECTORS) for b in VECTORS[i + 1 :]}
_FACTORS[REFERENCE[1]] = ("gradient_norm", REFERENCE[0])
_SQUARED = {*LENGTHS, REFERENCE[0]}
_ENDS = {
    **dict.fromkeys(("gradient_max", "gradient_nonfinite_count"), np.fmax),
    "_max": np.fmax,
    "_largest": np.fmax,
    "_min": np.fmin,
    "_smallest": np.fmin,
}


def evened(series: Series) -> Series:
    """The same run in even rows; the very same series where they are even already.

    A row in which numbers cease to be finite, or are finite again, begins a window: its step is not blurred.
    """
    width = _width(series)
    if width == 1 or _regular(series):
        return series
    starts = _starts(series, width)
    weights = series.windows.astype(np.float64)
    return replace(
        series,
        steps=series.steps[starts],
        wall_times=series.wall_times[starts],
        windows=np.add.reduceat(series.windows, starts).astype(np.int32),
        values=_Merged(series, starts),
        step_values={name: _merged(name, x, weights, starts) for name, x in series.step_values.items()},
    )


def _width(series: Series) -> int:
    """Steps of an even window: the widest one, or the stride of what was recorded."""
    if len(series) < 2:
        return 1
    distances = np.diff(series.steps)
    widest = series.windows[:-1] == series.windows.max()
    window = int(np.median(distances[widest])) if series.windows.max() > 1 and widest.any() else 1
    return max(window, _stride(distances))


def _stride(distances: Rows) -> int:
    return int(np.quantile(distances, STRIDE, method="lower"))


def _regular(series: Series) -> bool:
    """Whether rows of single steps lie evenly, but for gaps: each k-th step, and nothing between."""
    distances = np.diff(series.steps)
    return bool((series.windows == 1).all()) and int(distances.min()) == _stride(distances)


def _starts(series: Series, width: int) -> Rows:
    """The first row of each window, int64 [W]: rows are put together until they reach ``width`` steps."""
    since = series.steps - series.steps[0]
    octave = np.floor(PER_OCTAVE * np.log2(np.maximum(since, 1)))
    forced = _breaks(series)
    reach = np.append(np.diff(series.steps), series.windows[-1])
    starts: list[int] = []
    steps = 0
    for i in range(len(series)):
        detail = i < HEAD or (since[i] < width and octave[i] != octave[i - 1])
        if not starts or detail or forced[i] or steps >= width:
            starts.append(i)
            steps = 0
        steps += int(reach[i])
    return np.array(starts, np.int64)


def _breaks(series: Series) -> NDArray[np.bool_]:
    """Rows, [T], in which numbers cease to be finite or are so again, and those of a restart."""
    loss = series.step("loss")
    state = np.stack([not_finite(series).any(axis=1) | np.isinf(loss), np.isfinite(loss)])
    found = np.isin(series.steps, series.restarts)
    found[1:] |= (np.diff(state, axis=1) != 0).any(axis=0)
    return found


def _end(name: str) -> np.ufunc | None:
    """How a statistic of which the least or the largest counts is put together."""
    return next((choose for ending, choose in _ENDS.items() if name.endswith(ending)), None)


def _means(x: Values, weights: Values, starts: Rows) -> tuple[Values, Values]:
    """Sums of what is finite and their weights, [W, …]."""
    shaped = weights.reshape(-1, *([1] * (x.ndim - 1)))
    finite = np.isfinite(x)
    total = np.add.reduceat(np.where(finite, x, 0.0) * shaped, starts, axis=0)
    return total, np.add.reduceat(finite * shaped, starts, axis=0)


def _merged(name: str, x: Values, weights: Values, starts: Rows) -> Values:
    """A statistic that needs no other; a window of one row is that row, whatever it holds."""
    choose = _end(name)
    if choose is not None:
        found = choose.reduceat(x, starts, axis=0)
    else:
        with np.errstate(all="ignore"):
            total, known = _means(x**2 if name in _SQUARED else x, weights, starts)
            found = np.where(known > 0, total / known, np.nan)
            found = np.sqrt(found) if name in _SQUARED else found
    return _single_kept(np.asarray(found, np.float64), x, starts)


def _single_kept(found: Values, x: Values, starts: Rows) -> Values:
    alone = np.diff(starts, append=len(x)) == 1
    found[alone] = x[starts[alone]]
    return found


class _Merged(Mapping[str, Values]):
    """Statistic → float64 [W, V], put together when asked for."""

    def __init__(self, series: Series, starts: Rows) -> None:
        self._series, self._starts = series, starts
        self._weights = series.windows.astype(np.float64)
        self._found: dict[str, Values] = {}

    def __getitem__(self, name: str) -> Values:
        if name not in self._found:
            x = self._series.values[name]
            self._found[name] = (
                self._cosine(name, x) if name in _FACTORS else _merged(name, x, self._weights, self._starts)
            )
        return self._found[name]

    def _cosine(self, name: str, x: Values) -> Values:
        """The sum of the inner products over the product of the lengths of the rows that have it."""
        a, b = (self._series.recorded(vector) for vector in _FACTORS[name])
        with np.errstate(all="ignore"):
            product = a * b
            inner = np.where(product == 0.0, product, product * x)
            known = np.isfinite(inner)
            sums = [_means(np.where(known, y, np.nan), self._weights, self._starts)[0] for y in (inner, a**2, b**2)]
            found = sums[0] / np.sqrt(sums[1] * sums[2])
        return _single_kept(np.where(np.isfinite(found), np.clip(found, -1.0, 1.0), np.nan), x, self._starts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._series.values)

    def __len__(self) -> int:
        return len(self._series.values)


assert set(COSINES) <= set(_FACTORS)
