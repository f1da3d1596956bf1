"""How the run went, judged from the loss; without one, from what grows."""

from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.estimators.noise import Trend
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.series import Values

FEWEST_TO_DIVERGE = 4
"""Losses: three rises in a row are the least that is not chance."""

FEWEST_TO_STALL = 20
"""Losses: below, a flat curve is only a short one."""

FEWEST_ZEROS = 3
"""Losses that must be exactly zero to count as converged."""

RISE = np.log(3.0)
"""Log loss by which a diverging run ends above its start: three times, far above the luck of one batch."""

SIGMAS = 5.0
"""Standard errors that a change must exceed; one false alarm in millions if the noise were normal."""

LIKELY = 3.0
"""Standard errors of one level, two of the difference of both, by which a loss lost in noise has probably fallen."""

BLOW_UP = 1e3
"""Growth of |loss| over its early median at which a loss that may be negative counts as diverging."""

NO_DROP = -np.log(0.8)
"""Log loss: a run that lies flat after a fall of less than 20 % has learned little."""

VISIBLE_DROP = np.log(1.1)
"""The same of a loss that is counted from a floor ten times its noise below it: a fall by as much as single batches
scatter, where no zero tells how much that is."""

CHANCE = 0.02
"""Relative distance to ln C, the loss of guessing among C classes, within which a flat loss has learned nothing."""

SLOW_DROP = -np.log(0.95)
"""Log loss: a run of 50 steps or more that still falls, but has fallen by less than 5 %."""
SLOW_ROWS = 50

SHORT = 50
"""Training steps below which a flat loss may yet fall behind its noise."""

RARE_SIGN = 0.05
"""Share of the later losses with the rarer sign, above which a loss swings around zero: its level tells nothing."""

WILD = 0.5
"""Log loss: noise of one step at which the loss jumps by more than half of itself each time."""


LEARNED, HIGH = 0.25, 0.95
"""Share of what the best constant answer costs, below which even a high batch, this quantile of the later half, shows a
net that has learned: as one that is trained on, whose loss need not fall and scatters by whatever few examples miss."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome, and the row since which it shows (``None``: no such moment)."""

    outcome: Outcome
    row: int | None = None


def judge(
    loss: Values,
    trend: Trend | None,
    *,
    broken: int | None,
    classes: int,
    growing: int | None = None,
    short: bool = False,
    climbs: bool = True,
    constant: float = np.nan,
) -> Judgement:
    """The outcome of ``loss`` [T].

    Args:
      loss: of each row.
      trend: its description.
      broken: first row of the numbers that are no longer finite until the end.
      classes: width of the last layer; a cross-entropy that guesses among them is ln ``classes``.
      growing: row since which weights, gradients and updates grow for good; asked only where no loss is known.
      short: the run has fewer than :data:`SHORT` steps, so that noise may hide a fall.
      climbs: a rise of the loss would be the doing of the run's own steps.
      constant: what the best constant answer costs, the entropy of the labels in nats; NaN: it is not known.
    """
    if broken is not None:
        return Judgement(Outcome.NOT_FINITE, broken)
    if trend is None:
        return Judgement(Outcome.TOO_EARLY if growing is None else Outcome.DIVERGED, growing)
    since = diverging_since(trend) if climbs else None
    if since is not None:
        return Judgement(Outcome.DIVERGED, since)
    calm = _calm(loss, trend, short=short)
    if calm in _WITHOUT_A_FALL and _learned(trend, constant):
        return Judgement(_WITHOUT_A_FALL[calm])
    guesses = calm is Outcome.CONVERGED and _guesses(trend, classes)
    return Judgement(Outcome.STALLED if guesses else calm)


_WITHOUT_A_FALL = {
    Outcome.STALLED: Outcome.CONVERGED,
    Outcome.OSCILLATING: Outcome.CONVERGED,
    Outcome.SLOW: Outcome.CONVERGING,
}
"""What it is to be slow, or not to fall, for a net that has learned."""


