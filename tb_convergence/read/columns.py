"""The values of a run by statistic, put together when one is asked for.

Records hold float32. Widening all of them at once would take twice the memory, and a tab looks at a few statistics.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.series import Values


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some consecutive rows of a run.

    Attributes:
      values: float32 [S, t, v], as recorded.
      statistics: names along S.
      rows: bool [t], those that count.
      columns: int64 [v], where each recorded variable stands among the run's.
    """

    values: NDArray[np.float32]
    statistics: tuple[str, ...]
    rows: NDArray[np.bool_]
    columns: NDArray[np.int64]


class Columns(Mapping[str, Values]):
    """Statistic → float64 [T, V], read-only; NaN where a piece lacks the statistic or the variable."""

    def __init__(self, pieces: Sequence[Piece], variables: int) -> None:
        self._pieces = tuple(pieces)
        self._counts = tuple(int(p.rows.sum()) for p in pieces)
        self._straight = tuple(np.array_equal(p.columns, np.arange(variables)) for p in pieces)
        self._shape = (sum(self._counts), variables)
        self._names = tuple(dict.fromkeys(name for p in pieces for name in p.statistics))

    def __getitem__(self, statistic: str) -> Values:
        if statistic not in self._names:
            raise KeyError(statistic)
        out = np.empty(self._shape)
        start = 0
        for piece, count, straight in zip(self._pieces, self._counts, self._straight, strict=True):
            rows = out[start : start + count]
            if statistic in piece.statistics and straight:
                rows[:] = _counting(piece, statistic, count)
            else:
                rows[:] = np.nan
                if statistic in piece.statistics:
                    rows[:, piece.columns] = _counting(piece, statistic, count)
            start += count
        out.flags.writeable = False
        return out

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _counting(piece: Piece, statistic: str, count: int) -> NDArray[np.float32]:
    """float32 [count, v]: the rows that count; a copy only where some do not."""
    recorded: NDArray[np.float32] = piece.values[piece.statistics.index(statistic)]
    return recorded if count == len(piece.rows) else recorded[piece.rows]
