"""Whether the loss comes back to the same pattern every so many steps, as it does when batches come in one order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.series import Values

SHORTEST = 4
"""Steps: shorter patterns are bounces, whose cause is the size of the steps."""

CYCLES = 3
"""Patterns that a run must hold, so that a period and its double can both be seen."""

SIGMAS = 5.0
"""Standard errors by which both autocorrelations must exceed those of differences of noise."""

BETWEEN = 0.5
"""Share of its peak below which the autocorrelation must fall between two peaks: a slow change keeps it up."""

ROUNDING = 1e-9
"""Share of ``y`` within which changes are alike but for the last digits."""

AS_HIGH = 0.8
"""Share of the highest peak from which the first one is the period, and the highest one of its multiples."""


@dataclass(frozen=True, slots=True)
class Period:
    """A pattern of ``steps``; ``correlation``: of the changes of the loss with those a period, or two, earlier."""

    steps: int
    correlation: float


def period(y: Values) -> Period | None:
    """The period of ``y``, float64 [T], finite; ``None``: it has none.

    Ranks of the differences are correlated, so that neither a trend nor a leap counts for much. Differences of noise
    have autocorrelations of variance 3/2T beyond the first lag (Bartlett's formula for a moving average, θ = −1).
    """
    lags = len(y) // CYCLES
    if lags <= SHORTEST:
        return None
    change = np.diff(y)
    if np.ptp(change) <= ROUNDING * float(np.abs(y).max()):
        return None
    found = _autocorrelation(_ranks(change), lags)
    sure = SIGMAS * float(np.sqrt(1.5 / len(y)))
    peaks = [_at(found, lag) for lag in range(SHORTEST, lags)]
    highest = max(p.correlation for p in peaks)
    first = next(p for p in peaks if p.correlation >= AS_HIGH * highest)
    return first if first.correlation > sure and _dips(found, first) else None


def pattern(y: Values, steps: int) -> Values:
    """What ``y``, float64 [T], does every ``steps``: float64 [steps] about 0; zeros for under two cycles.

    The median over cycles of what is left of ``y`` without its moving average over a cycle.
    """
    level = np.convolve(y, np.full(steps, 1.0 / steps), "valid") if len(y) >= steps else np.empty(0)
    left = y[steps // 2 : steps // 2 + len(level)] - level
    cycles = len(left) // steps
    if cycles < 2:
        return np.zeros(steps)
    found: Values = np.median(left[-cycles * steps :].reshape(cycles, steps), axis=0)
    return found


def _at(found: Values, lag: int) -> Period:
    """The lesser of the correlations at a peak and at its double, where that is within sight; 0 where no peak is."""
    if found[lag] < found[lag - 2 : lag + 3].max():
        return Period(lag, 0.0)
    double = found[2 * lag - 1 : 2 * lag + 2]
    return Period(lag, float(min(found[lag], double.max() if len(double) else found[lag])))


def _dips(found: Values, best: Period) -> bool:
    quarter = best.steps // 4
    return bool(np.median(found[quarter + 1 : best.steps - quarter]) < BETWEEN * best.correlation)


def _ranks(x: Values) -> Values:
    order: NDArray[np.intp] = np.argsort(x, kind="stable")
    ranks = np.empty(len(x))
    ranks[order] = np.arange(len(x), dtype=np.float64)
    centered: Values = ranks - 0.5 * (len(x) - 1)
    return centered


def _autocorrelation(x: Values, lags: int) -> Values:
    """At lags 0 … ``lags`` − 1, each a mean over its own terms; by Fourier transform."""
    size = 2 ** int(np.ceil(np.log2(2 * len(x))))
    power = np.abs(np.fft.rfft(x, size)) ** 2
    sums = np.fft.irfft(power, size)[:lags] / (len(x) - np.arange(lags))
    found: Values = sums / sums[0] if sums[0] > 0.0 else np.zeros(lags)
    return found
