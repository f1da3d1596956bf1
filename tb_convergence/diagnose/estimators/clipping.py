"""Whether the gradients were clipped: a length, or a largest element, that returns to one highest value."""

import numpy as np

from tb_convergence.diagnose.estimators.gram import of_model
from tb_convergence.series import Series, Values

SAME = 1e-4
"""Relative difference up to which two values are one: float32 rounding of a norm over many elements."""

FEWEST = 3
"""Rows that must share the highest value: two alone may be a coincidence of rounding."""

SHARE = 0.25
"""Share of rows at the highest value from which it is a limit."""


def clipped(series: Series) -> bool:
    """Whether gradients were clipped by global norm, by the norm of each variable, or by value.

    A limit shows as a highest value that is reached again and again: by ‖g‖ of the model, by ‖g‖ of a variable, or by
    the largest |g| of a variable.
    """
    gradient, largest = series.norm("gradient"), series.recorded("gradient_max")
    columns = [of_model(series).norm("gradient"), *gradient.T, *largest.T]
    return any(at_limit(column) for column in columns)


def at_limit(values: Values) -> bool:
    """Whether the highest of ``values`` [T] is shared by many; false where all of them are zero."""
    finite = values[np.isfinite(values)]
    if not len(finite) or not finite.max() > 0.0:
        return False
    top = np.count_nonzero(finite >= finite.max() * (1.0 - SAME))
    return bool(top >= max(FEWEST, SHARE * len(finite)))
