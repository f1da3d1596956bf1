"""One row out of many: what a window of steps is summed up to.

Inner products add, so lengths become root mean squares and cosines are pooled: ⟨a, b⟩ of the row is the exact mean over
the window. What an average would hide, the smallest and the largest, is kept beside it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_convergence.record.rows import Rows
from tb_convergence.schema.statistics import (
    COSINES,
    LENGTHS,
    REFERENCE,
    VECTORS,
    WINDOW_EXTREMES,
    WINDOW_STEP_EXTREMES,
    cosine,
    length,
)

Floats = NDArray[np.float64]

LARGEST = ("gradient_max", "gradient_nonfinite_count")
"""Statistics of which the largest in the window is kept instead of the mean."""

_ENDS = {"_min": np.fmin, "_max": np.fmax, "_smallest": np.fmin, "_largest": np.fmax}
_FACTORS = {cosine(a, b): (length(a), length(b)) for i, a in enumerate(VECTORS) for b in VECTORS[i + 1 :]}
_FACTORS[REFERENCE[1]] = ("gradient_norm", REFERENCE[0])


def window_statistics(statistics: Sequence[str]) -> tuple[str, ...]:
    """The names of what a windowed row holds of each variable."""
    return (*statistics, *WINDOW_EXTREMES)


def window_step_statistics(step_statistics: Sequence[str]) -> tuple[str, ...]:
    """The names of what a windowed row holds of the whole step."""
    return (*step_statistics, *WINDOW_STEP_EXTREMES)


class Window:
    """The running sums of one window.

    Attributes:
      steps: how many have been added.
    """

    def __init__(self, statistics: Sequence[str], step_statistics: Sequence[str]) -> None:
        self._statistics, self._step_statistics = tuple(statistics), tuple(step_statistics)
        self.steps = 0
        self._begun: tuple[NDArray[np.int64], Floats] | None = None  # first step and its time
        self._of_variables: _Sums | None = None
        self._of_step: _Sums | None = None

    def add(self, rows: Rows) -> None:
        """Takes in single steps, at least one."""
        if self._begun is None:
            self._begun = rows.steps[:1].copy(), rows.times[:1].copy()
            self._of_variables = _Sums(self._statistics, rows.values.shape[1:2])
            self._of_step = _Sums(self._step_statistics, ())
        assert self._of_variables is not None
        assert self._of_step is not None
        self.steps += len(rows)
        self._of_variables.add(rows.values.astype(np.float64))
        self._of_step.add(rows.step_values)

    def close(self) -> Rows:
        """The window as one row, at the first of its steps; begins the next."""
        begun, of_variables, of_step = self._begun, self._of_variables, self._of_step
        assert begun is not None, "a window without steps has no row"
        assert of_variables is not None
        assert of_step is not None
        values = [of_variables.value(name) for name in self._statistics]
        values += [of_variables.extreme(name) for name in WINDOW_EXTREMES]
        step_values = [of_step.value(name) for name in self._step_statistics]
        step_values += [of_step.extreme(name) for name in WINDOW_STEP_EXTREMES]
        with np.errstate(over="ignore"):
            narrow = np.stack(values, -1).astype(np.float32)
        row = Rows(
            steps=begun[0],
            times=begun[1],
            windows=np.array([self.steps], np.int32),
            step_values=np.array(step_values, np.float64)[None],
            values=narrow[None],
        )
        self.steps, self._begun, self._of_variables, self._of_step = 0, None, None, None
        return row


class _Sums:
    """Sums over steps of statistics [*lead, S], lead being () or [V]."""

    def __init__(self, names: tuple[str, ...], lead: tuple[int, ...]) -> None:
        self._column = {name: i for i, name in enumerate(names)}
        nothing = np.zeros((*lead, len(names)))
        self._total, self._known = nothing.copy(), nothing.copy()
        self._low, self._high = nothing + np.nan, nothing + np.nan
        self._squares = {name: (np.zeros(lead), np.zeros(lead)) for name in names if name in _FACTORS}

    def add(self, x: Floats) -> None:
        """``x``: [n, *lead, S]."""
        with np.errstate(all="ignore"):  # a run that explodes gives infinities, and sums of them
            self._low = np.fmin(self._low, np.fmin.reduce(x, 0))
            self._high = np.fmax(self._high, np.fmax.reduce(x, 0))
            terms = x.copy()
            for name, i in self._column.items():
                if name in LENGTHS or name == REFERENCE[0]:
                    terms[..., i] = x[..., i] ** 2
                elif name in _FACTORS:
                    terms[..., i] = self._inner(name, x)
            finite = np.isfinite(terms)
            self._total += np.where(finite, terms, 0.0).sum(0)
            self._known += finite.sum(0)

    def _inner(self, name: str, x: Floats) -> Floats:
        """The inner product behind a cosine; notes the squares of the steps that have it."""
        a, b = (x[..., self._column[vector]] for vector in _FACTORS[name])
        product = a * b
        inner: Floats = np.where(product == 0.0, product, product * x[..., self._column[name]])
        known = np.isfinite(inner)
        sums = (np.where(known, vector**2, 0.0).sum(0) for vector in (a, b))
        self._squares[name] = tuple(old + new for old, new in zip(self._squares[name], sums, strict=True))
        return inner

    def value(self, name: str) -> Floats:
        """[*lead]; NaN where no step had it."""
        i = self._column[name]
        low, high = self._low[..., i], self._high[..., i]
        if name in LARGEST:
            return np.asarray(high)
        for ending, choose in _ENDS.items():
            if name.endswith(ending):
                return np.asarray(low if choose is np.fmin else high)
        with np.errstate(all="ignore"):
            mean: Floats = np.where(self._known[..., i] > 0, self._total[..., i] / self._known[..., i], np.nan)
            if name in LENGTHS or name == REFERENCE[0]:
                return np.asarray(np.sqrt(mean))
            if name in _FACTORS:
                a, b = self._squares[name]
                found = self._total[..., i] / np.sqrt(a * b)
                return np.where(np.isfinite(found), np.clip(found, -1.0, 1.0), np.nan)
        return np.asarray(mean)

    def extreme(self, name: str) -> Floats:
        """The least or the largest of a statistic, by its name with an ending; NaN where there is none."""
        base, end = name.rsplit("_", 1)
        if base not in self._column:
            return np.full(self._total.shape[:-1], np.nan)
        return np.asarray((self._low if end == "smallest" else self._high)[..., self._column[base]])


assert set(COSINES) <= set(_FACTORS)
