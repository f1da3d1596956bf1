"""Reduces the rows of each bucket to one: [T, V] → [C, V].

A NaN or infinity in a bucket wins, so that none is lost; a missing number never does.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tb_convergence.report.buckets import last_rows
from tb_convergence.series import Values

Starts = NDArray[np.int64]


def pooled(values: Values, exists: NDArray[np.bool_], start: Starts, pool: str) -> tuple[Values, NDArray[np.bool_]]:
    """Pooled values [C, V], and whether there is any number in the bucket."""
    if not values.size:
        return np.zeros((len(start), values.shape[1])), np.zeros((len(start), values.shape[1]), np.bool_)
    finite = np.where(np.isfinite(values), values, np.nan)
    result = POOLS[pool](finite, start)
    there = np.logical_or.reduceat(exists, start)
    result[np.logical_or.reduceat(np.isinf(values), start)] = np.inf
    result[np.logical_or.reduceat(np.isnan(values) & exists, start)] = np.nan
    return result, there


def largest_magnitude(values: Values, start: Starts) -> Values:
    """Value that is furthest from zero, with its sign."""
    low, high = np.fmin.reduceat(values, start), np.fmax.reduceat(values, start)
    return np.where(-low > high, low, high)


def smallest(values: Values, start: Starts) -> Values:
    """Smallest value."""
    return np.fmin.reduceat(values, start)


def median(values: Values, start: Starts) -> Values:
    """Lower median, so that the result is a number that was recorded."""
    rows = len(values)
    lengths = last_rows(start, rows) - start + 1
    result = np.empty((len(start), values.shape[1]))
    for length in np.unique(lengths):  # two at most
        of_length = lengths == length
        block = np.sort(values[start[of_length, None] + np.arange(length)], axis=1)  # [c, length, V], NaN last
        middle = np.maximum((~np.isnan(block)).sum(axis=1, keepdims=True) - 1, 0) // 2
        result[of_length] = np.take_along_axis(block, middle, axis=1)[:, 0]
    return result


def last(values: Values, start: Starts) -> Values:
    """Last number."""
    row = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    latest = np.maximum.reduceat(row, start)
    return np.where(latest >= 0, np.take_along_axis(values, np.maximum(latest, 0), axis=0), np.nan)


POOLS: dict[str, Callable[[Values, Starts], Values]] = {
    "max": largest_magnitude,
    "min": smallest,
    "median": median,
    "last": last,
}
