"""Updates swing to and fro: harmless ringing of momentum, or a run that bounces and gets nowhere."""

import numpy as np

from tb_convergence.diagnose.advice import oscillating_updates as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.batch_order import more_than, neighbours_alike, swing
from tb_convergence.diagnose.estimators.batches import ALONG, BREAKS
from tb_convergence.diagnose.estimators.bounce import size_kept, turning
from tb_convergence.diagnose.estimators.identification import Family
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.oscillation import ringing
from tb_convergence.diagnose.estimators.periodicity import Period, pattern
from tb_convergence.diagnose.estimators.stability import limit
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.overfitting import validation
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule

FEWEST = 8
"""Rows: fewer do not show a swing."""

LOOKS = 4
"""Batches looked at that are one-sided, each of which random ones of more than 8 examples are not."""

BOUNCE = -0.5
"""⟨Δ, Δ⁻⟩/‖Δ⁻‖² below which each step takes back more than half of the last; noise alone gives −ηλ/2."""

SAME_SIZE = 0.99
"""Median of ‖Δ‖/‖Δ⁻‖ from which the swings do not shrink."""

STEADY = 0.02
"""Relative spread of the curvature below which the recurrence of a parabola is believed."""

ONE_SIDED = 0.3
"""Share of all classes up to which a batch is one-sided; 8 random examples of 10 classes hold 5.7 of them."""

FEW, WHOLE = 8, 1e-3
"""Examples of a batch that may be of few classes by chance, see above; distance to a whole number that is no rounding
of float32: labels of 1000 classes are held to 6e-5."""

ALIKE = 0.5
"""Correlation of the mean labels, or of the losses, of successive batches, from which they come in order; 0
in shuffled data."""

UNLIKE = 4.0
"""Highest over lowest loss within an epoch, from which batches are no random samples of one set: over 30 batches of 32
examples, whose losses spread by about 1.5 times their mean, 4 standard errors span a factor of e."""

STANDSTILL = 1e-3
"""Sum of ‖Δ‖/‖w‖ over the run up to which no batch can have undone what another taught, see ``low_learning_rate``."""

VALIDATIONS = 3
"""Last validations whose median shows whether a net has learned anything but the batches of the moment."""

RINGS = 0.05
"""Share of a swing that is left after a period, from which it is worth telling."""


def check(context: Context) -> Answer:
    """A warning for a bounce without progress, information about a ringing that decays."""
    if not np.isfinite(context.multiplier).any():
        return NotApplicable("no successive updates were recorded")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    return _sorted(context) or _blocks(context) or _ordered(context) or _bounce(context) or _ring(context) or Clear()


def _sorted(context: Context) -> Found | None:
    """Batches of hardly more than one class each, and other ones later: the loss swings with the order of data."""
    step = context.series.step
    in_batch, mean = step("label_classes"), step("label_mean")
    known = np.isfinite(in_batch) & np.isfinite(mean)
    if known.sum() < LOOKS or context.classes < 2:
        return None
    typical, moved = median(in_batch), float(np.ptp(mean[known]))
    if typical > max(1.0, ONE_SIDED * context.classes) or moved < 0.5 * (context.classes - 1):
        return None
    if not neighbours_alike(mean[known], correlation=ALIKE) and not more_than(mean[known], FEW, whole=WHOLE):
        return None  # a few examples hold few classes, in whatever order
    severity = Severity.ERROR if context.bad else Severity.WARNING if _unwell(context) else Severity.INFO
    return advice.by_class(severity, typical, context.classes, moved)


def _unwell(context: Context) -> bool:
    """Whether a run is unwell by its loss, or, where each batch is easy by itself, by that on data of all classes."""
    name = validation(context)
    values = context.series.step(name) if name is not None else np.empty(0)
    known = values[np.isfinite(values)]
    return context.unwell or (len(known) >= FEWEST and bool(np.median(known[-VALIDATIONS:]) > known[0]))


def _blocks(context: Context) -> Found | None:
    """Batches that are alike for a while, then of another kind, again and again; a warning where a run is unwell."""
    rows = context.kinds
    moved = float(np.nansum(context.update_ratio)) > STANDSTILL
    if not moved or not len(rows):
        return None
    angle, apart = median(context.model.cosine("gradient", "previous_gradient")), float(np.median(np.diff(rows)))
    severity = Severity.WARNING if context.unwell else Severity.INFO
    return advice.by_kind(severity, len(rows), apart, angle, thresholds=(BREAKS, ALONG))


def _ordered(context: Context) -> Found | None:
    """A loss that repeats every so many batches, which no optimizer makes it do: the data come in one order.

    Many a run learns from random batches in one order: that is no news of a run that is well. To blame are batches that
    are no random samples: unlike each other, or like their neighbours, so that some undo what the others teach. Of a
    net that has learned a few hard examples make up most of the loss, so that random batches are unlike as well. One
    of two players may have a period from the other, whose steps its own do not explain.
    """
    found, trend = context.data_period, context.trend
    if found is None or trend is None or context.one_of_several:
        return None
    factor, harms = swing(trend, found.steps), harmful_order(context)
    if not context.unwell and not (harms and _like_their_neighbours(trend, found)):
        return None
    severity = Severity.WARNING if context.unwell and harms else Severity.INFO
    return advice.in_one_order(severity, found, factor, harms=harms, threshold=UNLIKE)


def harmful_order(context: Context) -> bool:
    """Whether batches come in one order and are no random samples: unlike each other, or like their neighbours.

    Or each holds hardly more than one class, where labels are known; or kinds of them give way to one another.
    """
    if _sorted(context) is not None or _blocks(context) is not None:
        return True
    found, trend = context.data_period, context.trend
    if found is None or trend is None:
        return False
    return swing(trend, found.steps) >= UNLIKE or _like_their_neighbours(trend, found)


def _like_their_neighbours(trend: Trend, found: Period) -> bool:
    """Whether the losses of an epoch's batches follow each other, around it."""
    seen = pattern(trend.values, found.steps)
    return neighbours_alike(np.append(seen, seen[0]), correlation=ALIKE)


def _bounce(context: Context) -> Found | None:
    half = slice(len(context.series) // 2, None)
    typical = median(context.multiplier[half])
    if not context.bad or not typical < BOUNCE or not size_kept(context.series, half) > SAME_SIZE:
        return None
    row = int(np.flatnonzero(context.multiplier < BOUNCE)[0])
    most = tuple(context.names[i] for i, angle in turning(context.series, half)[:3] if angle < BOUNCE)
    return advice.bounces(row, context.step(row), typical, most, threshold=BOUNCE)


def _ring(context: Context) -> Found | None:
    """Ringing of an exactly identified momentum on a steady curvature."""
    fit, curvature = context.fit, context.curvature[np.isfinite(context.curvature)]
    family = fit.family(0)
    if family not in (Family.MOMENTUM, Family.NESTEROV) or len(curvature) < FEWEST // 2:
        return None
    h = float(np.median(curvature))
    if h <= 0.0 or float(np.median(np.abs(curvature - h))) > STEADY * h:
        return None
    rate, momentum, nesterov = float(fit.learning_rate[0]), float(fit.momentum[0]), family is Family.NESTEROV
    found = ringing(rate * h, momentum, nesterov=nesterov)
    if found.left_after_a_period < RINGS:
        return None
    bound = float(limit(np.array([momentum]), nesterov=np.array([nesterov]))[0])
    one = context.names if len(context.names) == 1 else ()
    return advice.rings(found, one, rate=rate, momentum=momentum, curvature=h, limit=bound)


RULE = Rule("oscillating-updates", "Updates oscillate", "updates, gradients", check)
