"""What follows steps of great length: a loss that leaps, a net that is as it was, a loss that keeps coming back."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Values


def leaps_after(
    loss: Values, overshoot: Values, rows: NDArray[np.int64], *, high: float, soon: int, downhill: float
) -> bool:
    """Whether the loss is at ``high`` or above within ``soon`` rows after one of ``rows``; NaN and infinity count.

    Not after one that answered to a loss that had leapt already, nor after one at whose end the slope still goes
    downhill: the overshoot of the next row, over ``downhill``.
    """
    for row in rows:
        after = loss[row + 1 : row + 1 + soon]
        follows = row + 1 < len(loss) and overshoot[row + 1] > downhill
        if bool((~(after < high)).any()) and not follows and not loss[row] > high:
            return True
    return False


def recovered(
    loss: Values, weight: Values, gradient: Values, since: int, *, high: float, grew: float, faded: float
) -> bool:
    """Whether from row ``since`` on the loss is below ``high``, and both norms are about what they were in the first.

    ‖w‖ within a factor of ``grew``, ‖g‖ above ``faded`` of it.
    """
    size, slope = (median(norm[since:]) / norm[0] for norm in (weight, gradient))
    return median(loss[since:]) < high and 1.0 / grew < size < grew and slope > faded


def comes_back(loss: Values, *, often: float, share: float) -> bool:
    """Whether the ``often`` quantile of the second half is above a ``share`` of the first known loss."""
    known = loss[np.isfinite(loss)]
    return float(np.quantile(known[len(known) // 2 :], often)) > share * float(known[0]) if len(known) else False
