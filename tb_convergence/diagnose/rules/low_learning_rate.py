"""The learning rate is far below what the run could bear, and the loss hardly moves."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.advice import low_learning_rate as advice
from tb_convergence.diagnose.advice.low_learning_rate import Step
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.accounting import accounts_for_slope
from tb_convergence.diagnose.estimators.clipping import limit, limit_of_each
from tb_convergence.diagnose.estimators.formulas import step_size
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.periodicity import pattern
from tb_convergence.diagnose.estimators.progress import confirmed, pace, surely_downhill
from tb_convergence.diagnose.estimators.rate_course import filled, over_first
from tb_convergence.diagnose.estimators.reach import share_of_labels
from tb_convergence.diagnose.estimators.steepness import steepness
from tb_convergence.diagnose.estimators.step_length import largest_share
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.oscillating_updates import harmful_order
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.series import Values

FEWEST = 20
"""Rows needed to tell slow from short."""

LITTLE = -np.log(0.95)
"""Log loss: the run has fallen by less than 5 %."""

LOW_RATIO = 5e-4
"""‖Δ‖/‖w‖ of one step, a fortieth of the one below."""

USUAL_RATIO = 2e-2
"""‖Δ‖/‖w‖ that a better learning rate would give in its first steps; later ones get shorter with the gradient. As
``high_learning_rate.SAFE_RATIO``: healthy starts reach 3e-2."""

BOLD = 0.5
"""ηh over its limit, at the largest curvature met, to aim at without noise: of gradient descent ηh = 1, Newton's step
along the steepest direction, which takes off the most that the descent lemma promises (Nesterov 2004, 1.2.3)."""

WARY, EVEN = 0.25, 1.1
"""The same where steps met different curvatures, the largest over their median being more than this: what was met is a
mean over the directions of the gradient, and the steepest has more."""

CAUTION = 10.0
"""Times ‖g‖²/2L, the least curvature that a loss of 0 or more allows, to suit the rate to where none was met."""

SLOPED = 0.1
"""‖g‖‖w‖/L: relative change of the loss per relative change of the weights. On a plateau it is smaller by decades."""

LONGER = 10.0
"""Times that steps could be longer, from which it is worth telling; three times would be found by trying."""

SMOOTH = 0.99
"""cos(g, g⁻) above which the loss counts as free of noise, so that the curvature is exact."""

SMOOTHEST = 0.9999
"""The same where the loss does not follow from the steps, or is too steady to show whether it does."""

FAR_DOWN = np.log(100.0)
"""Log loss: a run that fell by more has got somewhere, however slowly."""

SIGNAL = 5.0
"""Standard errors by which the next batch's gradient must confirm that the steps lead downhill."""

LIKELY, TRIED = 3.0, 0.05
"""The same, and the sum of ‖Δ‖/‖w‖ over the run below which so many will do: weights that have moved less have not
tried, see ``mismatched_labels.TRAVEL``, and a loss that lies flat is then no floor."""

UNSURE = 2.0
"""Standard errors by which gradients of successive batches must agree where the weights stay where they are; of a net
that has converged they do not, and it is only worth a word that nothing moves."""

OPPOSED = 0.15
"""Share of the batches of an epoch that ask for the opposite of the one before, from which they are sorted. With random
ones it is half at the noise floor, and next to none where the steps lead steadily down."""

STANDSTILL = 1e-3
"""Sum of ‖Δ‖/‖w‖ over the run up to which the weights are where they were: nothing can have been learned, and no
batch can say that the steps led downhill."""

GAIN = 2e-4
"""Share of the loss that one step would take off at the better rate, i.e. a half in 3,500 steps; below, the gradient
is the problem."""

MOST_RATIO = 3e-2
"""‖Δ‖/‖w‖ of a net's first steps beyond which no rate is advised: the most that healthy starts reach."""

ACCOUNTS = 3.0
"""Factor up to which −⟨g, Δ⟩/‖g‖² must lie between η and η/(1 − μ) for a rate read off the updates to be believed."""

LONGEST_MEMORY = 0.9999
"""Momentum above which a fit says no more than that each update is like the one before."""

ONE_MOMENTUM = 1e-3
"""Typical deviation of the momentum that single windows fit, from which they fit none: it is one number in all of a
run, whatever its rate does, while steps of Adam along a steady slope fit another one at each place."""

OUT_OF_REACH = 0.1
"""Size s of the outputs over that of the labels at the end of a run that never came near them: the squared error is at
least (1 − s)² of its start, so that a fall of less than 20 %, which counts as none, is all that there can be."""

