"""The gradient is, or suddenly becomes, larger by powers of ten than the run can use."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.advice import exploding_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.outliers import outliers, spikes
from tb_convergence.diagnose.estimators.steepness import steepness
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules import saturated_activations
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.series import Values

Rows = NDArray[np.int64]

FEWEST = 10
"""Rows, of which the typical norm is taken."""

SPIKE = 100.0
"""Norm over its typical value; two powers of ten, where healthy runs stay within one (measured, and SPIKE_SIGMAS)."""

SPIKE_SIGMAS = 6.0
"""Robust standard deviations of log ‖g‖ that a spike must exceed as well."""

LESSER = 10.0
"""Norm over all before it, and ‖Δ‖/‖w‖ likewise, of a leap whose own step spoils the weights."""

STEEP = 300.0
"""‖g‖‖w‖/L: relative change of the loss per relative change of the weights.

At most 143 in healthy nets of 2 to 20 layers, 960 and more in recurrent nets that explode (simulated)."""

MOVES = 1e-3
"""‖Δ‖/‖w‖ of a step that the steep gradient makes more than small; a converged net is steep and still."""

SPOILS = 0.1
"""‖Δ‖/‖w‖ of a step after which the gradient tells of the step, not of the net."""

USUAL = 0.9
"""Share of the gradients before a spike that clipping must leave as they are."""

SMALLEST_CLIP = 0.1
"""Norm: no advice to clip below."""

LEARNED = 0.1
"""Loss over that of a constant answer, below which a run begins with its task learned: its small loss then makes any
gradient steep."""

AROUND = 10
"""Rows on either side of one that may stand out, of which the usual norm is taken: a few steps in which a run changes
little."""

TIMES = 4.0
"""Norm over the usual one of the rows before, and over that of the rows after it. What falls or rises for good, however
steeply, stands out of one side only."""

APART_SIGMAS = 6.0
"""Robust standard deviations of log ‖g‖ about its running median that it must exceed as well."""

REPEATED = 2
"""Steps that stand out, each of those around it, from which batches unlike the others are worth a word."""

UNEXPLAINED = 0.5
"""Deviation of the loss change ratio from 1, of a run on one batch, from which a step saw other data."""

BEFORE = 5
"""Rows before a spike in which the steps must have been stable for the spike to be a cause."""


def check(context: Context) -> Answer:
    """Found when a run went wrong whose gradient was steep from the start, or spiked while steps were stable.

    Information where it was steep from the start, on a run that gets on, and has not come far; and where single steps
    stand out of those around them, again and again.
    """
    norm = context.gradient_norm
    usable = np.isfinite(norm) & (norm > 0)
    if not usable.any():
        return NotApplicable("no gradients were recorded")
    steep = 0.0 if context.drowned else _steepness(context)  # the length of noise says nothing of the loss
    if steep > STEEP and _born_saturated(context):
        steep = 0.0
    enough = bool(usable.sum() >= FEWEST)
    rows = spikes(norm, usable, times=SPIKE, sigmas=SPIKE_SIGMAS) if enough else np.array([], np.int64)
    if not len(rows) or not _stable_before(context, int(rows[0])):
        rows = _leap(context, usable)
    if len(rows) and not _stable_before(context, int(rows[0])):
        rows = rows[:0]
    if (steep > STEEP or len(rows)) and (context.bad or _set_back(context, rows)):
        return _found(context, rows, usable, steep)
    if context.lukewarm and steep > STEEP:
        return replace(_found(context, rows, usable, steep), severity=Severity.INFO, confidence=0.6)
    apart = _foreign(context)
    if len(apart) >= REPEATED and not context.drowned:
        return advice.outliers(context, apart, around=AROUND, threshold=TIMES, left=USUAL)
    if steep > STEEP or len(rows):
        return behaves(context, "the gradient is large at times, and the loss falls nevertheless")
    return Clear() if enough else NotEnoughEvidence(f"needs {FEWEST} steps, got {int(usable.sum())}")


def _foreign(context: Context) -> Rows:
    """Rows that stand out, and above nearly all others, after short steps; of a run on one batch with other losses."""
    norm, ratio = context.gradient_norm, np.nan_to_num(context.update_ratio)
    rows = outliers(norm, around=AROUND, times=TIMES, sigmas=APART_SIGMAS)
    rows = rows[norm[rows] > np.quantile(norm, USUAL)] if len(rows) else rows
    calm = np.array([(ratio[max(0, row - BEFORE) : row] <= SPOILS).all() for row in rows], np.bool_)
    unlike = np.abs(context.loss_change_ratio[rows] - 1.0) > UNEXPLAINED
    return rows[calm & (unlike | (not context.one_batch))]


def _born_saturated(context: Context) -> bool:
    """Whether units were at their ends before the first step: what drives them there, large weights, is steep, too."""
    found = saturated_activations.check(context)
    return isinstance(found, Found) and found.row == 0


def _leap(context: Context, usable: NDArray[np.bool_]) -> Rows:
    """The first row whose norm is SPIKE times all of the rows before it: a run that diverges afterwards hides it.

    LESSER times will do of one whose own step spoils the weights, and is as much longer than all before it.
    """
    norm, ratio = context.gradient_norm, np.nan_to_num(context.update_ratio)
    highest = np.maximum.accumulate(np.where(usable, norm, 0.0))[:-1]
    spoils = ratio[1:] > np.maximum(SPOILS, LESSER * np.maximum.accumulate(ratio)[:-1])
    high = (norm[1:] > SPIKE * highest) | (spoils & (norm[1:] > LESSER * highest))
    leaps = np.flatnonzero(usable[1:] & high & (np.cumsum(usable)[:-1] >= BEFORE)) + 1
    return leaps[:1]


def _stable_before(context: Context, first: int) -> bool:
    """Whether the steps before the first spike were stable; what unstable steps lead to is their fault.

    A step on a parabola of curvature h multiplies the gradient by at most 1 + ηh: a leap far beyond that is another's
    doing, however near the limit the steps were.
    """
    rows = slice(max(0, first - BEFORE), first)
    stability, ratio = (np.nan_to_num(x[rows]) for x in (context.stability, context.update_ratio))
    number_ = np.nan_to_num(context.learning_rate * context.curvature)[rows]
    norm = context.gradient_norm
    grown = float(norm[rows].max(initial=0.0)) * (1.0 + float(number_.max(initial=0.0)))
    unstable = (stability > 1.0).sum() >= 2 and not norm[first] > LESSER * grown
    return not unstable and (ratio > SPOILS).sum() < 2 and first >= BEFORE


def struck(context: Context) -> int | None:
    """The row whose gradient leapt although the steps before it were stable and as long as ever; ``None``: none did.

    A batch unlike all others, or the edge of a cliff: no rate brought the run there.
    """
    norm, ratio = context.gradient_norm, np.nan_to_num(context.update_ratio)
    for row in _leap(context, np.isfinite(norm) & (norm > 0.0)):
        usual = LESSER * float(np.median(ratio[:row]))
        if _stable_before(context, int(row)) and ratio[row - BEFORE : row].max() < usual:
            return int(row)
    return None


def _steepness(context: Context) -> float:
    """Largest ‖g‖‖w‖/L of the first rows, as long as no update spoiled the weights; 0 when unknown."""
    if context.trend is None or not context.trend.log:
        return 0.0
    # no less than the usual loss at the start, or that of a task learned: a small one makes any gradient steep
    usual = np.fmax(np.exp(context.trend.start), LEARNED * context.constant_loss)
    loss = np.maximum(context.loss[:BEFORE], usual)
    steep = steepness(context.gradient_norm[:BEFORE], context.model.norm("weight")[:BEFORE], loss)
    spoiled = np.nan_to_num(context.update_ratio[:BEFORE]) > SPOILS
    untouched: NDArray[np.bool_] = (
        np.cumsum(spoiled) - spoiled == 0
    )  # up to the first update that spoils, its gradient included
    moves = np.nan_to_num(context.update_ratio[:BEFORE]) > MOVES
    known = steep[untouched & moves & (loss > 0) & np.isfinite(steep)]
    return float(known.max()) if len(known) else 0.0


def _set_back(context: Context, rows: Rows) -> bool:
    """Whether the loss right after a spike was clearly worse than before it."""
    trend = context.trend
    if trend is None or not trend.log:
        return False
    loss = np.log(np.where(context.loss > 0, context.loss, np.nan))
    for row in rows:
        before, after = loss[max(0, row - BEFORE) : row], loss[row + 1 : row + 1 + BEFORE]
        if len(before) and len(after) and np.median(after) - np.median(before) > max(np.log(2.0), 5.0 * trend.noise):
            return True
    return False


def _usual(norm: Values, rows: Rows, usable: NDArray[np.bool_], steep: float) -> float:
    """The norm to clip at: what nearly all have that come before the first spike, else the median; less where steep.

    What a spike leaves behind, units that died or a loss that lies flat, has gradients of another size; and those of
    the first steps are as long as they must be to get anywhere.
    """
    before = norm[: rows[0]][usable[: rows[0]]] if len(rows) else norm[:0]
    typical = float(np.quantile(before, USUAL)) if len(before) else float(np.median(norm[usable]))
    tamed = float(norm[usable][0]) * STEEP / steep / 10.0 if steep > STEEP else np.inf
    return min(typical, max(tamed, SMALLEST_CLIP))


def _found(context: Context, rows: Rows, usable: NDArray[np.bool_], steep: float) -> Found:
    norm = context.gradient_norm
    usual, peak = _usual(norm, rows, usable, steep), int(np.argmax(np.where(usable, norm, -1.0)))
    evidence = {
        "largest_gradient_norm": float(norm[peak]),
        "usual_gradient_norm": usual,
        "spikes": len(rows),
        "spike_threshold": SPIKE,
        "steepness": steep,
        "steepness_threshold": STEEP,
        "suggested_clipnorm": usual,
    }
    if len(rows):
        return advice.spikes(context, 0 if steep > STEEP else int(rows[0]), peak, usual, evidence)
    return advice.steep(context, float(norm[usable][0]), steep, usual, evidence)


RULE = Rule("exploding-gradient", "Gradient explodes", "gradients, loss", check)
