"""Rows as a ring would hold them, of made-up training: any number of steps in no time."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.record.pacing import Batch, Kind
from tb_convergence.record.rows import Rows
from tb_convergence.schema.statistics import COSINES, EXTREMES, LENGTHS, STEP_STATISTICS

Floats = NDArray[np.float64]

STATISTICS = (*LENGTHS, *COSINES, *EXTREMES)


def rows(steps: Sequence[int] | NDArray[Any], variables: int = 3, seed: int = 0, **given: Any) -> Rows:
    """Single steps; ``given``: statistic → [n] or [n, V] instead of what is made up."""
    steps = np.asarray(steps, np.int64)
    rng = np.random.default_rng([seed, int(steps[0])])
    values = np.abs(rng.normal(1.0, 0.1, (len(steps), variables, len(STATISTICS)))).astype(np.float32)
    cosines = [STATISTICS.index(name) for name in COSINES]
    values[:, :, cosines] = rng.uniform(-1.0, 1.0, (len(steps), variables, len(cosines)))
    values[:, :, STATISTICS.index("gradient_nonfinite_count")] = 0.0
    step_values = np.stack([np.exp(rng.normal(0.0, 0.1, len(steps))), np.full(len(steps), 0.01)], 1)
    for name, x in given.items():
        if name in STEP_STATISTICS:
            step_values[:, STEP_STATISTICS.index(name)] = x
        else:
            values[:, :, STATISTICS.index(name)] = np.reshape(x, (len(steps), -1))
    return Rows(steps, steps * 0.25, np.ones(len(steps), np.int32), step_values, values)


def in_pieces(steps: int, piece: int, start: int = 0, **options: Any) -> Iterator[Rows]:
    """Rows of ``steps`` steps, as they are read from a ring."""
    for first in range(start, start + steps, piece):
        yield rows(range(first, min(first + piece, start + steps)), **options)


def spans(batches: Sequence[Batch]) -> NDArray[np.int64]:
    """First step and number of steps of every row, int64 [n, 2], in the order of writing."""
    return np.concatenate([np.stack([r.steps, r.windows], 1) for _, r in batches])


def size(batches: Sequence[Batch]) -> int:
    """Bytes of all rows."""
    return sum(len(r) * r.width for _, r in batches)


def of_kind(batches: Sequence[Batch], kind: Kind) -> list[Rows]:
    """The rows of one kind."""
    return [r for k, r in batches if k is kind]
