"""A decay of the weights that pulls harder than the gradient: steps that lead to zero, whatever the loss."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series, Values

GONE = 0.1
"""Share of the first weights that is left in the last quarter of the run, below which they are gone."""

HALF = 0.5
"""Share down to which the first rows are those of the way there."""

FEWEST = 3
"""Rows of that way."""

ALONG = 0.5
"""cos(g, w) from which it is the gradient that leads to zero, as that of a penalty in the loss."""


@dataclass(frozen=True, slots=True)
class Decay:
    """What a typical step of the way takes off the weights, and what else it does to them, in shares of ‖w‖.

    Attributes:
      pull: −⟨Δ, w⟩/‖w‖², ηλ of decoupled decay.
      rest: length of what is left of Δ/‖w‖.
      left: share of the first weights at the end.
    """

    pull: float
    rest: float
    left: float

    @property
    def balanced(self) -> float:
        """Share of this decay at which weights stay as large as they began: 2 ηλ = rest² (Kosson et al. 2024, eq. 9).

        In equilibrium the decay takes off what the gradients' steps, orthogonal to the weights, add to them.
        """
        return self.rest**2 / (2.0 * self.pull)


def overpowering(series: Series, kernels: NDArray[np.int64]) -> Decay | None:
    """The decay that took the weights ``kernels`` to nothing; ``None``: they are there, or went for another reason."""
    size = _length(series.norm("weight")[:, kernels])
    if len(size) < FEWEST or not size[0] > 0.0:
        return None
    left = median(size[-max(1, len(size) // 4) :]) / float(size[0])
    way = slice(0, max(FEWEST, int((size > HALF * size[0]).argmin())))
    if not left < GONE:
        return None
    pull = divide(-np.nansum(series.inner("update", "weight")[:, kernels], axis=1), size**2)[way]
    ratio = divide(_length(series.norm("update")[:, kernels]), size)[way]
    found = Decay(median(pull), median(np.sqrt(np.maximum(ratio**2 - pull**2, 0.0))), left)
    along = median(series.recorded(cosine("weight", "gradient"))[way, :][:, kernels].ravel())
    return found if found.pull > found.rest and abs(along) < ALONG else None


def _length(norms: Values) -> Values:
    """Length of several columns as one vector, float64 [T]."""
    found: Values = np.sqrt(np.nansum(norms**2, axis=1))
    return found
