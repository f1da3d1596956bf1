"""Secant curvatures of several steps: whether they are one, and what they say of the place where the run began."""

import numpy as np

from tb_convergence.series import Values


def steady(curvature: Values, *, fewest: int, tolerance: float) -> bool:
    """Whether every step met the same curvature: the loss is a parabola along them, however long they were."""
    if len(curvature) < fewest:
        return False
    middle = float(np.median(curvature))
    return bool(np.all(np.abs(curvature - middle) < tolerance * abs(middle)))


def at_the_start(curvature: Values, loss: float, gradient: float, *, far_apart: float, caution: float) -> float:
    """Curvature that the rate must suit, of steps of few numbers that met several; ``loss``, ``gradient``: the first.

    Each is that of a place that the step before was thrown to, and none is known where the run began: less than
    ‖g‖²/2L it cannot be, since a parabola of curvature h takes ‖g‖²/2h off the loss, which ends at 0 or above.
    """
    alike = len(curvature) > 1 and curvature.max() < far_apart * curvature.min()
    if alike or not (loss > 0.0 and gradient > 0.0):
        return float(np.median(curvature))
    return float(min(curvature[0], caution * gradient**2 / (2.0 * loss)))
