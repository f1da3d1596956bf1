"""A schedule that took the rate away before the run had learned much."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.advice import low_learning_rate as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.progress import surely_downhill
from tb_convergence.diagnose.estimators.rate_course import filled, known, over_first, taken_away
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.parts.low_learning_rate.short_steps import (
    FEWEST,
    SIGNAL,
    STANDSTILL,
    TRIED,
    agree,
    identified,
)
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.series import Values

LEARNED = -np.log(0.98)
"""Log loss that a run whose rate was taken away must have fallen by: otherwise the rate is not what it lacks."""

EARLIEST = 5
"""Rows whose steps stand for the first rate where no rate is known."""

GONE = 1e-3
"""‖g‖ over that of the first rows, from which it is the gradient that has gone, and not the rate."""

VISIBLE = 1e-5
"""‖Δ‖/‖w‖ of those, of which a hundredth is still above float32's rounding of the weights, 6e-8."""

DECAYED = 0.1
"""Learning rate over the first from which a schedule has taken it away."""

STRAIGHT = -0.99
"""cos(g, Δ) of updates that are a rate times the gradient, and not those of an optimizer of another kind."""

VANISHED = 1e-3
"""The same where only the steps show it: Adagrad's shrink by √t of themselves, and those of Adam with its gradients."""

GIVEN_UP = 0.2
"""Share of the run after which a rate that is gone has been gone for most of it."""

EARLY = 0.5
"""Share of the run before which that is too early."""


def decayed(context: Context, trend: Trend) -> Found | None:
    """A schedule that took the rate away before the run had learned much, and since then the loss lies flat.

    Information where it had learned a good deal by then, and the next gradients say that there was more to be had.
    """
    rates = _rates(context)
    told = known(rates) >= FEWEST
    rates = rates if told else _as_steps_show(context)
    if known(rates) < FEWEST:
        return None
    row, first, late = taken_away(rates, share=DECAYED)
    downhill = _downhill(context, slice(len(rates) // 2, None))
    guessed = not told and not late < VANISHED * first  # from steps that may shrink by themselves
    if not 0 <= row < len(rates) * EARLY or (guessed and not (context.lukewarm and downhill)):
        return None
    if not (trend.drop >= LEARNED or downhill or _gave_up(context, row)):
        return None
    stalled = context.outcome in (Outcome.STALLED, Outcome.SLOW)
    if not stalled and (context.unwell or not downhill):
        return None
    found = advice.decayed(context, trend, row, first, late, told=told, threshold=DECAYED)
    return found if stalled and not guessed else replace(found, severity=Severity.INFO)


def decayed_unseen(context: Context, trend: Trend | None) -> Found | None:
    """Of a loss that says nothing: a rate that was taken away early, from weights that all batches still ask to move.

    Information, since no loss says how much there is to be had.
    """
    rates = _rates(context)
    if trend is None or context.one_of_several or len(rates) < FEWEST or known(rates) < FEWEST:
        return None
    row, first, late = taken_away(rates, share=DECAYED)
    rests = slice(len(rates) // 2, None)
    still = float(np.nansum(context.update_ratio[rests])) < STANDSTILL
    if not 0 <= row < len(rates) * EARLY or not still or not agree(context, sigmas=SIGNAL, rows=rests):
        return None
    found = advice.decayed(context, trend, row, first, late, told=True, threshold=DECAYED)
    return replace(found, severity=Severity.INFO)


def _rates(context: Context) -> Values:
    """The rate of each row, float64 [T], NaN where it is not known: as set, as identified, or as the steps show it."""
    set_ = context.series.step("learning_rate")
    if np.isfinite(set_).mean() >= 0.5:
        return set_  # clipping, too, makes steps short, and is no schedule
    found = filled(context.learning_rate if identified(context) else set_, context.model, straight=STRAIGHT)
    return np.where(found > 0.0, found, np.nan)  # a step of nothing, as while gradients add up, shows no rate


def _as_steps_show(context: Context) -> Values:
    """The rate of each row over the first ones', float64 [T], at most; NaN: steps of rounding, or of a dead net."""
    update = context.model.norm("update")
    late = context.gradient_norm[-len(update) // 4 :]
    gone = not median(late) > GONE * median(context.gradient_norm[:EARLIEST])  # a dead net's steps end by themselves
    if gone or not median(context.update_ratio[:EARLIEST]) > VISIBLE:
        return np.full(len(update), np.nan)
    return over_first(update, context.gradient_norm, first=EARLIEST)


def _gave_up(context: Context, row: int) -> bool:
    """Whether hardly anything was tried after ``row``, early in the run: what it could have learned is not known."""
    quarter = len(context.series) // 4
    return row < GIVEN_UP * len(context.series) and float(np.nansum(context.update_ratio[quarter:])) < TRIED


def _downhill(context: Context, rows: slice) -> bool:
    """Whether the next batch confirms the descent of these steps: the run is not at its noise floor."""
    return surely_downhill(context.model, rows, sigmas=SIGNAL, fewest=FEWEST)