LEARNED = -np.log(0.98)
"""Log loss that a run whose rate was taken away must have fallen by: otherwise the rate is not what it lacks."""

NORMALIZED = 10.0
"""Factor up to which an element's step is as long as the rate, and from which its gradient is another size."""

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

LARGEST_FACTOR = 1e6
"""No advice beyond this."""

EVERY = slice(None)


def check(context: Context) -> Answer:
    """Found when steps lead steadily downhill, are far shorter than they could be, and the loss has hardly moved."""
    trend = context.trend
    if trend is None or not trend.log:
        return _unmoved(context) or _gone(context, trend) or NotApplicable("needs a positive loss")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    return _decayed(context, trend) or _from_the_start(context, trend)


def _unmoved(context: Context) -> Found | None:
    """Whatever the loss is: weights that stay where they are, though all batches ask them the same way.

    A warning, since no loss says how much there is to be had there.
    """
    moved = context.update_ratio[np.nan_to_num(context.update_ratio) > 0.0]
    if len(context.series) < FEWEST or not len(moved) or context.one_of_several or context.warming_up:
        return None
    if not _still(context) or not _agree(context, sigmas=SIGNAL):
        return None
    ratio, rate = median(moved), _rate(context)
    return advice.unmoved(context, ratio, rate, min(USUAL_RATIO / ratio, LARGEST_FACTOR), threshold=LOW_RATIO)


def _from_the_start(context: Context, trend: Trend) -> Answer:
    moves = trend.drop > LITTLE + 3.0 * trend.error
    waits = not moves or _lingers(trend) or _could_run(context, trend)
    early = context.outcome is Outcome.TOO_EARLY and _still(context)
    slow = context.outcome in (Outcome.SLOW, Outcome.STALLED, Outcome.CONVERGING)
    if not (slow or early) or not waits:
        return Clear("the loss moves")
    if context.warming_up:
        return NotEnoughEvidence("the learning rate is still rising")
    step = _measure(context)
    rate = context.series.step("learning_rate")
    cut = limit(context.model, rate, context.fits.learning_rate) or limit_of_each(context.series, rate)
    if step is not None and cut is not None and cut.uncut > LONGER * cut.norm:
        step = replace(
            step, factor=cut.uncut / cut.norm, longest=cut.uncut / cut.norm
        )  # as the rate that was set has it
    if step is None or step.longest < LONGER:
        return _of_labels(context, moves=moves) or Clear("the steps are not too short")
    if cut is None and step.progress * step.longest < GAIN:
        return _untried(context, trend, step) or Clear("the steps are not too short")
    if cut is None:
        found = _found(context, trend, step)
    else:
        found = advice.clipped(context, trend, step, cut, threshold=LOW_RATIO)
    return _weighed(context, found, early=early, moves=moves)


def _weighed(context: Context, found: Found, *, early: bool, moves: bool) -> Found:
    """As grave as it is certain, and as the run goes."""
    if _still(context) and not _agree(context):
        return replace(found, severity=Severity.INFO, confidence=0.6)
    if early:
        return replace(found, severity=Severity.WARNING)
    return replace(found, severity=Severity.INFO, confidence=0.7) if moves and not context.bad else found


def _untried(context: Context, trend: Trend, step: Step) -> Found | None:
    """A warning where the gradient is small as well, as around a saddle, which steps of the rate's own length leave."""
    if context.outcome is not Outcome.SLOW or not _hardly_moved(context) or not _as_long_as_the_rate(context):
        return None
    return replace(_found(context, trend, step), severity=Severity.WARNING, confidence=0.7)


def _hardly_moved(context: Context) -> bool:
    return float(np.nansum(context.update_ratio)) < TRIED


def _as_long_as_the_rate(context: Context) -> bool:
    """Whether steps are as long as the rate that was set, however small the gradient, as those of Adam are.

    Then it is the rate that makes them short, and not a plateau on which the gradient is nearly gone.
    """
    size = np.sqrt(context.series.sizes.sum())
    rate = context.series.step("learning_rate")
    step, slope = median(context.model.norm("update") / size / rate), median(context.gradient_norm / size)
    return 1.0 / NORMALIZED < step < NORMALIZED and slope < step / NORMALIZED


def _agree(context: Context, *, sigmas: float = UNSURE, rows: slice = EVERY) -> bool:
    """Whether gradients of successive batches have a direction in common, whatever the steps made of them."""
    along = context.model.inner("gradient", "previous_gradient")[rows]
    known = along[np.isfinite(along)]
    return len(known) > 1 and bool(known.mean() > sigmas * known.std() / np.sqrt(len(known)))


