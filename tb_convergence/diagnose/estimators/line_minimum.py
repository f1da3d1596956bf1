"""Steps that went far past the minimum along their own line, and took the loss up with them."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.series import Values


def passed(overshoot: Values, loss: Values, *, past: float, rise: float) -> NDArray[np.int64]:
    """Rows, of as many as ``overshoot`` has, whose step ended below ``past`` in its slope, and took the loss up.

    To ``rise`` times what it was in the row before; NaN and infinity are higher than anything.
    """
    rose = np.zeros(len(overshoot), np.bool_)
    rose[1:] = ~(loss[1 : len(overshoot)] < rise * np.abs(loss[: len(overshoot) - 1]))
    return np.flatnonzero((overshoot < past) & rose)


def thrown(overshoot: Values, loss: Values, *, past: float, tossed: float) -> NDArray[np.int64]:
    """Rows whose step ended below ``past``, as the next row tells, and took the loss to ``tossed`` times the first."""
    return np.flatnonzero((overshoot[1:] < past) & (loss[1:] > tossed * loss[:1]))
