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
        due = np.flatnonzero(changed | self._leaps(signals))
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

    def _leaps(self, signals: Floats) -> NDArray[np.bool_]:
        if len(self._history) < FEWEST:
            return np.zeros(len(signals), np.bool_)
        before = np.stack(self._history)
        with np.errstate(all="ignore"):
            loss = _above(signals[:, 0], before[:, 0], logarithm=bool(np.nanmin(before[:, 0], initial=np.inf) > 0))
            return loss | _above(signals[:, 1], before[:, 1], leap=GRADIENT_LEAP)


def _above(x: Floats, before: Floats, *, logarithm: bool = False, leap: float | None = None) -> NDArray[np.bool_]:
    """Whether ``x`` leaps out of what was ``before``; a loss that may be negative by three times its usual size."""
    before = before[np.isfinite(before)]
    if len(before) < FEWEST:
        return np.zeros(len(x), np.bool_)
    if logarithm:
        x, before, leap = np.log(np.where(x > 0, x, np.nan)), np.log(before), float(LOSS_LEAP)
    middle = float(np.median(before))
    spread = MAD * float(np.median(np.abs(before - middle)))
    least = 3.0 * float(np.median(np.abs(before))) if leap is None else leap
    return x > middle + max(LEAPS * spread, least)
