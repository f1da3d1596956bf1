"""What cross-entropy allows outputs of a known range, or spread: closed forms."""

import numpy as np

from tb_convergence.series import Values


def largest_loss(low: Values, high: Values, classes: int) -> Values:
    """The most that logits from ``low`` to ``high`` cost, [T]: ln C + max − min; of one sigmoid ln 2 + max |x|."""
    if classes >= 2:
        return float(np.log(classes)) + (high - low)
    return float(np.log(2.0)) + np.maximum(np.abs(low), np.abs(high))


def confined(width: float, classes: int) -> tuple[float, float]:
    """The least and the most that logits within a range ``width`` cost, one of them at one end, C − 1 at the other.

    ln(1 + (C − 1) e^−w) and ln(e^w + C − 1); w = 1 for probabilities and 2 for tanh.
    """
    return float(np.log1p((classes - 1) * np.exp(-width))), float(np.log(np.exp(width) + classes - 1))


def largest_entropy(spread: float, classes: int) -> float:
    """The largest mean entropy of probabilities that spread so much over a batch whose classes are about equal.

    E‖p‖² = 1/C + C·spread², the largest entropy at that is of one large p and C − 1 equal ones. A net's loss on
    its own training batches is about the entropy of its answers, or less.
    """
    square = min(1.0 / classes + classes * spread**2, 1.0)
    p = (1.0 + float(np.sqrt((classes - 1) * max(classes * square - 1.0, 0.0)))) / classes
    rest = max(1.0 - p, 1e-12)
    return float(-p * np.log(p) - rest * np.log(rest / (classes - 1)))
