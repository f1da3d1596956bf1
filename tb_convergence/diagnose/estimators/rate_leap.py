"""A learning rate that leaps in the midst of a run, and the lower one at which the run got on before."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.formulas import step_size
from tb_convergence.diagnose.estimators.gram import Gram
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.series import Values


def leap_row(rates: Values, model: Gram, *, proven: int, leap: float) -> int:
    """The row at which ``rates``, float64 [T], leap to above ``leap`` times their first ``proven``; 0: they do not."""
    known = np.flatnonzero(np.isfinite(rates) & (rates > 0.0))
    high = known[rates[known] > leap * median(rates[known[:proven]])]
    return _dated(model, known, int(high[0]), leap=leap) if len(high) and high[0] >= proven else 0


def longer_since(update: Values, gradient: Values, *, proven: int, leap: float, steeper: float) -> int:
    """The first row whose step is ``leap`` times as long as all of the ``proven`` before it, and the next ones' median.

    At a gradient less than ``steeper`` times theirs, so that it is no answer to it: whatever the optimizer, its rate
    leapt.
    0: there is none; ``update``, ``gradient``: norms, float64 [T].
    """
    if len(update) <= 2 * proven:
        return 0
    rows = np.arange(proven, len(update) - proven)
    before, steepest = (sliding_window_view(x, proven)[: len(rows)].max(axis=1) for x in (update, gradient))
    after = np.median(sliding_window_view(update, proven)[rows], axis=1)
    leaps = np.flatnonzero((before > 0.0) & (update[rows] > leap * before) & (after > leap * before))
    return int(rows[leaps[0]]) if len(leaps) and gradient[rows[leaps[0]]] < steeper * steepest[leaps[0]] else 0


def _dated(model: Gram, known: NDArray[np.int64], row: int, *, leap: float) -> int:
    """The first row of the higher rate that is identified at ``row``.

    A window that holds both rates fits neither, so that the rows before are unknown; each step's own size tells them.
    """
    before = int(known[known < row].max(initial=-1)) + 1
    size = step_size(model)
    leapt = np.flatnonzero(size[before:row] > leap * median(size[:before]))
    return before + int(leapt[0]) if len(leapt) else row


def rate_before(rates: Values, trend: Trend | None, row: int, *, proven: int, few: int, leap: float) -> float | None:
    """The rate at which the run got on before one that is a good deal higher; ``None``: there was none.

    The higher one is the median of the first ``few`` known from ``row`` on.
    """
    before, later = rates[:row], rates[row:]
    known = before[np.isfinite(before)]
    if len(known) < proven or trend is None or not median(later[np.isfinite(later)][:few]) > leap * median(known):
        return None
    return median(known) if trend.values[: row + 1].min() < trend.values[0] else None