def _lingers(trend: Trend) -> bool:
    """Whether a loss that falls has not halved, and takes more than the run again to do so."""
    found = pace(trend)
    return found is not None and trend.drop < np.log(2.0) and found.rows_to_halve > len(trend.values)


def _could_run(context: Context, trend: Trend) -> bool:
    """Whether a run on one batch, whose curvature is known without noise, is still on its way."""
    smooth = median(context.model.cosine("gradient", "previous_gradient")) > SMOOTH
    return context.one_batch and smooth and trend.drop < FAR_DOWN


def _decayed(context: Context, trend: Trend) -> Found | None:
    """A schedule that took the rate away before the run had learned much, and since then the loss lies flat.

    Information where it had learned a good deal by then, and the next gradients say that there was more to be had.
    """
    rates = _rates(context)
    told = _known(rates) >= FEWEST
    rates = rates if told else _as_steps_show(context)
    if _known(rates) < FEWEST:
        return None
    row, first, late = _taken_away(rates)
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


def _known(rates: Values) -> int:
    return int((np.isfinite(rates) & (rates > 0.0)).sum())


def _taken_away(rates: Values) -> tuple[int, float, float]:
    """Row at which the rate fell below ``DECAYED`` of the first, −1: it did not for good; the first, and a late one.

    A rate of 0 is one that is gone, but before the first above it, as at the start of a warm-up.
    """
    began = int(np.argmax(rates > 0.0))
    known = rates[began:][np.isfinite(rates[began:])]
    first, late = float(known[0]), median(known[-len(known) // 4 :])
    below = began + np.flatnonzero(np.nan_to_num(rates[began:], nan=first) < DECAYED * first)
    return int(below[0]) if late < DECAYED * first else -1, first, late


def _gone(context: Context, trend: Trend | None) -> Found | None:
    """Of a loss that says nothing: a rate that was taken away early, from weights that all batches still ask to move.

    Information, since no loss says how much there is to be had.
    """
    rates = _rates(context)
    if trend is None or context.one_of_several or len(rates) < FEWEST or _known(rates) < FEWEST:
        return None
    row, first, late = _taken_away(rates)
    rests = slice(len(rates) // 2, None)
    still = float(np.nansum(context.update_ratio[rests])) < STANDSTILL
    if not 0 <= row < len(rates) * EARLY or not still or not _agree(context, sigmas=SIGNAL, rows=rests):
        return None
    found = advice.decayed(context, trend, row, first, late, told=True, threshold=DECAYED)
    return replace(found, severity=Severity.INFO)


def _rates(context: Context) -> Values:
    """The rate of each row, float64 [T], NaN where it is not known: as set, as identified, or as the steps show it."""
    set_ = context.series.step("learning_rate")
    if np.isfinite(set_).mean() >= 0.5:
        return set_  # clipping, too, makes steps short, and is no schedule
    found = filled(context.learning_rate if _identified(context) else set_, context.model, straight=STRAIGHT)
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


def _measure(context: Context) -> Step | None:
    """``None`` when the next gradient does not confirm the descent, i.e. when the run has come to its noise floor.

    Nor can it where batches come in an order of their own, and the next is like this one: not in one that was drawn by
    lot and is the same in each epoch. Where the weights stay where they are, no next batch is asked.
    """
    still = _still(context)  # steps so short that rounding makes their curvature
    if not still and (_own_order(context) or len(context.kinds)):
        return None
    # the next batch's gradient is independent of this step's noise: its mean is the true descent
    descent = divide(-context.model.inner("gradient", "previous_update"), context.loss)
    known = descent[np.isfinite(descent)]
    if len(known) < FEWEST // 2:
        return None
    mean, error = float(known.mean()), float(known.std() / np.sqrt(len(known)))
    moved = context.update_ratio > 0.0  # accumulation leaves weights alone in between
    ratio = median(context.update_ratio[moved])
    if still:
        size = np.fmax(context.loss, np.abs(context.series.step("loss")))  # a floor says little of a loss that stays
        mean = median(divide(-context.model.inner("gradient", "update"), size)[moved])
    elif not mean > (LIKELY if _hardly_moved(context) else SIGNAL) * error:
        return None
    if not ratio > 0.0:
        return None
    factor = USUAL_RATIO / ratio if ratio < LOW_RATIO else 0.0
    steepest = np.nan
    if _smooth(context) and not still:
        steepest = _steepest(context)
        if not steepest > 0.0 and _sloped(context):  # over a hilltop: −⟨g, Δ⟩/L = η‖g‖²/L, and ηh/2 a quarter or more
            steepest = CAUTION * mean / 4.0
        factor = BOLD / steepest if steepest > 0.0 else factor
        most = MOST_RATIO if _identified(context) else USUAL_RATIO
        first = np.fmax(ratio, median(context.update_ratio[:FEWEST]))  # later steps are shorter by themselves
        factor = min(factor, most / first) if _fragile(context) else factor
    safe = factor if not steepest > 0.0 or _even(context) else min(factor, WARY / steepest)
    return Step(ratio, steepest, mean, min(factor, LARGEST_FACTOR), min(safe, LARGEST_FACTOR))


def _own_order(context: Context) -> bool:
    """Whether the data come in an order that was not drawn by lot: many a batch is opposed to the one before.

    As where classes give way to one another; where each goes on for longer, ``kinds`` has them. Random batches agree
    while the steps lead steadily down, but for a last one of few examples.
    """
    found, angle = context.data_period, context.model.cosine("gradient", "previous_gradient")
    if found is None:
        return False
    typical = median(angle)
    around = pattern(np.where(np.isfinite(angle), angle, typical), found.steps)
    return harmful_order(context) or not float((typical + around < 0.0).mean()) < OPPOSED


def _fragile(context: Context) -> bool:
    """Whether long steps would spoil what the net began with: a single layer's weights are worth nothing at first."""
    return context.has_matrices and len(context.layers) != 1


def _smooth(context: Context) -> bool:
    """Whether gradients differ by what the steps do to them, and not by their batches, which short steps drown in."""
    cosine = median(context.model.cosine("gradient", "previous_gradient"))
    return cosine > (SMOOTH if context.one_batch else SMOOTHEST)


def _still(context: Context) -> bool:
    """Whether the weights are where they were."""
    return float(np.nansum(context.update_ratio)) < STANDSTILL


def _even(context: Context) -> bool:
    """Whether every step met about the same curvature."""
    known = context.curvature[np.isfinite(context.curvature)]
    return len(known) > 0 and float(known.max()) < EVEN * median(known)


def _sloped(context: Context) -> bool:
    """Whether a step as long as the weights would take a good part off the loss, at this slope: no plateau."""
    weight, loss = context.model.norm("weight"), context.loss
    return median(steepness(context.gradient_norm, weight, loss)) > SLOPED


def _steepest(context: Context) -> float:
    """The largest share of its limit that a step had; where the optimizer is not known, of the slope that it used up.

    A step that ends where the slope is zero has gone half as far as the limit of gradient descent.
    """
    of_slope = 0.5 * (1.0 - context.overshoot)
    return largest_share((context.stability, of_slope) if _identified(context) else (of_slope,), fewest=FEWEST // 2)


def _identified(context: Context) -> bool:
    """Whether the rate that the updates show accounts for them."""
    rate, momentum = median(context.fits.learning_rate), median(context.fits.momentum)
    one = median(np.abs(context.fits.momentum - momentum)) < ONE_MOMENTUM
    known = rate > 0.0 and momentum < LONGEST_MEMORY and one
    return known and accounts_for_slope(context.model, rate, momentum, within=ACCOUNTS)


def _rate(context: Context) -> float:
    """The rate that people can change: as set, where it is known, else as the steps show it; NaN: neither."""
    setting = median(context.series.step("learning_rate"))  # what people can change, where it is known
    shown = median(context.learning_rate) if _identified(context) else np.nan
    # on a steady slope momentum cannot be told from a rate 1/(1 − μ) times as high, but for the first step
    shown = float(np.minimum(shown, np.fmin(step_size(context.model)[0], shown)))
    return setting if np.isfinite(setting) else shown


def _found(context: Context, trend: Trend, step: Step) -> Found:
    rate = _rate(context)
    found = advice.too_low(context, trend, step, rate, threshold=LOW_RATIO)
    return found if len(context.series) >= 2 * FEWEST else replace(found, severity=Severity.WARNING)


def _of_labels(context: Context, *, moves: bool) -> Found | None:
    """Labels so large that steps of the usual length take for ever to reach them."""
    share, descent = share_of_labels(context.series), confirmed(context.model, slice(0, None))
    if moves or share is None or not share < OUT_OF_REACH:
        return None
    if descent is None or not descent.mean > SIGNAL * descent.error:
        return None
    return advice.large_labels(context, share, threshold=OUT_OF_REACH)


RULE = Rule("low-learning-rate", "Learning rate too low", "loss, gradients, updates", check)
