"""One recorded run in memory: arrays ``[steps, variables]`` by statistic, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.schema.manifest import Variable
from tb_convergence.schema.statistics import cosine, length

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader should know about the data itself, e.g. a damaged record.

    ``severity`` is ``warning`` when numbers are missing and ``info`` when nothing is.
    """

    severity: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What was recorded of one run (or of one ``name=`` stream in it), in order of steps.

    Attributes:
      run: the name shown to people: TensorBoard's run, with ``:stream`` after it for a named stream.
      variables: V of them, in order of depth.
      steps: int64 [T], strictly increasing.
      wall_times: float64 [T], Unix seconds.
      windows: int32 [T], how many training steps a row stands for: 1, or those of a window in a long run, whose
        statistics ``schema.statistics.WINDOW_EXTREMES`` describes.
      values: statistic name → float64 [T, V]. NaN: not recorded, see ``schema.statistics``.
      step_values: statistic name → float64 [T].
      optimizer: ``{"class", "config"}`` of the optimizer when one is known.
      notes: what was found wrong with the data on the way here.
      restarts: steps at which a later session took over.
      dropout: layer → share of its inputs that it drops while training, as the newest manifest has it.
      untrained: attributes of layers that hold a variable which Keras does not know, and nothing trains; likewise.
      stream: the ``name=`` given to ``log_step``, e.g. one of two players; ``None``: the run's only, or main, one.
    """

    run: str
    variables: tuple[Variable, ...]
    steps: NDArray[np.int64]
    wall_times: Values
    windows: NDArray[np.int32]
    values: Mapping[str, Values]
    step_values: Mapping[str, Values]
    optimizer: Mapping[str, Any] | None = None
    notes: tuple[Note, ...] = ()
    restarts: tuple[int, ...] = field(default=())
    stream: str | None = None
    dropout: Mapping[str, float] = field(default_factory=dict)
    untrained: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """int64 [V], elements of each variable."""
        return np.array([v.size for v in self.variables], np.int64)

    def recorded(self, statistic: str) -> Values:
        """float64 [T, V] of a recorded statistic, read-only; all NaN when this run does not hold it."""
        found = self.values.get(statistic)
        return np.broadcast_to(np.nan, (len(self), len(self.variables))) if found is None else found

    def step(self, statistic: str) -> Values:
        """float64 [T] of a statistic of the whole step, read-only; all NaN when this run does not hold it."""
        found = self.step_values.get(statistic)
        return np.broadcast_to(np.nan, len(self)) if found is None else found

    def norm(self, vector: str) -> Values:
        """‖a‖, float64 [T, V], of one of ``schema.statistics.VECTORS``."""
        return self.recorded(length(vector))

    def inner(self, a: str, b: str) -> Values:
        """⟨a, b⟩ = ‖a‖ ‖b‖ cos(a, b), float64 [T, V]; sums over variables are exact inner products of groups."""
        if a == b:
            return self.norm(a) ** 2
        product = self.norm(a) * self.norm(b)
        return np.where(product == 0.0, product, product * self.recorded(cosine(a, b)))
