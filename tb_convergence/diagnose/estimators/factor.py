"""How large the factor c of a gradient is that is c times the derivative, and between what it surely lies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.estimators.bracket import Bracket
from tb_convergence.series import Values

STEPS = 0.1
"""Share of the single steps that may say less than the lower end, and as many more than the upper one."""

SIGMAS = 2.0
"""Standard errors to either side, where an estimate has one: 95 of 100 lie within."""


@dataclass(frozen=True, slots=True)
class Factor:
    """``value`` lies between ``low`` and ``high``; infinite: nothing is known of that side."""

    value: float
    low: float = -math.inf
    high: float = math.inf

    @property
    def error(self) -> float:
        """The farther end's distance from the value, relative to it."""
        return max(self.high - self.value, self.value - self.low) / abs(self.value)


def of_steps(inverse: Values, blur: float = 0.0) -> Factor:
    """From 1/c as each step says it, float64 [N]: the median, and what all but :data:`STEPS` on either side say.

    The error of single steps is that of the trapezoidal rule, which is the same for many of them: their mean is no
    better than they are. ``blur``: the relative error that all of them share, as of samples.
    """
    low, middle, high = _quantiles(inverse)
    return _inverse(middle, low - blur * abs(middle), high + blur * abs(middle))


def of_comparisons(factor: Values, blur: float = 0.0) -> Factor:
    """The same from c itself as each step shows it, float64 [N]."""
    low, middle, high = _quantiles(factor)
    return Factor(middle, low - blur * abs(middle), high + blur * abs(middle))


def _quantiles(x: Values) -> tuple[float, float, float]:
    known = x[np.isfinite(x)]
    if not len(known):
        return math.nan, math.nan, math.nan
    low, middle, high = np.quantile(known, (STEPS, 0.5, 1.0 - STEPS))
    return float(low), float(middle), float(high)


def of_share(share: float, error: float) -> Factor:
    """From 1/c with its standard error."""
    return _inverse(share, share - SIGMAS * error, share + SIGMAS * error)


def of_parts(parts: Sequence[Bracket]) -> Factor:
    """From parts of a run, each of which has c between two sums; the fall of its loss is known to so much as well.

    Its sign is that of all of them: the loss falls along the steps, or it rises.
    """
    value = float(np.median([part.middle for part in parts]))
    ends = [end * (1.0 + side * SIGMAS * p.error) for p in parts for end in (p.low, p.high) for side in (-1.0, 1.0)]
    low, high = min(ends), max(ends)
    return Factor(value, max(low, 0.0), high) if value > 0.0 else Factor(value, low, min(high, 0.0))


def _inverse(middle: float, low: float, high: float) -> Factor:
    """1/x of a value and its ends; an end beyond zero tells nothing."""
    value = 1.0 / middle if middle else math.inf
    if not low * high > 0.0:
        return Factor(value)
    ends = 1.0 / low, 1.0 / high
    return Factor(value, min(ends), max(ends))