def _learned(trend: Trend, constant: float) -> bool:
    later = trend.values[len(trend.values) // 2 :]
    return trend.natural and bool(np.exp(np.quantile(later, HIGH)) < LEARNED * constant)


def diverging_since(trend: Trend) -> int | None:
    """The row since which the loss has left its lowest level for good; ``None`` when it does not diverge."""
    y = trend.values
    if len(y) < FEWEST_TO_DIVERGE:
        return None
    if len(y) < FEWEST_TO_STALL and not (np.diff(y[-FEWEST_TO_DIVERGE:]) > 0).all():
        return None
    if not (_risen(trend) or _lost(trend)):
        return None
    level = min(trend.best, float(y[0])) + 2.0 * trend.error  # y[0]: a tenth of a run may already have exploded
    below = np.flatnonzero(y <= level + 2.0 * trend.noise)
    return int(trend.rows[min(below[-1] + 1 if len(below) else 0, len(y) - 1)])


def _risen(trend: Trend) -> bool:
    if trend.log:
        return bool(-trend.drop > max(RISE, SIGMAS * trend.noise / max(1.0, np.sqrt(len(trend.values) * 0.1))))
    early = float(np.median(np.abs(trend.values[: max(1, len(trend.values) // 4)])))
    return trend.end > BLOW_UP * max(early, 1e-12)


def _lost(trend: Trend) -> bool:
    """It had fallen by half or more, and is back where it began."""
    gained = trend.start - trend.best
    enough = trend.log and len(trend.values) >= FEWEST_TO_STALL and gained > max(np.log(2.0), SIGMAS * trend.error)
    return bool(enough and trend.end >= trend.start - 0.1 * gained)


def _calm(loss: Values, trend: Trend, *, short: bool) -> Outcome:
    n = len(trend.values)
    last = loss[trend.rows][n // 2 :]
    if n >= FEWEST_ZEROS and not np.median(np.abs(last)) > 0:
        return Outcome.CONVERGED  # exactly zero
    if n < FEWEST_TO_STALL:
        fell = n >= FEWEST_TO_DIVERGE and trend.drop > max(NO_DROP, SIGMAS * trend.error)
        return Outcome.CONVERGING if fell and trend.log else Outcome.TOO_EARLY
    falling = trend.slope < -3.0 * trend.slope_error
    fell = trend.drop > SIGMAS * trend.error
    if not trend.log:
        flat = Outcome.TOO_EARLY if around_zero(trend) else Outcome.STALLED
        return Outcome.CONVERGING if fell or falling else flat
    return _positive(trend, n=n, falling=falling, fell=fell, short=short)


def around_zero(trend: Trend) -> bool:
    """Whether both signs are common, as in the loss of a policy: it need not fall while the policy gets better."""
    if trend.log or len(trend.values) < FEWEST_TO_STALL:
        return False
    positive = float((trend.values[len(trend.values) // 2 :] > 0.0).mean())
    return min(positive, 1.0 - positive) > RARE_SIGN


def rose(trend: Trend) -> bool:
    """Whether the loss ends above its start for certain: what it falls since then does not make up for."""
    return trend.log and -trend.drop > max(SLOW_DROP, SIGMAS * trend.error)


def _guesses(trend: Trend, classes: int) -> bool:
    if not trend.natural or classes < 2:
        return False
    chance = float(np.log(np.log(classes)))
    near = abs(trend.end - chance) < max(CHANCE, 3.0 * trend.error)
    return near and bool(abs(trend.best - chance) < max(2.0 * CHANCE, 3.0 * trend.error))


def _positive(trend: Trend, *, n: int, falling: bool, fell: bool, short: bool) -> Outcome:
    if fell and trend.drop > (NO_DROP if trend.natural else VISIBLE_DROP):
        return Outcome.CONVERGING if falling else Outcome.CONVERGED
    if trend.noise > WILD:
        likely = trend.drop > max(NO_DROP, LIKELY * trend.error)
        return Outcome.TOO_EARLY if likely else Outcome.OSCILLATING
    if falling and n >= SLOW_ROWS and trend.drop < SLOW_DROP:
        return Outcome.TOO_EARLY if rose(trend) else Outcome.SLOW
    if falling:
        return Outcome.CONVERGING
    unsure = short and trend.drop + trend.error > NO_DROP  # as likely as not it falls
    return Outcome.TOO_EARLY if unsure else Outcome.STALLED
