"""The newest single steps, kept in memory, and the moment at which they should be written: a flight recorder."""

from collections import deque
from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tb_convergence.record.rows import Rows, joined
from tb_convergence.schema.record import MAX_ROWS

Floats = NDArray[np.float64]

KEPT = MAX_ROWS  # single steps that are kept
FEWEST = 16  # steps that must have been seen before one can stand out from them
LEAPS = 10.0  # robust standard deviations above the median of the last steps; normal noise never gets there
LOSS_LEAP = np.log(3.0)  # and at least this much, in log loss: as far as a run that counts as diverging
GRADIENT_LEAP = np.log(30.0)  # the same of the gradient's norm; healthy runs stay within a power of ten
MAD = 1.4826  # standard deviation of a normal distribution over its median absolute deviation


class Newest:
    """The newest single steps, not more than ``KEPT`` unless they come in larger pieces than are taken out."""

    def __init__(self) -> None:
        self._parts: deque[Rows] = deque()
        self.length = 0

    def add(self, rows: Rows) -> None:
        """Puts rows behind the others."""
        if len(rows):
            self._parts.append(rows)
            self.length += len(rows)

    def take(self, count: int) -> Rows | None:
        """Takes the oldest ``count`` rows out; ``None`` for none."""
        taken: list[Rows] = []
        count = max(0, min(count, self.length))
        self.length -= count
        while count:
            part = self._parts.popleft()
            taken.append(part[:count])
            if len(part) > count:
                self._parts.appendleft(part[count:])
            count -= len(taken[-1])
        return joined(taken) if taken else None


class Break(Enum):
    """What happened to a run."""

    NOT_FINITE = "a number is not finite for the first time"
    LEAP = "the loss or the gradient leapt, or numbers are not finite again"


class Watch:
    """Sees the step at which something breaks, from losses and gradients of the steps before."""

    def __init__(self, statistics: Sequence[str], step_statistics: Sequence[str]) -> None:
        self._norm, self._count = statistics.index("gradient_norm"), statistics.index("gradient_nonfinite_count")
        self._loss = step_statistics.index("loss")
        self._history: deque[Floats] = deque(maxlen=KEPT)  # loss and log ‖g‖ of finite steps
        self._loss_known = self._broken = self._ever = False

    def first(self, rows: Rows) -> tuple[int, Break] | None:
        """The first of these rows that breaks, which become part of what is known up to and with it."""
        for start in range(0, len(rows), KEPT):
            found = self._first(rows[start : start + KEPT])
            if found is not None:
                return start + found[0], found[1]
        return None

    def _first(self, rows: Rows) -> tuple[int, Break] | None:
        loss = rows.step_values[:, self._loss]
        with np.errstate(all="ignore"):
            norms = np.sqrt(np.nansum(rows.values[:, :, self._norm].astype(np.float64) ** 2, 1))
            signals = np.stack([loss, np.log(np.where(norms > 0, norms, np.nan))], 1)  # [n, 2]
        bad = self._not_finite(rows, loss)
        changed = bad & ~np.concatenate([[self._broken], bad[:-1]])
        due = np.flatnonzero(changed | self._leaps(signals, bad))
        seen = int(due[0]) + 1 if len(due) else len(rows)
        self._history.extend(signals[:seen][~bad[:seen]])
        self._broken = bool(bad[seen - 1])
        if not len(due):
            return None
        kind = Break.NOT_FINITE if changed[due[0]] and not self._ever else Break.LEAP
        self._ever |= bool(changed[due[0]])
        return int(due[0]), kind

    def _not_finite(self, rows: Rows, loss: Floats) -> NDArray[np.bool_]:
        """A loss that was never known is NaN, and nothing is wrong with that."""
        known = np.logical_or.accumulate(np.concatenate([[self._loss_known], np.isfinite(loss)]))
        self._loss_known = bool(known[-1])
        return (known[:-1] & ~np.isfinite(loss)) | (rows.values[:, :, self._count] > 0).any(1)

    def _leaps(self, signals: Floats, bad: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether each step leaps out of the finite ones just before it, in whatever pieces they come."""
        before = np.concatenate([np.full((KEPT, 2), np.nan), *(h[None] for h in self._history), signals[~bad]])
        ends = len(self._history) + np.cumsum(~bad) - ~bad  # how many finite steps came before each
        windows = np.lib.stride_tricks.sliding_window_view(before, KEPT, axis=0)[ends]  # [n, 2, KEPT]
        with np.errstate(all="ignore"):
            return _loss_leaps(signals[:, 0], windows[:, 0]) | _above(signals[:, 1], windows[:, 1], GRADIENT_LEAP)


def _loss_leaps(loss: Floats, before: Floats) -> NDArray[np.bool_]:
    """In logarithms where it has been positive; a loss that may be negative leaps by three times its usual size."""
    positive = np.fmin.reduce(before, axis=1) > 0
    leaps = _above(np.log(loss), np.log(before), float(LOSS_LEAP)) & positive
    if not positive.all():
        leaps |= _above(loss, before, 3.0 * _median(np.abs(before))) & ~positive
    return leaps


def _above(x: Floats, before: Floats, least: float | Floats) -> NDArray[np.bool_]:
    """Whether each ``x`` [n] leaps out of what was before it, [n, KEPT], by ``least`` or more."""
    before = np.where(np.isfinite(before), before, np.nan)
    middle = _median(before)
    spread = MAD * _median(np.abs(before - middle[:, None]))
    known = np.isfinite(before).sum(1) >= FEWEST
    return known & (x > middle + np.maximum(LEAPS * spread, least))


def _median(x: Floats) -> Floats:
    """Of each row of [n, k], of what is finite in it; NaN: nothing is. ``np.nanmedian`` takes ten times as long."""
    ordered, count = np.sort(x, axis=1), np.isfinite(x).sum(1)  # NaN comes last
    middle = np.stack([np.maximum(count - 1, 0) // 2, count // 2], 1)
    return np.asarray(np.take_along_axis(ordered, np.minimum(middle, x.shape[1] - 1), 1).mean(1))
