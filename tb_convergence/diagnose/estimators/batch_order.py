"""The order in which batches come: whether neighbours are alike, and how far their losses lie apart."""

import numpy as np

from tb_convergence.diagnose.estimators.noise import Trend
from tb_convergence.diagnose.estimators.periodicity import pattern
from tb_convergence.series import Values

SEVERAL = 10
"""Batches of an epoch, of which one is no matter."""

AMONG = 0.9
"""Quantile of how far the others lie from the middle, up to which the next batch is one of them."""


def neighbours_alike(x: Values, *, correlation: float) -> bool:
    """Whether each batch's mean label, or loss, [T], is like that of the one before: correlation of neighbours."""
    x = x - x.mean() if len(x) else x
    return bool((x[1:] * x[:-1]).sum() > correlation * (x * x).sum())


def more_than(mean: Values, few: int, *, whole: float) -> bool:
    """Whether batches hold more than ``few`` examples: means, [T], of so many whole numbers are fractions of them.

    ``whole``: distance to a whole number from which one is none.
    """
    multiples = mean[:, None] * np.arange(1, few + 1)
    return bool((np.abs(multiples - np.round(multiples)) > whole).all(axis=1).any())


def swing(trend: Trend, period: int) -> float:
    """Highest over lowest loss within a period; 1 for a loss that may be negative.

    Of ``SEVERAL`` batches or more without one that stands out alone: the last of an epoch may hold few examples. What
    comes of sorted data, as where the largest is followed by the smallest, takes the next batches along.
    """
    if not trend.natural:
        return 1.0
    seen = pattern(trend.values, period)
    return float(np.exp(np.ptp(np.delete(seen, _alone(seen)))))


def _alone(seen: Values) -> list[int]:
    """The place of the one that stands out alone, if any does."""
    if len(seen) < SEVERAL:
        return []
    away = np.abs(seen - np.median(seen))
    first = int(away.argmax())
    usual = float(np.quantile(np.delete(away, first), AMONG))
    return [first] if away[(first + 1) % len(seen)] <= usual else []
