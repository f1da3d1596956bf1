"""The learning rate is above what the curvature of the loss allows."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.advice import high_learning_rate as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.aftermath import comes_back, leaps_after, recovered
from tb_convergence.diagnose.estimators.line_minimum import passed, thrown
from tb_convergence.diagnose.estimators.mortality import born_dead, killed
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.outcome import SIGMAS, rose
from tb_convergence.diagnose.estimators.progress import climbs, confirmed
from tb_convergence.diagnose.estimators.rate_leap import leap_row, longer_since, rate_before
from tb_convergence.diagnose.estimators.secants import at_the_start, steady
from tb_convergence.diagnose.estimators.step_length import first_ratio
from tb_convergence.diagnose.estimators.sudden import before
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.rules.excessive_momentum import carried
from tb_convergence.diagnose.rules.exploding_gradient import struck
from tb_convergence.diagnose.rules.oscillating_updates import harmful_order
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.series import Values

Rows = NDArray[np.int64]

FEWEST = 4
"""Rows: two give one curvature; the rest shows that the trouble lasts."""

MARGIN = 1.02
"""ηh over its limit from which a step counts as unstable; 2 % for rounding. Noise of batches alone gives 0.5."""

EDGE = 0.99
"""The same for a loss that does not rise but hovers: at the limit itself it neither falls nor rises."""

THROWN = 2.0
"""ηh over its limit at which a few steps are enough to throw a run out of its valley."""

LASTS = 0.1
"""Share of the steps, from the first unstable one to the trouble, that must be unstable to have brought it about. Noise
of batches scatters ηh around what it is, and a few steps beyond the limit among many within it undo nothing."""

UNSTABLE_ROWS = 2
"""Unstable steps before or at the onset of trouble; one may be the luck of a batch."""

HUGE_RATIO = 0.1
"""‖Δ‖/‖w‖ at which one step replaces a tenth of all weights; typical is 1e-3 (cs231n), healthy starts reach 3e-2."""

LONG_RATIO = 1e-2
"""The same of most steps of half a run, ten times the usual: nothing that was learned lasts."""

FLOOR = 0.5
"""Loss at rest over that of the best constant prediction, from which the run has learned little."""

REPLACED = 1.0
"""‖Δ‖/‖w‖ of a step as long as the weights themselves, which no order of batches excuses."""

SAFE_RATIO = 2e-2
"""‖Δ‖/‖w‖ of a first step to aim at: later ones are shorter, and healthy starts reach 3e-2."""

MOST_CAUTION = 10.0
"""Times below half the largest stable rate that the length of the first step may ask for: small first weights make it
long by themselves."""

SOON = 5
"""Rows after a huge step within which its harm shows."""

DOWNHILL = 0.5
"""Slope at the end of a step over that at its start, from which the step was too short rather than too long."""

GREW, FADED = 1.1, 0.3
"""‖w‖ over the first one up to which random steps have moved weights by less than half of themselves, √(1.1² − 1); and
‖g‖ likewise, down to which a net is alive."""

DIED, DIED_ROWS = 0.9, 10
"""Share of a layer's units that get no gradient any more, in most of the last rows: a huge step killed them."""

LIMPING_STEPS = 3
"""Steps above HUGE_RATIO at which a run that got somewhere is suspected nevertheless."""

LIMPING_RISE = 1.5
"""Loss after such steps over the loss at the start."""

LIMPING_DROP = np.log(4.0)
"""Log loss: a run that fell by more recovered from them."""

PROVEN, LEAP = 10, 3.0
"""Rows at a lower rate that prove it, and times that a later one is higher, for the lower one to be advised."""

LONGER = 5.0
"""Times that a step must be longer than all of the PROVEN before it, where only the steps tell their rate."""

WILD = 0.3
"""Noise of log loss from one step to the next: a third of its value. Batches of 32 have about 0.1."""

BACK, OFTEN = 0.1, 0.95
"""Share of the first loss that a run comes back to, in one of twenty of its later steps."""

TOSSED = 3.0
"""Loss after one of the first steps over the first, from which it was thrown up, see ``outcome.RISE``."""

