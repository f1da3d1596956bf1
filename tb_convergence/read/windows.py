"""Rows that stand for several steps, and rows that were written again: no step is counted twice."""

import numpy as np
from numpy.typing import NDArray


def cut_windows(steps: NDArray[np.int64], windows: NDArray[np.int32]) -> NDArray[np.int32]:
    """How many steps each row stands for, without those that the next row speaks of.

    Args:
      steps: int64 [T], strictly increasing: the rows that are kept.
      windows: int32 [T], as recorded. A job that was restarted in the midst of a window takes the rest of it over.
    """
    if len(steps) < 2:
        return windows
    room = np.append(np.diff(steps), np.iinfo(np.int64).max)
    return np.minimum(windows, room).astype(np.int32)


def written_again(
    steps: NDArray[np.int64], wall_times: NDArray[np.float64], sessions: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Rows, bool [T], that the same session wrote once more, as they were: a flight recording does so.

    Args:
      steps: int64 [T] in the order of writing.
      wall_times: float64 [T]; the same number for the same measurement.
      sessions: int64 [T], which session a row belongs to.
    """
    again = np.zeros(len(steps), np.bool_)
    order = np.lexsort((np.arange(len(steps)), wall_times, steps, sessions))
    same = np.ones(max(0, len(steps) - 1), np.bool_)
    for column in (steps, wall_times, sessions):
        same &= column[order][1:] == column[order][:-1]
    again[order[:-1]] = same
    return again
