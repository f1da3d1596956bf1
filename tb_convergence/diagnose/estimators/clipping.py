"""Whether the gradients were clipped: a length, or a largest element, that returns to one highest value."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import Gram, of_model
from tb_convergence.series import Series, Values

SAME = 1e-4
"""Relative difference up to which two values are one: float32 rounding of a norm over many elements."""

FEWEST = 3
"""Rows that must share the highest value: two alone may be a coincidence of rounding."""

SHARE = 0.25
"""Share of rows at the highest value from which it is a limit."""


def clipped(series: Series, model: Gram | None = None) -> bool:
    """Whether gradients were clipped by global norm, by the norm of each variable, or by value.

    A limit shows as a highest value that is reached again and again: by ‖g‖ of the model, by ‖g‖ of a variable, or by
    the largest |g| of a variable. ``model``: ``of_model(series)`` where it is known already.
    """
    lengths = (model or of_model(series)).norm("gradient")[:, None]
    return any(at_limit(x).any() for x in (lengths, series.norm("gradient"), series.recorded("gradient_max")))


def at_limit(values: Values) -> NDArray[np.bool_]:
    """Whether, [V], the highest of a column of ``values`` [T, V] is shared by many; false where all of it is zero."""
    finite = np.isfinite(values)
    highest = np.max(values, axis=0, initial=0.0, where=finite)
    top = np.count_nonzero(finite & (values >= highest * (1.0 - SAME)), axis=0)
    many = np.maximum(FEWEST, SHARE * np.count_nonzero(finite, axis=0))
    found: NDArray[np.bool_] = (highest > 0.0) & (top >= many)
    return found
