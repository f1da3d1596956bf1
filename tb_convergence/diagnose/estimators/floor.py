"""How far down a loss without a natural zero could go, so that what is above it can be compared by ratios.

A log-likelihood of densities, an ELBO or a Poisson loss without its constant may lie anywhere: a constant added to it
changes nothing in the training, and must change nothing in what is said of it. In place of zero they have an estimate
of their infimum: the lowest level they came to, less what the curve itself says is still to come.
"""

import numpy as np

from tb_convergence.diagnose.estimators.noise import deviation, line
from tb_convergence.series import Values

SCATTER = 0.1
"""Noise of one loss over its height above the floor, where nothing else tells the height: that of batches of 32, whose
losses spread by about 0.1 of themselves."""

STILL_TO_COME = 3.0
"""Most that is expected to come, in falls so far: a loss that falls along a straight line shows no end."""

SURE = 2.0
"""Standard errors by which the pace must shrink, or else be there, to be believed."""

FELL = 5.0
"""Standard errors by which a loss that swings around zero must have fallen to be counted from a floor, as in
``outcome.SIGMAS``."""

FEWEST = 10
"""Losses in a quarter of the run, from which its pace is taken."""

ROUNDED = 1e-5
"""Height over the size of the loss that counts at least: rounding to float32, 6e-8 of each loss, is a hundredth of
it."""

RARE_SIGN = 0.05
"""Share of the later losses with the rarer sign, above which one that has not fallen swings around zero, as a policy's
does, see ``outcome.RARE_SIGN``."""


def floor(loss: Values) -> float:
    """The level to count ``loss``, float64 [T], from: 0 for one that is never negative, or only swings around zero."""
    y = loss[np.isfinite(loss)]
    if not len(y) or y.min() >= 0.0 or (swings(y) and not _fell(y)):
        return 0.0
    quarters = np.array_split(y, 4)
    best = min(float(np.median(part)) for part in np.array_split(y, min(10, len(y))))
    noise = min(deviation(np.diff(part)) for part in quarters) / float(np.sqrt(2.0))
    left = max(noise / SCATTER, _still_to_come(y, best), ROUNDED * float(np.median(np.abs(y))))
    return float(min(best, y.min()) - left)


def swings(y: Values) -> bool:
    """Whether both signs are common in the later half of these losses."""
    positive = float((y[len(y) // 2 :] > 0.0).mean())
    return min(positive, 1.0 - positive) > RARE_SIGN


def _fell(y: Values) -> bool:
    """Whether the last tenth lies below the first for certain, so that it is a loss that is meant to fall."""
    width = max(1, len(y) // 10)
    error = (
        1.2533 * deviation(np.diff(y)) / np.sqrt(2.0 * width)
    )  # √(π/2): a median of normal values against their mean
    return float(np.median(y[:width]) - np.median(y[-width:])) > FELL * float(error)


def _still_to_come(y: Values, best: float) -> float:
    """Fall to expect if the pace goes on to shrink as it does: late · ¼T / ln(earlier/late), see ``progress.Pace``."""
    quarter, fall = len(y) // 4, float(np.median(y[: max(1, len(y) // 10)])) - best
    if quarter < FEWEST:
        return 0.0
    (late, error), (earlier, other) = (line(part) for part in (y[-quarter:], y[-2 * quarter : -quarter]))
    least, most = -late - SURE * error, -earlier + SURE * other
    if not least > 0.0:
        return 0.0
    shrinks = float(np.log(most / least)) if most > least else 0.0
    ends = least * quarter / shrinks if shrinks > 0.0 else np.inf
    return float(min(ends, STILL_TO_COME * max(fall, 0.0)))
