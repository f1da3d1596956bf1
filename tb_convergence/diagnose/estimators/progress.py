"""How a run gets on: the descent that the next gradient confirms, and the time the loss needs to halve."""

from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.estimators.gram import Gram, divide
from tb_convergence.diagnose.estimators.noise import Trend, line

FEWEST = 10
"""Rows from which a mean and its error are taken."""

UPWARDS = 0.9
"""Share of the steps, the first among them, with ⟨g, Δ⟩ > 0: momentum overshoots for a while, but begins downhill."""


def climbs(model: Gram) -> bool:
    """Whether the updates go up the gradient, from the first on: their sign is wrong, whatever the optimizer."""
    along = model.inner("gradient", "update")
    along = along[np.isfinite(along)]
    return len(along) > 0 and bool(along[0] > 0.0) and bool((along > 0.0).mean() > UPWARDS)


@dataclass(frozen=True, slots=True)
class Descent:
    """−⟨g, Δ⁻⟩ over rows: what the next batch says of the last step. ``mean`` over ``error`` tells signal from noise.

    Attributes:
      mean, error: of −⟨g, Δ⁻⟩, with its standard error.
      share: the sum of −⟨g, Δ⁻⟩ over that of −⟨g⁻, Δ⁻⟩: the part of the promised descent that is kept; with short
        steps of gradient descent |G|²/(|G|² + S/B) (McCandlish et al. 2018).
    """

    mean: float
    error: float
    share: float


def confirmed(model: Gram, rows: slice) -> Descent | None:
    """The descent over ``rows``; ``None`` for fewer than :data:`FEWEST` known ones."""
    kept, promised = -model.inner("gradient", "previous_update"), -model.inner("previous_gradient", "previous_update")
    known = np.flatnonzero(np.isfinite(kept[rows]) & np.isfinite(promised[rows]))
    if len(known) < FEWEST:
        return None
    x, y = kept[rows][known], promised[rows][known]
    share = divide(np.array([x.sum()]), np.array([y.sum()]))
    return Descent(float(x.mean()), float(x.std() / np.sqrt(len(x))), float(share[0]))


def surely_downhill(model: Gram, rows: slice, *, sigmas: float, fewest: int) -> bool:
    """Whether the next batch confirms the descent of these steps: the run is not at its noise floor.

    In its sum, or, since steps that shrink let the first weigh most, in the cosine that each step has to it.
    """
    found = confirmed(model, rows)
    if found is not None and found.mean > sigmas * found.error:
        return True
    along = -model.cosine("gradient", "previous_update")[rows]
    along = along[np.isfinite(along)]
    return len(along) >= fewest and bool(along.mean() > sigmas * along.std() / np.sqrt(len(along)))


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the logarithm of the loss falls, and for how long it will.

    Attributes:
      late: fall per row over the last quarter.
      earlier: fall per row over the quarter before.
      error: the larger standard error of the two.
      remaining: fall of log loss still to come if the pace goes on to shrink exponentially as it does,
        late · ¼T / ln(earlier/late); infinite where it does not shrink.
    """

    late: float
    earlier: float
    error: float
    remaining: float

    @property
    def rows_to_halve(self) -> float:
        """Rows until the loss halves, ln 2 over the late pace; infinite when the loss does not fall."""
        return float(np.log(2.0) / self.late) if self.late > 0.0 else np.inf


def pace(trend: Trend) -> Pace | None:
    """The pace of a loss that is never negative; ``None`` for fewer than 40 values, or one that may be negative."""
    quarter = len(trend.values) // 4
    if quarter < FEWEST or not trend.log:
        return None
    (late, error), (earlier, other) = (
        line(part) for part in (trend.values[-quarter:], trend.values[-2 * quarter : -quarter])
    )
    late, earlier = -late, -earlier
    remaining = np.inf
    if 0.0 < late < earlier:
        remaining = late * quarter / float(np.log(earlier / late))
    return Pace(late, earlier, max(error, other), float(remaining if late > 0.0 else 0.0))
