"""What the best constant answer costs, by what labels and the last layer tell."""

import numpy as np


def constant_loss(entropy: float, spread: float, *, classes: int, guessing: bool) -> float:
    """Loss of the best constant prediction, as far as labels or the width of the last layer tell; else NaN.

    Args:
      entropy: of the labels, in nats; NaN: not known.
      spread: their standard deviation; NaN: not known.
      classes: width of the last layer.
      guessing: it may name classes, so that ln C is the loss of guessing.
    """
    if np.isfinite(entropy):
        return max(entropy, float(np.log(max(2, classes))))
    if np.isfinite(spread) and spread > 0.0:  # a single label does not spread
        return spread**2
    return float(np.log(classes)) if classes >= 3 and guessing else np.nan


def least_constant_loss(entropy: float, spread: float) -> float:
    """The least that the best constant answer costs by any usual loss, of labels that were seen; else NaN.

    Cross-entropy, squared and absolute error (of normal labels √(2/π) σ): which one it is, nobody said.
    """
    return float(np.fmin(entropy, np.fmin(spread**2, np.sqrt(2.0 / np.pi) * spread)))
