"""Rows of a group on their way to a record: what the ring held, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """n rows of V variables with S statistics each, and P statistics of the whole step.

    Attributes:
      steps: int64 [n].
      times: float64 [n], Unix seconds.
      windows: int32 [n], how many steps a row stands for.
      step_values: float64 [n, P].
      values: float32 [n, V, S].
    """

    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    windows: NDArray[np.int32]
    step_values: NDArray[np.float64]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, part: slice) -> Self:
        return type(self)(*(getattr(self, f.name)[part] for f in fields(self)))

    @property
    def width(self) -> int:
        """Bytes of one row in a record."""
        return 8 + 8 + 4 + 8 * self.step_values.shape[1] + 4 * int(np.prod(self.values.shape[1:]))


def single_rows(
    cells: NDArray[np.float64], times: NDArray[np.float64], *, lead: int, step_statistics: int, shape: tuple[int, int]
) -> Rows:
    """What a ring held, float64 [n, lead + P + V·S], as rows of single steps.

    Args:
      cells: the rows of the ring; a row begins with its step.
      times: float64 [n].
      lead: how many numbers stand before the statistics of the step.
      step_statistics: P.
      shape: V and S.
    """
    header = lead + step_statistics
    with np.errstate(over="ignore"):  # a norm beyond float32 is written as infinity
        values = cells[:, header:].astype(np.float32)
    return Rows(
        steps=cells[:, 0].astype(np.int64),
        times=times,
        windows=np.ones(len(cells), np.int32),
        step_values=cells[:, lead:header],
        values=values.reshape(len(cells), *shape),
    )


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows one after the other; at least one part."""
    if len(parts) == 1:
        return parts[0]
    return Rows(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Rows)))
