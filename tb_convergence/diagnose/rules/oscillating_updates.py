"""Updates swing to and fro: harmless ringing of momentum, or a run that bounces and gets nowhere."""

import numpy as np

from tb_convergence.diagnose.context import BREAKS, Context
from tb_convergence.diagnose.estimators.batches import ALONG
from tb_convergence.diagnose.estimators.identification import Family
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.oscillation import Ringing, ringing
from tb_convergence.diagnose.estimators.periodicity import Period, pattern
from tb_convergence.diagnose.estimators.stability import limit
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.overfitting import validation
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import number
from tb_convergence.series import Values

FEWEST = 8
"""Rows: fewer do not show a swing."""

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

SHUFFLE = (
    "Shuffle before batching: `dataset.shuffle(len(x)).batch(32)`, with a buffer as large as the data.",
    "Or shuffle once by hand: `p = np.random.permutation(len(x)); x, y = x[p], y[p]`.",
)

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
    if known.sum() < FEWEST or context.classes < 2:
        return None
    typical, swing = median(in_batch), float(np.ptp(mean[known]))
    if typical > max(1.0, ONE_SIDED * context.classes) or swing < 0.5 * (context.classes - 1):
        return None
    if not _follows(mean[known]) and not _many(mean[known]):
        return None  # a few examples hold few classes, in whatever order
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING if _unwell(context) else Severity.INFO,
        confidence=0.9,
        row=0,
        evidence={"classes_in_a_batch": typical, "classes": context.classes, "swing_of_the_mean_label": swing},
        summary=(
            f"The data come in the order of their classes: a batch holds {number(typical)} of {context.classes}, and "
            "the net forgets the others until they come back."
        ),
        advice=SHUFFLE,
        expect="Most classes in every batch, and a loss without swings.",
    )


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
    angle = median(context.model.cosine("gradient", "previous_gradient"))
    apart = float(np.median(np.diff(rows)))
    return Found(
        severity=Severity.WARNING if context.unwell else Severity.INFO,
        confidence=0.8,
        row=0,
        evidence={
            "changes": len(rows),
            "changes_threshold": BREAKS,
            "steps_between_changes": apart,
            "cosine_successive_gradients": angle,
            "cosine_threshold": ALONG,
        },
        summary=(
            f"The data come sorted: successive batches ask for the same (cosine {number(angle)}), and about "
            f"every {number(apart)} steps another kind begins, of which the net has lost what it knew."
        ),
        advice=SHUFFLE,
        expect="Successive gradients that agree neither fully nor not at all, and a loss without leaps.",
    )


def _follows(mean: Values) -> bool:
    """Whether each batch's labels, or losses, are like those of the one before: correlation of neighbours."""
    x = mean - mean.mean()
    return bool((x[1:] * x[:-1]).sum() > ALIKE * (x * x).sum())


def _many(mean: Values) -> bool:
    """Whether batches hold more than FEW examples: the mean of so many whole numbers would be a fraction of them."""
    multiples = mean[:, None] * np.arange(1, FEW + 1)
    return bool((np.abs(multiples - np.round(multiples)) > WHOLE).all(axis=1).any())


def _ordered(context: Context) -> Found | None:
    """A loss that repeats every so many batches, which no optimizer makes it do: the data come in one order.

    Many a run learns from random batches in one order: that is no news of a run that is well. To blame are batches that
    are no random samples: unlike each other, or like their neighbours, so that some undo what the others teach.
    """
    found, trend = context.data_period, context.trend
    if found is None or trend is None:
        return None
    factor, harms = _swing(trend, found), harmful_order(context)
    if not harms and not context.unwell:
        return None
    undone = ", and what one teaches the next ones may undo" if harms else ""
    return Found(
        severity=Severity.WARNING if context.unwell and harms else Severity.INFO,
        confidence=0.85,
        row=0,
        evidence={
            "period": float(found.steps),
            "correlation_after_a_period": found.correlation,
            "swing_within_a_period": factor,
            "swing_threshold": UNLIKE,
        },
        summary=(
            f"The loss repeats itself every {found.steps} steps: the batches come in the same order in every epoch"
            f"{undone}."
        ),
        advice=(
            "Shuffle before batching, anew in each epoch: `dataset.shuffle(len(x)).batch(32)`, with a buffer as large "
            "as the data.",
            "If the data are shuffled already, look for what else returns every so many steps: a seed that makes each "
            "epoch's order the same, as `keras.utils.set_random_seed` does for `fit`; a generator that starts over; "
            "files that each hold one class.",
        ),
        expect="A loss without a period.",
    )


