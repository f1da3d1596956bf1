"""Which rows are written one by one, and which become part of a window: a run of any length stays affordable.

The first half of a session's bytes holds single steps (each ``every``-th). Then rows stand for windows of 2, 4, 8, …
steps, each length for a 64th of the bytes, so that there are always as many rows in the newest half of the run. Of the
rest flight recordings are paid: the newest 64 single steps, where something breaks and at the end.

A step is written once. It enters a window only when it is too old for a flight recording; what is written as one has
not been in any window.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from tb_convergence.record.flight import KEPT, Break, Newest, Watch
from tb_convergence.record.rows import Rows
from tb_convergence.record.windows import Window

MEGABYTES = 200.0  # of a session by default: 20,000 single steps of 100 variables, a second to load in the viewer
SINGLES, DOUBLING, FLIGHTS = 1 / 2, 1 / 64, 1 / 8  # shares of the bytes; 24 doublings fill what is left
LEAP_SHARE, BREAK_SHARE = 1 / 2, 3 / 4  # of the flights' bytes, for leaps and for what is not finite; rest: the end
AFTER = 16  # single steps that are written after something broke


@dataclass(slots=True)
class Budget:
    """The bytes of a session.

    Attributes:
      total: how many it may have.
      used: how many it has, except for flight recordings.
      flights: how many these have.
    """

    total: float
    used: float = 0.0
    flights: float = 0.0

    @property
    def doublings(self) -> int:
        """How often the window has doubled: 0 while single steps are written."""
        over = self.used - SINGLES * self.total
        return 0 if over < 0 else 1 + int(over / (DOUBLING * self.total))

    def singles(self, width: int) -> int:
        """How many more single steps of ``width`` bytes are written."""
        return max(0, -int(-(SINGLES * self.total - self.used) // width))

    def in_flight(self, width: int, share: float = 1.0) -> int:
        """How many more rows of ``width`` bytes flight recordings may hold."""
        return max(0, int((share * FLIGHTS * self.total - self.flights) // width))


class Kind(Enum):
    """How rows are laid out in a record."""

    SINGLE = 0
    WINDOW = 1


Batch = tuple[Kind, Rows]


class Pacing:
    """Decides what is written of the rows of one set of variables, in order."""

    def __init__(
        self, budget: Budget, statistics: Sequence[str], step_statistics: Sequence[str], *, every: int = 1
    ) -> None:
        self.every = every
        self._budget = budget
        self._newest, self._watch = Newest(), Watch(statistics, step_statistics)
        self._window = Window(statistics, step_statistics)
        self._count = 0  # rows taken in
        self._unwritten = 0  # of the newest rows, those after the last that was written by its turn
        self._calm = KEPT + AFTER  # rows since something broke
        self._last = -1  # step

    def take(self, rows: Rows) -> list[Batch]:
        """What is to be written now that these single steps have come."""
        out: list[Batch] = []
        while len(rows):
            back = np.flatnonzero(np.diff(rows.steps, prepend=self._last) < 0)
            if len(back) and back[0] == 0:  # a counter that was set back: what came before must be written before
                out += self.settle()
                self._last = int(rows.steps[0])
                continue
            part = rows[: back[0]] if len(back) else rows
            out += self._go_on(part)
            self._last = int(part.steps[-1])
            rows = rows[len(part) :]
        return out

    def insist(self) -> None:
        """Has the next row written, and every ``every``-th after it."""
        self._count = 0

    def settle(self) -> list[Batch]:
        """Puts everything that is kept into the window, and closes it: the stream goes on with something else."""
        if self._budget.doublings == 0:
            self._newest.take(self._newest.length)
            return []
        return self._to_window(self._too_old(kept=0)) + self._close_window()

    def flush(self) -> list[Batch]:
        """The same when the caller asks for it, as often as there are bytes for flight recordings."""
        if self._budget.doublings == 0 or not self._budget.in_flight(1, LEAP_SHARE):
            return []
        found = self.settle()
        self._budget.flights += sum(rows.width for _, rows in found)
        return found

    def end(self) -> list[Batch]:
        """There are no more steps: the newest are written one by one."""
        return self._record_flight(1.0) or self.settle()

    def _go_on(self, rows: Rows) -> list[Batch]:
        """Rows whose steps do not decrease."""
        out: list[Batch] = []
        if self.every == 1:
            straight = rows[: self._budget.singles(rows.width)]
            out += self._write(straight)
            rows = rows[len(straight) :]
        while len(rows):
            found = self._watch.first(rows)
            head = rows if found is None else rows[: found[0] + 1]
            out += self._pass(head)
            first = found is not None and found[1] is Break.NOT_FINITE
            if found is not None and (first or self._calm >= KEPT + AFTER):
                flight = self._record_flight(BREAK_SHARE) if first else self._record_flight(LEAP_SHARE, KEPT + AFTER)
                out += flight
                self._calm = 0 if flight else self._calm
            rows = rows[len(head) :]
        return out

    def _pass(self, rows: Rows) -> list[Batch]:
        """Rows among which nothing breaks, or the last does."""
        after = rows[: max(0, AFTER - self._calm)]
        out = self._write(after, flight=True)
        self._calm += len(rows)
        self._count += len(after)
        rows = rows[len(after) :]
        while len(rows) and not self._budget.doublings:
            ahead = -self._count % self.every  # rows before the next that is written
            head = rows[: ahead + 1]
            self._newest.add(head)
            self._newest.take(self._newest.length - KEPT)  # forgotten
            self._unwritten += len(head)
            self._count += len(head)
            if len(head) > ahead:  # it stays among the newest: a flight recording is without gaps
                out += self._write(head[ahead:])
                self._unwritten = 0
            rows = rows[len(head) :]
        self._newest.add(rows)
        self._unwritten += len(rows)
        return out + (self._to_window(self._too_old()) if self._budget.doublings else [])

    def _write(self, rows: Rows, *, flight: bool = False) -> list[Batch]:
        if flight:
            self._budget.flights += len(rows) * rows.width
        else:
            self._budget.used += len(rows) * rows.width
        return [(Kind.SINGLE, rows)] if len(rows) else []

    def _too_old(self, kept: int = KEPT) -> Rows | None:
        """What is too old to be kept, without what has been written."""
        self._newest.take(self._newest.length - self._unwritten)
        old = self._newest.take(self._newest.length - kept)
        self._unwritten = self._newest.length
        return old

    def _record_flight(self, share: float, least: int = 1) -> list[Batch]:
        """The newest rows, as many as there are bytes for; those before them are put into the window.

        Nothing where there are not bytes for ``least`` rows.
        """
        if self._budget.doublings:
            self._newest.take(self._newest.length - self._unwritten)
        known = self._newest.take(self._newest.length)
        if known is None:
            return []
        room = self._budget.in_flight(known.width, share)
        if room < least:
            self._newest.add(known)
            return []
        old, new = known[: max(0, len(known) - room)], known[-room:]
        self._unwritten = 0
        out = self._to_window(old) + self._close_window() if self._budget.doublings else []
        return out + self._write(new, flight=True)

    def _to_window(self, rows: Rows | None) -> list[Batch]:
        out: list[Batch] = []
        while rows is not None and len(rows):
            room = max(1, self.every * 2**self._budget.doublings - self._window.steps)
            self._window.add(rows[:room])
            rows = rows[room:]
            if self._window.steps >= self.every * 2**self._budget.doublings:
                out += self._close_window()
        return out

    def _close_window(self) -> list[Batch]:
        if not self._window.steps:
            return []
        row = self._window.close()
        self._budget.used += row.width
        return [(Kind.WINDOW, row)]
