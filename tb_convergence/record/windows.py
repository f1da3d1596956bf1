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

LEAST = ("_min", "_smallest")
"""Endings of statistics of which the least in the window is kept instead of the mean."""

LARGEST = ("_max", "_largest", "gradient_nonfinite_count")
"""The same of the largest."""

_FACTORS = {cosine(a, b): (length(a), length(b)) for i, a in enumerate(VECTORS) for b in VECTORS[i + 1 :]}
_SQUARED = {*LENGTHS, REFERENCE[0]}
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
        values, step_values = of_variables.values(), of_step.values()
        extremes = np.stack([of_variables.extreme(name) for name in WINDOW_EXTREMES], -1)
        step_extremes = [of_step.extreme(name) for name in WINDOW_STEP_EXTREMES]
        with np.errstate(over="ignore"):
            narrow = np.concatenate([values, extremes], -1).astype(np.float32)
        row = Rows(
            steps=begun[0],
            times=begun[1],
            windows=np.array([self.steps], np.int32),
            step_values=np.concatenate([step_values, step_extremes])[None],
            values=narrow[None],
        )
        self.steps, self._begun, self._of_variables, self._of_step = 0, None, None, None
        return row


class _Sums:
    """Sums over steps of statistics [*lead, S], lead being () or [V]."""

    def __init__(self, names: tuple[str, ...], lead: tuple[int, ...]) -> None:
        self._column = {name: i for i, name in enumerate(names)}
        self._squared = [i for i, name in enumerate(names) if name in _SQUARED]
        self._cosines = [i for i, name in enumerate(names) if name in _FACTORS]
        self._least = [i for i, name in enumerate(names) if name.endswith(LEAST)]
        self._largest = [i for i, name in enumerate(names) if name.endswith(LARGEST)]
        pairs = [[self._column[vector] for vector in _FACTORS[names[i]]] for i in self._cosines]
        self._a, self._b = ([pair[side] for pair in pairs] for side in range(2))
        nothing, squares = np.zeros((*lead, len(names))), np.zeros((*lead, len(pairs)))
        self._total, self._known = nothing.copy(), nothing.copy()
        self._low, self._high = nothing + np.nan, nothing + np.nan
        self._a_squares, self._b_squares = squares.copy(), squares.copy()

    def add(self, x: Floats) -> None:
        """``x``: [n, *lead, S]."""
        with np.errstate(all="ignore"):  # a run that explodes gives infinities, and sums of them
            self._low = np.fmin(self._low, np.fmin.reduce(x, 0))
            self._high = np.fmax(self._high, np.fmax.reduce(x, 0))
            terms = x.copy()
            terms[..., self._squared] **= 2
            if self._cosines:
                terms[..., self._cosines] = self._inner(x)
            finite = np.isfinite(terms)
            self._total += np.where(finite, terms, 0.0).sum(0)
            self._known += finite.sum(0)

    def _inner(self, x: Floats) -> Floats:
        """The inner products behind the cosines; notes the squares of the steps that have them."""
        a, b = x[..., self._a], x[..., self._b]
        product = a * b
        inner: Floats = np.where(product == 0.0, product, product * x[..., self._cosines])
        known = np.isfinite(inner)
        self._a_squares += np.where(known, a**2, 0.0).sum(0)
        self._b_squares += np.where(known, b**2, 0.0).sum(0)
        return inner

    def values(self) -> Floats:
        """[*lead, S]; NaN where no step had it."""
        with np.errstate(all="ignore"):
            found: Floats = np.where(self._known > 0, self._total / self._known, np.nan)
            found[..., self._squared] **= 0.5
            cosines = self._total[..., self._cosines] / np.sqrt(self._a_squares * self._b_squares)
        found[..., self._cosines] = np.where(np.isfinite(cosines), np.clip(cosines, -1.0, 1.0), np.nan)
        found[..., self._least] = self._low[..., self._least]
        found[..., self._largest] = self._high[..., self._largest]
        return found

    def extreme(self, name: str) -> Floats:
        """The least or the largest of a statistic, by its name with an ending; NaN where there is none."""
        base, end = name.rsplit("_", 1)
        if base not in self._column:
            return np.full(self._total.shape[:-1], np.nan)
        return np.asarray((self._low if end == "smallest" else self._high)[..., self._column[base]])


assert set(COSINES) <= set(_FACTORS)