def harmful_order(context: Context) -> bool:
    """Whether batches come in one order and are no random samples: unlike each other, or like their neighbours.

    Or, where labels are known, each holds hardly more than one class.
    """
    if _sorted(context) is not None:
        return True
    found, trend = context.data_period, context.trend
    if found is None or trend is None:
        return False
    seen = pattern(trend.values, found.steps)
    return _swing(trend, found) >= UNLIKE or _follows(np.append(seen, seen[0]))


def _swing(trend: Trend, found: Period) -> float:
    """Highest over lowest loss within a period; 1 for a loss that may be negative."""
    return float(np.exp(np.ptp(pattern(trend.values, found.steps)))) if trend.log else 1.0


def _bounce(context: Context) -> Found | None:
    half = slice(len(context.series) // 2, None)
    back = context.multiplier[half]
    size = context.series.norm("update")[half], context.series.norm("previous_update")[half]
    if not context.bad or not median(back) < BOUNCE or not _nanratio(*size) > SAME_SIZE:
        return None
    row = int(np.flatnonzero(context.multiplier < BOUNCE)[0])
    typical = median(back)
    return Found(
        severity=Severity.WARNING,
        confidence=0.85,
        row=row,
        evidence={"multiplier": typical, "multiplier_threshold": BOUNCE, "period": 2.0},
        summary=(
            f"The updates bounce: each is about {number(typical)} times the one before, "
            f"from step {context.step(row)} on, and the loss does not fall."
        ),
        advice=(
            "Halve the learning rate until the updates shrink.",
            "Or decay it: the valley is narrower than the steps.",
        ),
        expect=f"An update multiplier above {BOUNCE}, and updates that get smaller.",
        variables=_most_bouncing(context, half),
    )


def _nanratio(now: Values, before: Values) -> float:
    usable = before > 0
    return median(now[usable] / before[usable]) if usable.any() else np.nan


def _most_bouncing(context: Context, rows: slice) -> tuple[str, ...]:
    cosine = context.series.recorded("cosine_update_previous_update")[rows]
    known = np.isfinite(cosine).any(axis=0)
    typical = np.where(known, np.median(np.where(np.isfinite(cosine), cosine, 1.0), axis=0), 1.0)
    return tuple(context.names[i] for i in np.argsort(typical)[:3] if typical[i] < BOUNCE)


def _ring(context: Context) -> Found | None:
    """Ringing of an exactly identified momentum on a steady curvature."""
    fit, curvature = context.fit, context.curvature[np.isfinite(context.curvature)]
    family = fit.family(0)
    if family not in (Family.MOMENTUM, Family.NESTEROV) or len(curvature) < FEWEST // 2:
        return None
    h = float(np.median(curvature))
    if h <= 0.0 or float(np.median(np.abs(curvature - h))) > STEADY * h:
        return None
    rate, momentum = float(fit.learning_rate[0]), float(fit.momentum[0])
    swing = ringing(rate * h, momentum, nesterov=family is Family.NESTEROV)
    if swing.left_after_a_period < RINGS:
        return None
    return _found_ring(context, rate, momentum, h, swing)


def _found_ring(context: Context, rate: float, momentum: float, h: float, swing: Ringing) -> Found:
    nesterov = context.fit.family(0) is Family.NESTEROV
    bound = float(limit(np.array([momentum]), nesterov=np.array([nesterov]))[0])
    return Found(
        severity=Severity.INFO,
        confidence=0.99,
        row=0,
        evidence={
            "momentum": momentum,
            "learning_rate": rate,
            "curvature": h,
            "stability_number": rate * h,
            "stability_limit": bound,
            "period": swing.period,
            "decay_per_step": swing.decay,
            "critical_momentum": swing.critical_momentum,
        },
        summary=(
            f"Momentum {number(momentum)} rings: the updates swing with a period of {number(swing.period)} steps and "
            f"lose {number(100.0 * swing.decay)} % a step at learning rate {number(rate)}."
        ),
        advice=(
            f"Nothing has to change. For the fastest decay lower the momentum to {number(swing.critical_momentum)}.",
        ),
        expect=f"At momentum {number(swing.critical_momentum)} the swings are gone.",
        variables=context.names if len(context.names) == 1 else (),
    )


RULE = Rule("oscillating-updates", "Updates oscillate", "updates, gradients", check)
