"""Statistics of a run while it is diagnosed: those that were asked for last are kept.

A run that was read from a file puts a statistic together anew each time it is asked for (``read.columns``), and rules
ask for the same one in a row, once for each layer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tb_convergence.series import Series, Values

KEPT = 3  # statistics: an inner product is made of two lengths and a cosine


class Newest(Mapping[str, Values]):
    """Statistic → float64 [T, V], the same as in ``values``; the newest ``KEPT`` are held."""

    def __init__(self, values: Mapping[str, Values]) -> None:
        self._values = values
        self._held: dict[str, Values] = {}

    def __getitem__(self, statistic: str) -> Values:
        found = self._held.pop(statistic, None)
        if found is None:
            found = self._values[statistic]
        self._held[statistic] = found
        if len(self._held) > KEPT:
            del self._held[next(iter(self._held))]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def held(series: Series) -> Series:
    """The same run, for as long as it is diagnosed."""
    return replace(series, values=Newest(series.values))
