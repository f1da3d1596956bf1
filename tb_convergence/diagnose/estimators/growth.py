"""Divergence without a loss: weights, gradients and updates that grow together, by powers of ten."""

import numpy as np

from tb_convergence.series import Values

FEWEST = 8
"""Rows; a few steps may grow by chance."""

ENDS = 3
"""Rows whose median is the start, and the end."""

STEEPER = 100.0
"""Growth of ‖g‖ and of ‖Δ‖. Warm-up makes updates grow alone; learning makes weights grow while gradients fall."""

FARTHER = 10.0
"""Growth of ‖w‖ beside it: the run leaves the place where it began."""

LEFT = 1.5
"""‖g‖ over its lowest early value from which it counts as growing."""


def growing_since(gradient: Values, update: Values, weight: Values) -> int | None:
    """The row since which the run grows for good, of norms of the whole model, float64 [T]; ``None``: it does not."""
    known = np.flatnonzero(np.isfinite(gradient) & np.isfinite(update) & np.isfinite(weight) & (gradient > 0))
    if len(known) < FEWEST:
        return None
    pairs = ((gradient, STEEPER), (update, STEEPER), (weight, FARTHER))
    if not all(_grows(x[known], factor) for x, factor in pairs):
        return None
    low = np.flatnonzero(gradient[known] <= LEFT * gradient[known][:ENDS].min())
    return int(known[min(low[-1] + 1, len(known) - 1)])


def _grows(x: Values, factor: float) -> bool:
    """Whether the end is above ``factor`` times the start, and no smaller than anything before it by that much."""
    start, end = float(np.median(x[:ENDS])), float(np.median(x[-ENDS:]))
    return end > factor * start and factor * end > float(x.max()) and start > 0.0