PAST, FAR_PAST = -1.0, -10.0
"""Slope along a step at its end over that at its start: below the first it ends higher than it began on a parabola, and
below the second a single one is enough."""

TAKEN_BACK = 0.1
"""Share of the promised descent that the next batch takes back: ηh along the steps, of 2 that are stable. Less is
noise, which a lower rate only averages."""

STEADY = 0.1
"""Relative deviation of curvatures up to which they are one; in nets that explode they differ by decades."""

FAR_APART = 10.0
"""Largest over smallest of them, from which they are those of other places."""

CAUTION = 10.0
"""Times the least curvature that the run can have begun with, to suit the rate to: it grows on the way to a minimum."""

FIRST = 5
"""Unstable steps that are measured; once a run has exploded, its curvature is that of another place."""


def check(context: Context) -> Answer:
    """Found when the run went wrong, and steps were beyond the stability limit, or huge, before or while it did.

    A warning when huge steps threw a run far out that learned something nevertheless.
    """
    if not np.isfinite(context.model.inner("update", "update")).any():
        return NotApplicable("no updates were recorded")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    row = struck(context)
    if context.bad and row is not None:
        context = Context(before(context.series, row))  # what came after is the doing of that gradient
    if not context.bad:
        found = (
            _after_leap(context)
            or _after_longer(context)
            or _limping(context)
            or _replaced(context)
            or _thrown(context)
            or _tossed(context)
            or _ends_above(context)
        )
        return found or behaves(context)
    other = _otherwise_moved(context)
    if other:
        return Clear(other)
    found = _by_curvature(context, local=True) or _by_ratio(context) or _by_curvature(context, local=False)
    found = found or _broke_at_once(context) or _by_step(context) or _after_longer(context)
    return found or Clear("steps are within the stability limit")


def _otherwise_moved(context: Context) -> str:
    """Why the steps of a run that went wrong are no matter of the rate; empty: they may be."""
    if _born_dead(context):
        return "a layer is dead since before the first step: only what lies behind it moves"
    if context.shrinkage is not None and not context.shrinkage.in_gradient:
        return "the steps follow the weights: their decay is too strong"
    if _uphill(context):
        return "the updates go up the gradient: their sign is wrong, not their size"
    return ""


def _born_dead(context: Context) -> bool:
    """Whether no unit of the layer before the last had a gradient at first, nor at the end.

    What moves then is a bias or two, whose curvature is not that of the net.
    """
    dead = context.series.recorded("dead_unit_fraction")
    return len(context.layers) >= 2 and born_dead(dead[:, context.layers[-2].kernel], last=DIED_ROWS)


def _uphill(context: Context) -> bool:
    """Whether the rate that the updates show is negative, or they go up the gradient from the first on."""
    return climbs(context.model) or median(context.fits.learning_rate) < 0.0


