"""Many recorded steps in few buckets of nearly equal length."""

import numpy as np
from numpy.typing import NDArray


def starts(rows: int, buckets: int) -> NDArray[np.int64]:
    """First row of each bucket, int64 [min(rows, buckets)]; lengths differ by one at most."""
    count = min(rows, buckets)
    return np.arange(count, dtype=np.int64) * rows // max(count, 1)


def last_rows(first: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Last row of each bucket, inclusive."""
    return np.append(first[1:], rows)[: len(first)] - 1


def within(steps: NDArray[np.int64], first: float | None, last: float | None) -> slice:
    """Rows of the steps ``first`` … ``last`` inclusive; ``None``: no limit."""
    start = 0 if first is None else int(np.searchsorted(steps, first, "left"))
    stop = len(steps) if last is None else int(np.searchsorted(steps, last, "right"))
    return slice(start, max(start, stop))
