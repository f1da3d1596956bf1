"""What a long run's record would hold of a run whose every step is known: the recorder's own pacing."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from tb_convergence.record.pacing import Budget, Kind, Pacing
from tb_convergence.record.rows import Rows
from tb_convergence.record.windows import window_statistics, window_step_statistics
from tb_convergence.series import Series, Values

PIECE = 100  # steps read from the ring at a time


def windowed(series: Series, singles: int) -> Series:
    """The run as it would be read back from a record whose budget is used up by half after ``singles`` steps."""
    names, step_names = tuple(series.values), tuple(series.step_values)
    with np.errstate(over="ignore"):
        values = np.stack([series.values[n] for n in names], -1).astype(np.float32)
    step_values = np.stack([series.step_values[n] for n in step_names], -1)
    rows = Rows(series.steps, series.wall_times, series.windows, step_values, values)
    pieces = (rows[start : start + PIECE] for start in range(0, len(rows), PIECE))
    found = paced(pieces, names, step_names, 2.0 * singles * rows.width)
    return replace(found, run=series.run, variables=series.variables, optimizer=series.optimizer)


def paced(pieces: Iterable[Rows], names: tuple[str, ...], step_names: tuple[str, ...], budget: float) -> Series:
    """A run without a name or variables, of rows as they are taken from the ring; ``budget`` in bytes."""
    pacing = Pacing(Budget(budget), names, step_names)
    batches = [b for piece in pieces for b in pacing.take(piece)]
    batches += pacing.end()
    wide, wide_steps = window_statistics(names), window_step_statistics(step_names)
    parts = [_padded(kind, r, wide, wide_steps) for kind, r in batches]
    joined = [np.concatenate([p[i] for p in parts]) for i in range(2)]
    return Series(
        "",
        (),
        np.concatenate([r.steps for _, r in batches]),
        np.concatenate([r.times for _, r in batches]),
        np.concatenate([r.windows for _, r in batches]),
        {n: joined[0][:, :, i] for i, n in enumerate(wide)},
        {n: joined[1][:, i] for i, n in enumerate(wide_steps)},
    )


def _padded(kind: Kind, rows: Rows, wide: tuple[str, ...], wide_steps: tuple[str, ...]) -> tuple[Values, Values]:
    """Single steps with NaN where only windows have a number."""
    values, steps = rows.values.astype(np.float64), rows.step_values
    if kind is Kind.WINDOW:
        return values, steps
    more, more_steps = len(wide) - values.shape[2], len(wide_steps) - steps.shape[1]
    return (
        np.concatenate([values, np.full((*values.shape[:2], more), np.nan)], 2),
        np.concatenate([steps, np.full((len(rows), more_steps), np.nan)], 1),
    )