def _window(context: Context) -> slice:
    """Rows up to a little after the onset of trouble; all rows when there is no such moment."""
    row = context.judgement.row
    if row is None:
        return slice(0, len(context.series))
    left = context.diverging_row  # long before numbers give out
    row = row if left is None else min(row, left)
    return slice(0, row + max(FEWEST, row // 4) + 1)


def _by_curvature(context: Context, *, local: bool) -> Found | None:
    """From ηh; ``local``: only where the step was short enough for its secant to tell the curvature where it began."""
    if context.has_matrices and (harmful_order(context) or context.drowned):
        return None  # from one class, or one draw, to the next the gradient changes by more than any curvature
    stability = context.stability[_window(context)]
    rising = context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    unstable = np.flatnonzero(stability > (MARGIN if rising else EDGE))
    unstable = unstable[unstable >= _leap(context)]
    if len(unstable) < UNSTABLE_ROWS or (not rising and not _stuck(context, unstable)):
        return None
    if context.has_matrices and (not _lasts(stability[unstable[0] :]) or _dead_by(context, int(unstable[0]))):
        return None
    at = _first_long(context, int(unstable[0]))
    finite = unstable[np.isfinite(stability[unstable])][:FIRST]
    far = context.has_matrices and len(finite) > 0 and not context.update_ratio[finite[0] - 1] < HUGE_RATIO
    if not len(finite) or (local and far and not _steady(context.curvature[finite])):
        return None
    rate = float(np.median(context.fits.learning_rate[finite]))
    evidence = _evidence(context, finite, rate, _curvature(context, finite))
    return advice.beyond_the_limit(context, at, rate, evidence, margin=MARGIN)


def _curvature(context: Context, rows: Rows) -> float:
    """Curvature that the rate must suit, of the steps at ``rows``; of few numbers, where they met several curvatures.

    On a parabola steps that blow up turn to its steepest direction, and what they meet rises to that and stays.
    """
    met, stability = context.curvature, context.stability
    if context.has_matrices or _steady(met[rows]):
        return float(np.median(met[rows]))
    late = np.flatnonzero(np.isfinite(stability) & (stability > MARGIN))[-FEWEST:]
    if _steady(met[late]):
        return float(np.median(met[late]))
    loss, gradient = context.loss[0], context.gradient_norm[0]
    return at_the_start(met[rows], loss, gradient, far_apart=FAR_APART, caution=CAUTION)


def _steady(curvature: Values) -> bool:
    return steady(curvature, fewest=FEWEST, tolerance=STEADY)


def _lasts(stability: Values) -> bool:
    """Whether steps are beyond the limit again and again, or one is far beyond: single ones are the luck of batches."""
    known = stability[~np.isnan(stability)]
    return bool((known > 1.0).mean() > LASTS or known.max() > THROWN)


def _first_long(context: Context, at: int) -> int:
    """The first huge step before row ``at``, at the rate of that row: it began there, if it is told only later."""
    first = _leap(context)
    if first or not context.has_matrices:
        return first or at  # a rate that leapt is to blame from there on
    huge = np.flatnonzero(context.update_ratio[first:at] > HUGE_RATIO)
    return int(huge[0]) if len(huge) else at


def _stuck(context: Context, unstable: Rows) -> bool:
    """A flat loss was thrown there by steps far beyond the limit, or is held there by most steps being at it."""
    thrown_there = bool(np.median(context.stability[unstable]) > THROWN)
    return thrown_there or len(unstable) > 0.5 * np.isfinite(context.stability).sum()


def _evidence(context: Context, rows: Rows, rate: float, curvature: float) -> dict[str, float]:
    bound = float(np.median((context.fits.learning_rate * context.curvature / context.stability)[rows]))
    return {
        "learning_rate": rate,
        "largest_stable_learning_rate": bound / curvature,
        "stability_number": rate * curvature,
        "stability_limit": bound,
        "curvature": curvature,
        "momentum": float(np.median(context.fits.momentum[rows])),
        "multiplier": median(context.multiplier[rows]),
        "overshoot": median(context.overshoot[rows]),
        "unstable_steps": len(rows),
        "suggested_learning_rate": _earlier(context, int(rows[0])) or _safe(context, rate, bound / curvature),
    }


def _safe(context: Context, rate: float, largest: float) -> float:
    """Half the largest stable rate; in a net also no more than what keeps the first step short."""
    first = _first_ratio(context)
    unsure = context.has_matrices and first > SAFE_RATIO and not _steady(context.curvature[1 : FIRST + 1])
    short = rate * SAFE_RATIO / first if unsure else np.inf
    return float(min(largest / 2.0, max(short, largest / 2.0 / MOST_CAUTION)))


def _first_ratio(context: Context) -> float:
    return first_ratio(context.series, float(context.update_ratio[0]), context.kernels)


def _built_up(context: Context) -> float:
    """How much longer than its first step those of a heavy ball get: 1/√(1 − μ).

    That lies between gradients that agree, 1/(1 − μ), and such as have nothing in common, 1/√(1 − μ²).
    """
    given = ((context.series.optimizer or {}).get("config") or {}).get("momentum")
    momentum = float(given) if isinstance(given, int | float) else median(context.fits.momentum)
    return float(1.0 / np.sqrt(1.0 - momentum)) if 0.0 < momentum < 1.0 else 1.0


def _leap(context: Context) -> int:
    """The row at which the rate leaps far above that of the rows before, which are not to blame then; 0: none."""
    return leap_row(context.learning_rate, context.model, proven=PROVEN, leap=LEAP)


def _earlier(context: Context, row: int) -> float | None:
    """The rate at which the run got on before one that is a good deal higher; ``None``: there was none."""
    return rate_before(context.learning_rate, context.trend, row, proven=PROVEN, few=FIRST, leap=LEAP)


def _by_step(context: Context) -> Found | None:
    """Whatever the optimizer: steps up to the onset that ended far beyond the minimum along their own line."""
    row = context.judgement.row
    if row is None or context.has_matrices:
        return None  # between two batches the slopes of a net tell nothing for certain; its steps are judged by length
    past = context.overshoot[: row + FEWEST]
    beyond = passed(past, context.loss, past=PAST, rise=LIMPING_RISE)
    if len(beyond) < UNSTABLE_ROWS and not (past[beyond] < FAR_PAST).any():
        return None
    return advice.past_the_minimum(context, int(beyond[0]), len(beyond), threshold=PAST)


def _thrown(context: Context) -> Found | None:
    """Information on a function of few numbers that the first steps threw far up, though it came down again."""
    trend, loss = context.trend, context.loss
    if trend is None or not trend.log or context.has_matrices or not context.one_batch or carried(context):
        return None
    beyond = thrown(context.overshoot[:FEWEST], loss[:FEWEST], past=PAST, tossed=TOSSED)
    if not len(beyond):
        return None
    set_, fitted = median(context.series.step("learning_rate")), float(context.fit.learning_rate[0])
    rate = set_ if np.isfinite(set_) else fitted  # single rows of Adam fit any rate
    return advice.thrown_up(context, int(beyond[0]), rate, threshold=PAST)


def _tossed(context: Context) -> Found | None:
    """Information on a net whose first steps were huge and took the loss far up, however well it learned since then."""
    loss, first = context.loss, _first_ratio(context)
    if not context.has_matrices or _otherwise_long(context):
        return None
    highest = float(np.nanmax(loss[1 : 1 + SOON], initial=-np.inf))
    rise = highest / loss[0] if loss[0] > 0.0 else 0.0
    if not (first > REPLACED and rise > LIMPING_RISE) and not (first > HUGE_RATIO and rise > TOSSED):
        return None
    found, start = _of_ratio(context, context.update_ratio, np.arange(1)), float(context.series.step("loss")[0])
    end = _higher_end(context)
    return advice.tossed(found, float(context.update_ratio[0]), start=start, highest=highest + context.floor, end=end)


def _higher_end(context: Context) -> float:
    """The loss at the end where that is clearly above its start, however it falls; NaN: it is not."""
    trend = context.trend
    higher = trend is not None and trend.natural and rose(trend) and not context.one_of_several
    return trend.level(trend.end) if trend is not None and higher else np.nan


def _ends_above(context: Context) -> Found | None:
    """A warning on a net that long steps led up, by the word of the next batches, and that ends above its start."""
    trend, end, half = context.trend, _higher_end(context), slice(0, len(context.series) // 2)
    if trend is None or not np.isfinite(end) or not context.has_matrices or _otherwise_long(context):
        return None
    ratio = context.update_ratio
    long = np.flatnonzero(ratio > LONG_RATIO)
    if not len(long) or not median(ratio[half]) > LONG_RATIO or not _taken_back(context):
        return None
    found = _of_ratio(context, ratio, long)
    return advice.ends_above(found, median(ratio[half]), start=trend.level(trend.start), end=end)


def _by_ratio(context: Context) -> Found | None:
    """For optimizers whose recurrence is not identified: one step changes too much of the weights."""
    ratio: Values = context.update_ratio[_window(context)]
    huge = np.flatnonzero(ratio > HUGE_RATIO)
    at_once = (ratio[:FIRST] > REPLACED).sum() >= UNSTABLE_ROWS  # before any batch could undo what another taught
    if not context.has_matrices or (harmful_order(context) and not at_once) or context.drowned:
        return None  # batches that undo each other make steps long, and so does noise, whatever the rate
    if len(huge) < UNSTABLE_ROWS or not _harmed(context, huge):
        return None
    if huge[0] > max(FEWEST, len(ratio) // 2) and _earlier(context, int(huge[0])) is None:
        return None  # late, and at the rate that was fine before
    return _of_ratio(context, ratio, huge)


def _broke_at_once(context: Context) -> Found | None:
    """A net whose numbers broke in its first steps, right after one that was longer than its weights."""
    row, ratio = context.broken_row, context.update_ratio
    if row is None or not 0 < row <= FIRST or not context.has_matrices or not ratio[row - 1] > REPLACED:
        return None
    return _of_ratio(context, ratio[:row], np.flatnonzero(ratio[:row] > HUGE_RATIO))


def _harmed(context: Context, huge: Rows) -> bool:
    """Whether a huge step was followed by harm: a loss far above its start within a few steps, or units that died."""
    trend = context.trend
    if trend is None or not trend.log:
        return context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    loss, high = context.loss, float(np.exp(trend.start + max(np.log(LIMPING_RISE), 4.0 * trend.noise)))
    leapt = leaps_after(loss, context.overshoot, huge, high=high, soon=SOON, downhill=DOWNHILL)
    return _died(context) or (leapt and not _intact(context, int(huge[-1]), high))


def _intact(context: Context, last: int, high: float) -> bool:
    """Whether a run is as it was before a few long first steps: the loss is back, weights and gradients are as large.

    What it does or does not learn in all the steps since then is not their doing.
    """
    if last >= FIRST or len(context.series) < PROVEN * FIRST:
        return False
    curves = context.loss, context.model.norm("weight"), context.gradient_norm
    return recovered(*curves, last + 1 + SOON, high=high, grew=GREW, faded=FADED)


def _died(context: Context) -> bool:
    """Whether most units of a layer have no gradient any more, of a net that began with all of its layers alive."""
    return killed(context.series.recorded("dead_unit_fraction"), share=DIED, last=DIED_ROWS)


def _dead_by(context: Context, row: int) -> bool:
    """The same by ``row``: what moves since then is a bias or two, whose curvature is not that of the net."""
    return killed(context.series.recorded("dead_unit_fraction")[:row], share=DIED, last=DIED_ROWS)


def _of_ratio(context: Context, ratio: Values, huge: Rows) -> Found:
    at, typical = int(huge[0]), float(np.median(ratio[huge]))
    shown = context.rate_of(at)
    rate = shown if np.isfinite(shown) and shown > 0.0 else None
    first = _first_ratio(context) * _built_up(context)  # that of a healthy net still
    factor = float(np.fmax(10.0, first / SAFE_RATIO))
    earlier = _earlier(context, at)
    factor = rate / earlier if rate and earlier and rate > earlier else factor
    return advice.long_steps(context, at, typical, rate, factor, threshold=HUGE_RATIO, safe=SAFE_RATIO)


def _after_leap(context: Context) -> Found | None:
    """A rate that leapt in the midst of a run, and a loss that is higher ever since, however well it falls again.

    Information where the leap threw it far up, and it has come down again.
    """
    row, trend = _leap(context), context.trend
    earlier = None if row == 0 else _earlier(context, row)
    if trend is None or not trend.log or earlier is None:
        return None
    loss = np.log(context.loss)
    level = median(loss[max(0, row - PROVEN) : row])
    lost = median(loss[-max(PROVEN, len(loss) // 10) :]) - level
    higher = lost > max(np.log(LIMPING_RISE), 3.0 * trend.noise)
    up = float(np.nanmax(loss[row : row + PROVEN])) - level
    if not higher and not up > max(np.log(TOSSED), SIGMAS * trend.noise):
        return None
    found, rate = _of_ratio(context, context.update_ratio, np.array([row])), median(context.learning_rate[row:])
    return advice.leapt(found, context.step(row), earlier, rate, lost=lost, thrown=up, higher=higher)


def _after_longer(context: Context) -> Found | None:
    """Steps of an optimizer whose rate is not known that leap, and the loss with them; information if a run is well."""
    trend, known = context.trend, np.isfinite(context.learning_rate).any()
    if trend is None or not trend.log or known or not context.has_matrices:
        return None
    update = context.model.norm("update")
    row = longer_since(update, context.gradient_norm, proven=PROVEN, leap=LONGER)
    loss = np.log(context.loss)
    up = median(loss[row : row + PROVEN]) - median(loss[max(0, row - PROVEN) : row])
    if row == 0 or not up > max(np.log(LIMPING_RISE), 3.0 * trend.noise):
        return None
    found = _of_ratio(context, context.update_ratio, np.array([row]))
    longer = float(update[row] / median(update[row - PROVEN : row]))
    return advice.longer(found, context.step(row), longer, rise=up, alarm=context.bad)


def _limping(context: Context) -> Found | None:
    """A run that long steps threw far out at its start, and that lies flat since then, not far below where it began."""
    trend = context.trend
    if trend is None or not trend.log or not context.has_matrices or context.outcome is not Outcome.CONVERGED:
        return None
    if _otherwise_long(context):
        return None
    ratio, loss = np.nan_to_num(context.update_ratio), context.loss
    huge = np.flatnonzero(ratio > HUGE_RATIO)
    long = bool((ratio[:FIRST] > HUGE_RATIO).any()) or _died(context)
    if trend.noise > WILD and long and comes_back(loss, often=OFTEN, share=BACK) and _taken_back(context):
        found, first = _of_ratio(context, ratio, huge if len(huge) else np.arange(1)), float(ratio[:FIRST].max())
        return advice.wild(found, first, trend.noise, killed=_died(context), threshold=WILD)
    if len(huge) < LIMPING_STEPS or trend.drop > LIMPING_DROP:
        return None
    highest = float(np.nanmax(loss[huge[0] : huge[-1] + LIMPING_STEPS]))
    first = loss[np.isfinite(loss)][0]
    start = max(trend.start, float(np.log(first)) if first > 0.0 else trend.start)
    if not np.log(highest) - start > max(np.log(LIMPING_RISE), 3.0 * trend.noise):
        return None
    found, end = _of_ratio(context, ratio, huge), trend.level(trend.end)
    return advice.limping(found, len(huge), highest=highest + context.floor, end=end, threshold=HUGE_RATIO)


def _otherwise_long(context: Context) -> bool:
    """Whether noise, momentum, or batches that undo each other make steps long, whatever the rate."""
    return context.drowned or context.one_example or carried(context) or harmful_order(context)


def _replaced(context: Context) -> Found | None:
    """A net whose first steps were longer than its weights, and that has not come far below a constant answer's loss.

    What it began with was gone after them; a single layer, or one that begins at zero, has nothing to lose.
    """
    trend, ratio = context.trend, context.update_ratio
    calm = context.outcome in (Outcome.CONVERGED, Outcome.SLOW, Outcome.CONVERGING)
    if trend is None or not trend.log or not calm or len(context.layers) < 2:
        return None
    long = np.flatnonzero((ratio[:FIRST] > REPLACED) & np.isfinite(ratio[:FIRST]))
    end, constant = float(np.exp(trend.end)), context.constant_loss
    if not len(long) or not end > FLOOR * constant or context.drowned:
        return None
    found, first = _of_ratio(context, ratio, long), int(long[0])
    falls = context.outcome is Outcome.CONVERGING
    return advice.replaced(found, context.step(first), float(ratio[first]), end=end, constant=constant, falls=falls)


def _taken_back(context: Context) -> bool:
    """Whether the next batch says that the steps, all in all, led uphill, and by more than noise does at a low rate."""
    found = confirmed(context.model, slice(0, None))
    descends = bool(np.isfinite(context.stability).any())  # of other optimizers the share says little of ηh
    return found is not None and found.mean < -found.error and not (descends and found.share > -TAKEN_BACK)


RULE = Rule("high-learning-rate", "Learning rate too high", "loss, gradients, updates", check)
