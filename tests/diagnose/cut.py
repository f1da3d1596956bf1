"""The first steps of a run."""

from dataclasses import replace

from tb_convergence.series import Series


def cut(series: Series, steps: int) -> Series:
    """The same run as it was after so many steps; 0: its manifest only."""
    return replace(
        series,
        steps=series.steps[:steps],
        wall_times=series.wall_times[:steps],
        windows=series.windows[:steps],
        values={name: x[:steps] for name, x in series.values.items()},
        step_values={name: x[:steps] for name, x in series.step_values.items()},
    )
