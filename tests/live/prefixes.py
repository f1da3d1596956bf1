"""A recorded run as it was at earlier times, for asking what a live diagnosis would have raised."""

from collections.abc import Iterator
from dataclasses import replace

from tb_convergence.series import Series

EVERY = 16
"""Rows between two looks: more often than the recorder writes, so that more of what comes by chance is seen."""


def prefixes(series: Series, every: int = EVERY) -> Iterator[Series]:
    """The first 16, 32, 48, … rows, and all of them."""
    for rows in [*range(every, len(series), every), len(series)]:
        yield replace(
            series,
            steps=series.steps[:rows],
            wall_times=series.wall_times[:rows],
            windows=series.windows[:rows],
            values={name: series.values[name][:rows] for name in series.values},
            step_values={name: series.step_values[name][:rows] for name in series.step_values},
        )
