"""The learning rate is above what the curvature of the loss allows."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.formulas import step_size
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.outcome import SIGMAS, diverging_since
from tb_convergence.diagnose.estimators.progress import climbs, confirmed
from tb_convergence.diagnose.estimators.sudden import before
from tb_convergence.diagnose.finding import Evidence, Outcome, Severity
from tb_convergence.diagnose.rules.excessive_momentum import carried
from tb_convergence.diagnose.rules.exploding_gradient import struck
from tb_convergence.diagnose.rules.oscillating_updates import harmful_order
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.diagnose.wording import keras_call, number, times
from tb_convergence.diagnose.wording import rate as rate_
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
        found = _after_leap(context) or _limping(context) or _replaced(context) or _thrown(context)
        return found or behaves(context)
    if _born_dead(context):
        return Clear("a layer is dead since before the first step: only what lies behind it moves")
    if _uphill(context):
        return Clear("the updates go up the gradient: their sign is wrong, not their size")
    found = _by_curvature(context, local=True) or _by_ratio(context) or _by_curvature(context, local=False)
    found = found or _by_step(context)
    return found or Clear("steps are within the stability limit")


def _born_dead(context: Context) -> bool:
    """Whether no unit of the layer before the last had a gradient in the very first row, nor in most of the last.

    What moves then is a bias or two, whose curvature is not that of the net.
    """
    if len(context.layers) < 2:
        return False
    dead = context.series.recorded("dead_unit_fraction")[:, context.layers[-2].kernel]
    return bool(dead[0] == 1.0) and median(dead[-DIED_ROWS:]) == 1.0


def _uphill(context: Context) -> bool:
    """Whether the rate that the updates show is negative, or they go up the gradient from the first on."""
    return climbs(context.model) or median(context.fits.learning_rate) < 0.0


def _window(context: Context) -> slice:
    """Rows up to a little after the onset of trouble; all rows when there is no such moment."""
    row = context.judgement.row
    if row is None:
        return slice(0, len(context.series))
    left = diverging_since(context.trend) if context.trend is not None else None  # long before numbers give out
    row = row if left is None else min(row, left)
    return slice(0, row + max(FEWEST, row // 4) + 1)


def _by_curvature(context: Context, *, local: bool) -> Found | None:
    """From ηh; ``local``: only where the step was short enough for its secant to tell the curvature where it began."""
    if context.has_matrices and harmful_order(context):
        return None  # from one class to the next the gradient changes by more than any curvature
    stability = context.stability[_window(context)]
    rising = context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    unstable = np.flatnonzero(stability > (MARGIN if rising else EDGE))
    unstable = unstable[unstable >= _leap(context)]
    if len(unstable) < UNSTABLE_ROWS or (not rising and not _stuck(context, unstable)):
        return None
    if context.has_matrices and not _lasts(stability[unstable[0] :]):
        return None
    at = _first_long(context, int(unstable[0]))
    finite = unstable[np.isfinite(stability[unstable])][:FIRST]
    far = context.has_matrices and len(finite) > 0 and not context.update_ratio[finite[0] - 1] < HUGE_RATIO
    if not len(finite) or (local and far and not _steady(context.curvature[finite])):
        return None
    curvature = _curvature(context, finite)
    rate = float(np.median(context.fits.learning_rate[finite]))
    return _found(context, at, rate, _evidence(context, finite, rate, curvature))


def _curvature(context: Context, rows: Rows) -> float:
    """Curvature that the rate must suit, of the steps at ``rows``; of few numbers, where they met several curvatures.

    On a parabola steps that blow up turn to its steepest direction, and what they meet rises to that and stays. Else
    each is that of a place that the one before was thrown to, and none is known where the run began: less than
    ‖g‖²/2L it cannot be, since a parabola of curvature h takes ‖g‖²/2h off the loss, which ends at 0 or above.
    """
    found = float(np.median(context.curvature[rows]))
    if context.has_matrices or _steady(context.curvature[rows]):
        return found
    late = np.flatnonzero(np.isfinite(context.stability) & (context.stability > MARGIN))[-FEWEST:]
    if _steady(context.curvature[late]):
        return float(np.median(context.curvature[late]))
    first, loss = context.gradient_norm[0], context.series.step("loss")[0]
    known = context.curvature[rows]
    alike = len(known) > 1 and known.max() < FAR_APART * known.min()
    if alike or not (loss > 0.0 and first > 0.0):
        return found
    return float(min(known[0], CAUTION * first**2 / (2.0 * loss)))


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


def _steady(curvature: Values) -> bool:
    """Whether every step met the same curvature: the loss is a parabola along them, however long they were."""
    middle = float(np.median(curvature))
    return len(curvature) >= FEWEST and bool(np.all(np.abs(curvature - middle) < STEADY * abs(middle)))


def _stuck(context: Context, unstable: Rows) -> bool:
    """A flat loss was thrown there by steps far beyond the limit, or is held there by most steps being at it."""
    thrown = bool(np.median(context.stability[unstable]) > THROWN)
    return thrown or len(unstable) > 0.5 * np.isfinite(context.stability).sum()


def _evidence(context: Context, rows: Rows, rate: float, curvature: float) -> dict[str, float]:
    number_ = rate * curvature
    bound = float(np.median((context.fits.learning_rate * context.curvature / context.stability)[rows]))
    return {
        "learning_rate": rate,
        "largest_stable_learning_rate": bound / curvature,
        "stability_number": number_,
        "stability_limit": bound,
        "curvature": curvature,
        "momentum": float(np.median(context.fits.momentum[rows])),
        "multiplier": median(context.multiplier[rows]),
        "overshoot": median(context.overshoot[rows]),
        "unstable_steps": len(rows),
        "suggested_learning_rate": _earlier(context, int(rows[0])) or _safe(context, rate, bound / curvature),
    }


def _found(context: Context, row: int, rate: float, evidence: dict[str, float]) -> Found:
    largest = evidence["largest_stable_learning_rate"]
    safe = evidence["suggested_learning_rate"]
    place = "above" if rate > MARGIN * largest else "at"
    return Found(
        severity=Severity.ERROR,
        confidence=0.97 if np.isfinite(context.loss_change_ratio).any() else 0.9,
        row=row,
        evidence=evidence,
        summary=(
            f"The learning rate {rate_(rate)} is {place} the largest stable rate {rate_(largest)} "
            f"(stability number {number(evidence['stability_number'])}, limit {number(evidence['stability_limit'])})."
        ),
        advice=(
            f"Lower the learning rate from {rate_(rate)} to below {rate_(largest)}; {rate_(safe)} is safe"
            f"{_as_code(context, safe)}.",
            "Or warm up: begin there, and raise it over the first few hundred steps.",
        ),
        expect=f"Stability number below {number(evidence['stability_limit'])}, and a loss that falls from the start.",
        variables=_steepest(context, row),
    )


def _safe(context: Context, rate: float, largest: float) -> float:
    """Half the largest stable rate; in a net also no more than what keeps the first step short."""
    first = _first_ratio(context)
    unsure = context.has_matrices and first > SAFE_RATIO and not _steady(context.curvature[1 : FIRST + 1])
    short = rate * SAFE_RATIO / first if unsure else np.inf
    return float(min(largest / 2.0, max(short, largest / 2.0 / MOST_CAUTION)))


def _first_ratio(context: Context) -> float:
    """‖Δ‖/‖w‖ of the first step, with ‖w‖ no less than that of kernels of variance 1/fan_in; NaN: not known.

    Weights that begin near zero make any step long.
    """
    weight = float(np.sqrt(np.nansum(context.series.norm("weight")[0, context.kernels] ** 2)))
    usual = float(np.sqrt(sum(v.shape[-1] for v in context.series.variables if len(v.shape) >= 2)))
    return float(context.update_ratio[0]) * (weight / max(weight, usual) if weight > 0.0 else 1.0)


def _leap(context: Context) -> int:
    """The row at which the rate leaps far above that of the rows before, which are not to blame then; 0: none."""
    rates = context.learning_rate
    known = np.flatnonzero(np.isfinite(rates) & (rates > 0.0))
    high = known[rates[known] > LEAP * median(rates[known[:PROVEN]])]
    return _dated(context, known, int(high[0])) if len(high) and high[0] >= PROVEN else 0


def _dated(context: Context, known: Rows, row: int) -> int:
    """The first row of the higher rate that is identified at ``row``.

    A window that holds both rates fits neither, so that the rows before are unknown; each step's own size tells them.
    """
    before = int(known[known < row].max(initial=-1)) + 1
    size = step_size(context.model)
    leapt = np.flatnonzero(size[before:row] > LEAP * median(size[:before]))
    return before + int(leapt[0]) if len(leapt) else row


def _earlier(context: Context, row: int) -> float | None:
    """The rate at which the run got on before one that is a good deal higher; ``None``: there was none."""
    trend, before = context.trend, context.learning_rate[:row]
    known = before[np.isfinite(before)]
    later = context.learning_rate[row:]
    if len(known) < PROVEN or trend is None or not median(later[np.isfinite(later)][:FIRST]) > LEAP * median(known):
        return None
    return median(known) if trend.values[: row + 1].min() < trend.values[0] else None


def _as_code(context: Context, rate: float | None) -> str:
    call = None if rate is None else keras_call(context.series.optimizer, "learning_rate", rate)
    return f": {call}" if call else ""


def _steepest(context: Context, row: int) -> tuple[str, ...]:
    """Up to three variables that moved most, relative to their size."""
    ratio = context.series.norm("update")[row] / np.maximum(context.series.norm("weight")[row], 1e-30)
    order = [i for i in np.argsort(-np.nan_to_num(ratio, nan=-1.0)) if i in set(context.kernels.tolist())]
    return tuple(context.names[i] for i in order[:3])


def _by_step(context: Context) -> Found | None:
    """Whatever the optimizer: steps up to the onset that ended far beyond the minimum along their own line."""
    row, loss = context.judgement.row, context.series.step("loss")
    if row is None or context.has_matrices:
        return None  # between two batches the slopes of a net tell nothing for certain; its steps are judged by length
    past = context.overshoot[: row + FEWEST]
    rose = np.zeros(len(past), np.bool_)
    rose[1:] = ~(loss[1 : len(past)] < LIMPING_RISE * np.abs(loss[: len(past) - 1]))  # NaN and infinity included
    beyond = np.flatnonzero((past < PAST) & rose)
    if len(beyond) < UNSTABLE_ROWS and not (past[beyond] < FAR_PAST).any():
        return None
    at, share = int(beyond[0]), 1.0 - float(past[beyond[0]])
    set_ = context.series.step("learning_rate")[at - 1]
    rate = float(set_) if np.isfinite(set_) else None
    factor = max(10.0, share)
    target = f"from {rate_(rate)} to {rate_(rate / factor)}" if rate else f"by a factor of {number(factor)}"
    return Found(
        severity=Severity.ERROR,
        confidence=0.8,
        row=at - 1,
        evidence={
            "overshoot": float(past[at]),
            "overshoot_threshold": PAST,
            "steps_past_the_minimum": len(beyond),
            "learning_rate": rate,
            "suggested_learning_rate": rate / factor if rate else None,
        },
        summary=(
            f"The learning rate{f' {rate_(rate)}' if rate else ''} is too high: the step at {context.step(at - 1)} "
            f"went {times(share)} as far as to the minimum along its line, where 2 ends as high as it began."
        ),
        advice=(f"Lower the learning rate {target}{_as_code(context, rate / factor if rate else None)}.",),
        expect="Slopes that shrink along each step without turning round, and a loss that falls from the start.",
        variables=_steepest(context, at - 1),
    )


def _extent(ratio: float) -> str:
    if ratio < 1.0:
        return f"changes {number(100.0 * ratio)} % of the weights"
    return f"is {times(ratio)} as long as the weights themselves"


def _thrown(context: Context) -> Found | None:
    """Information on a function of few numbers that the first steps threw far up, though it came down again."""
    trend, loss = context.trend, context.series.step("loss")
    if trend is None or not trend.log or context.has_matrices or not context.one_batch or carried(context):
        return None
    beyond = np.flatnonzero((context.overshoot[1:FEWEST] < PAST) & (loss[1:FEWEST] > TOSSED * loss[0]))
    if not len(beyond):
        return None
    set_, fitted = median(context.series.step("learning_rate")), float(context.fit.learning_rate[0])
    rate, highest = set_ if np.isfinite(set_) else fitted, float(np.nanmax(loss))  # single rows of Adam fit any rate
    known, at = bool(np.isfinite(rate) and rate > 0.0), int(beyond[0])
    target = f"from {rate_(rate)} to {rate_(rate / 10.0)}" if known else "tenfold"
    return Found(
        severity=Severity.INFO,
        confidence=0.7,
        row=at,
        evidence={
            "overshoot": float(context.overshoot[at + 1]),
            "overshoot_threshold": PAST,
            "highest_loss": highest,
            "first_loss": float(loss[0]),
            "learning_rate": rate if known else None,
            "suggested_learning_rate": rate / 10.0 if known else None,
        },
        summary=(
            f"The learning rate{f' {rate_(rate)}' if known else ''} is probably too high: the step at "
            f"{context.step(at)} went past the minimum along its line and took the loss from "
            f"{number(float(loss[0]))} up to {number(highest)}."
        ),
        advice=(f"Lower the learning rate {target}{_as_code(context, rate / 10.0 if known else None)}.",),
        expect="A loss that falls from the first step on.",
        variables=_steepest(context, at),
    )


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


def _harmed(context: Context, huge: Rows) -> bool:
    """Whether a huge step was followed by harm: a loss far above its start within a few steps, or units that died.

    Not by one that answered to a loss that had leapt already, nor by one at whose end the slope still goes downhill.
    """
    trend = context.trend
    if trend is None or not trend.log:
        return context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    loss, high = context.series.step("loss"), float(np.exp(trend.start + max(np.log(LIMPING_RISE), 4.0 * trend.noise)))
    for row in huge:
        after = loss[row + 1 : row + 1 + SOON]
        follows = row + 1 < len(loss) and context.overshoot[row + 1] > DOWNHILL
        leapt = bool((~(after < high)).any())  # NaN and infinity included
        if leapt and not follows and not loss[row] > high:
            return _died(context) or not _intact(context, huge, high)
    return _died(context)


def _intact(context: Context, huge: Rows, high: float) -> bool:
    """Whether a run is as it was before a few long first steps: the loss is back, weights and gradients are as large.

    What it does or does not learn in all the steps since then is not their doing.
    """
    last = int(huge[-1])
    if last >= FIRST or len(context.series) < PROVEN * FIRST:
        return False
    after = slice(last + 1 + SOON, None)
    weight, gradient = (median(norm[after]) / norm[0] for norm in (context.model.norm("weight"), context.gradient_norm))
    return median(context.series.step("loss")[after]) < high and 1.0 / GREW < weight < GREW and gradient > FADED


def _died(context: Context) -> bool:
    """Whether most units of a layer have no gradient any more, of a net that began with all of its layers alive."""
    dead = np.nan_to_num(context.series.recorded("dead_unit_fraction"))
    return bool(((dead[-DIED_ROWS:] >= DIED).mean(axis=0) > 0.5).any()) and not (dead[0] >= DIED).any()


def _of_ratio(context: Context, ratio: Values, huge: Rows) -> Found:
    shown = context.rate_of(int(huge[0]))
    rate = shown if np.isfinite(shown) and shown > 0.0 else None
    typical = float(np.median(ratio[huge]))
    factor = float(np.fmax(10.0, _first_ratio(context) / SAFE_RATIO))  # the first step is still that of a healthy net
    before = _earlier(context, int(huge[0]))
    factor = rate / before if rate and before and rate > before else factor
    known: Evidence = {"update_ratio": typical, "threshold": HUGE_RATIO, "learning_rate": rate}
    target = f"from {rate_(rate)} to {rate_(rate / factor)}" if rate else f"by a factor of {number(factor)}"
    return Found(
        severity=Severity.ERROR,
        confidence=0.75,
        row=int(huge[0]),
        evidence={**known, "suggested_learning_rate": rate / factor if rate else None},
        summary=(
            f"The learning rate{f' {rate_(rate)}' if rate else ''} is too high: one step "
            f"{_extent(typical)}, where 0.1 to 1 % is usual."
        ),
        advice=(
            f"Lower the learning rate {target}{_as_code(context, rate / factor if rate else None)}.",
            "Or warm up: raise it to its value over the first hundred steps.",
        ),
        expect=f"Update-to-weight ratio near {number(SAFE_RATIO)}, and a loss that falls from the start.",
        variables=_steepest(context, int(huge[0])),
    )


def _after_leap(context: Context) -> Found | None:
    """A rate that leapt in the midst of a run, and a loss that is higher ever since, however well it falls again.

    Information where the leap threw it far up, and it has come down again.
    """
    row, trend = _leap(context), context.trend
    before = None if row == 0 else _earlier(context, row)
    if trend is None or not trend.log or before is None:
        return None
    loss = np.log(context.series.step("loss"))
    level = median(loss[max(0, row - PROVEN) : row])
    lost = median(loss[-max(PROVEN, len(loss) // 10) :]) - level
    higher = lost > max(np.log(LIMPING_RISE), 3.0 * trend.noise)
    thrown = float(np.nanmax(loss[row : row + PROVEN])) - level
    if not higher and not thrown > max(np.log(TOSSED), SIGMAS * trend.noise):
        return None
    found = _of_ratio(context, context.update_ratio, np.array([row]))
    rate = median(context.learning_rate[row:])
    harm = f"is {times(float(np.exp(lost)))} what it was just before, to the end"
    harm = harm if higher else f"was thrown up to {times(float(np.exp(thrown)))} what it was just before"
    summary = (
        f"The learning rate is probably too high: at step {context.step(row)} it leaps from {rate_(before)} to "
        f"{rate_(rate)}, and the loss {harm}."
    )
    severity = Severity.WARNING if higher else Severity.INFO
    return replace(found, severity=severity, confidence=0.7, summary=summary)


def _limping(context: Context) -> Found | None:
    """A run that long steps threw far out at its start, and that lies flat since then, not far below where it began."""
    trend = context.trend
    if trend is None or not trend.log or not context.has_matrices or context.outcome is not Outcome.CONVERGED:
        return None
    if context.drowned or carried(context) or harmful_order(context):
        return None  # noise makes steps long, and so do momentum and batches that undo each other, whatever the rate
    ratio = np.nan_to_num(context.update_ratio)
    long = bool((ratio[:FIRST] > HUGE_RATIO).any()) or _died(context)
    if trend.noise > WILD and long and _restless(context) and _taken_back(context):
        return _wild(context, ratio, trend.noise)
    huge = np.flatnonzero(ratio > HUGE_RATIO)
    if len(huge) < LIMPING_STEPS or trend.drop > LIMPING_DROP:
        return None
    loss = context.series.step("loss")
    thrown = float(np.nanmax(loss[huge[0] : huge[-1] + LIMPING_STEPS]))
    first = loss[np.isfinite(loss)][0]
    start = max(trend.start, float(np.log(first)) if first > 0.0 else trend.start)
    if not np.log(thrown) - start > max(np.log(LIMPING_RISE), 3.0 * trend.noise):
        return None
    found, end = _of_ratio(context, ratio, huge), float(np.exp(trend.end))
    summary = (
        f"The learning rate is probably too high: {len(huge)} steps changed more than {number(100.0 * HUGE_RATIO)} % "
        f"of the weights and took the loss up to {number(thrown)}; since then it lies flat near {number(end)}."
    )
    evidence = {**found.evidence, "huge_steps": len(huge), "highest_loss": thrown, "last_loss": end}
    return replace(found, severity=Severity.WARNING, confidence=0.6, summary=summary, evidence=evidence)


def _replaced(context: Context) -> Found | None:
    """A net whose first steps were longer than its weights, and that has not come far below a constant answer's loss.

    What it began with was gone after them; a single layer, or one that begins at zero, has nothing to lose.
    """
    trend, ratio = context.trend, context.update_ratio
    calm = context.outcome in (Outcome.CONVERGED, Outcome.SLOW, Outcome.CONVERGING)
    if trend is None or not trend.log or not calm or len(context.layers) < 2:
        return None
    long = np.flatnonzero((ratio[:FIRST] > REPLACED) & np.isfinite(ratio[:FIRST]))
    high = float(np.exp(trend.end)) > FLOOR * context.constant_loss
    if not len(long) or not high or context.drowned:
        return None
    found, end = _of_ratio(context, ratio, long), float(np.exp(trend.end))
    first, share = context.step(int(long[0])), 100.0 * end / context.constant_loss
    summary = (
        f"The learning rate is probably too high: the step at {first} {_extent(float(ratio[long[0]]))}, and the loss "
        f"is at {number(end)}, {number(share)} % of a constant answer's."
    )
    evidence = {**found.evidence, "last_loss": end, "constant_loss": context.constant_loss}
    falls = context.outcome is Outcome.CONVERGING
    severity = Severity.INFO if falls else Severity.WARNING
    return replace(found, severity=severity, confidence=0.6, summary=summary, evidence=evidence)


def _restless(context: Context) -> bool:
    """Whether the loss of the second half comes back, now and then, to a good part of the first."""
    loss = context.series.step("loss")
    known = loss[np.isfinite(loss)]
    return float(np.quantile(known[len(known) // 2 :], OFTEN)) > BACK * float(known[0])


def _taken_back(context: Context) -> bool:
    """Whether the next batch says that the steps, all in all, led uphill, and by more than noise does at a low rate."""
    found = confirmed(context.model, slice(0, None))
    descends = bool(np.isfinite(context.stability).any())  # of other optimizers the share says little of ηh
    return found is not None and found.mean < -found.error and not (descends and found.share > -TAKEN_BACK)


def _wild(context: Context, ratio: Values, noise: float) -> Found:
    """Information on a run at rest that began with huge steps, and whose loss jumps from step to step ever since."""
    huge = np.flatnonzero(ratio > HUGE_RATIO)
    found = _of_ratio(context, ratio, huge if len(huge) else np.arange(1))
    killed = ", most units of a layer have died since" if _died(context) else ""
    summary = (
        f"The learning rate is probably too high to settle: the first steps changed up to "
        f"{number(100.0 * float(ratio[:FIRST].max()))} % of the weights{killed}, and the loss jumps by "
        f"{number(100.0 * noise)} % from step to step."
    )
    evidence = {**found.evidence, "loss_noise": noise, "loss_noise_threshold": WILD}
    return replace(found, severity=Severity.INFO, confidence=0.6, summary=summary, evidence=evidence)


RULE = Rule("high-learning-rate", "Learning rate too high", "loss, gradients, updates", check)
