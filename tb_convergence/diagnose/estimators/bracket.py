"""How much of the loss's fall the gradients account for, through the noise of batches.

The gradient of the next batch does not know the step before it, so that −⟨g_{t+1}, Δ_t⟩ is without bias: on a quadratic
loss it is the fall of that step less half of what the curvature takes, ½ΔᵀHΔ. The trapezoid −½⟨g_t + g_{t+1}, Δ_t⟩ is
the fall itself, and is too large by the noise that Δ_t shares with g_t. Summed over a part of the run the two have the
fall between them (H ≥ 0); where g is c times the derivative, c times the fall.
"""

from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.estimators.gram import Gram, of_model
from tb_convergence.diagnose.estimators.noise import deviation
from tb_convergence.diagnose.estimators.trapezoid import consecutive
from tb_convergence.series import Series, Values

PARTS = (4, 2, 1)
"""Parts of the run, the most first."""

FEWEST = 12
"""Rows of a part: its level at either end is the median of a quarter of them."""

SIGMAS = 5.0
"""Standard errors of the change of the loss over a part from which it counts."""

ROUNDED = 1e-5
"""Change of the loss over the loss itself, below which rounding has a share in it: 6e-8 of each value."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """Of one part of the run: c, the gradient over the derivative, lies between ``low`` and ``high``.

    ``fall``: of the loss, negative where it rises; ``error``: its standard error over it.
    """

    low: float
    high: float
    fall: float
    error: float = 0.0

    @property
    def middle(self) -> float:
        """Half way between the two."""
        return 0.5 * (self.low + self.high)


def brackets(series: Series, model: Gram | None = None) -> tuple[Bracket, ...]:
    """Of the parts of the run in which the loss changes by far more than its noise, recorded at every step.

    The shortest parts of which two change, else the whole run.

    ``model``: ``of_model(series)`` where it is known already.
    """
    model, loss = model or of_model(series), series.step("loss")
    after = -model.inner("gradient", "previous_update")
    before = -model.inner("previous_gradient", "previous_update")
    follows = consecutive(series)
    for count in PARTS:
        width = len(series) // count
        parts = [slice(i * width, (i + 1) * width) for i in range(count if width >= FEWEST else 0)]
        found = [_bracket(loss[p], after[p], before[p]) for p in parts if follows[p][1:].all()]
        known = tuple(b for b in found if b is not None)
        if len(known) >= min(2, count):
            return known
    return ()


def _bracket(loss: Values, after: Values, before: Values) -> Bracket | None:
    edge = len(loss) // 4
    first, last, between = loss[:edge], loss[-edge:], slice(edge // 2 + 1, len(loss) - edge // 2)
    if not np.isfinite(loss).all() or not np.isfinite(after[between] + before[between]).all():
        return None
    fall = float(np.median(first) - np.median(last))
    error = 1.2533 * float(np.hypot(deviation(first), deviation(last))) / np.sqrt(edge)  # √(π/2): of a median
    if not abs(fall) > max(SIGMAS * error, ROUNDED * float(np.abs(loss).max())):
        return None
    ends = sorted((float(after[between].sum()) / fall, float((after + before)[between].sum()) / 2.0 / fall))
    return Bracket(ends[0], ends[1], fall, error / abs(fall))
