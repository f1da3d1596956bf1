"""The batch is too small: what one step gains, the noise of the next takes back."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.advice import noisy_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.batches import even, same_examples
from tb_convergence.diagnose.estimators.layers import starved
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.noise_scale import noise_to_signal, share_at_rest
from tb_convergence.diagnose.estimators.progress import Descent, confirmed
from tb_convergence.diagnose.estimators.sudden import before
from tb_convergence.diagnose.finding import Evidence, Outcome, Severity
from tb_convergence.diagnose.parts.noisy_gradient.one_example import LONG, one_example
from tb_convergence.diagnose.rules.exploding_gradient import struck
from tb_convergence.diagnose.rules.rule import (
    HINDRANCES,
    Answer,
    Clear,
    Found,
    NotApplicable,
    NotEnoughEvidence,
    Rule,
    behaves,
)

FEWEST = 50
"""Rows over which a mean shows through the noise."""

BACK = 2.0
"""Standard errors by which the next batch must say that a step led uphill.

Where noise takes back what descent gains, −η|G|² + ½η²h(|G|² + S/B) = 0 and so E⟨g, Δ⁻⟩ = ½η²h(|G|² + S/B) > 0; a run
whose progress is only hidden by noise has E⟨g, Δ⁻⟩ < 0."""

KEPT = 0.1
"""Share of a step's promised descent to aim at, |G|²/(|G|² + S/B); below, there is 9 times more noise than signal."""

TURNED = -0.25
"""cos(g, g⁻) from which steps go too far, ηh > 0.5 of 2 that are stable, whatever the batch."""

WILD = 0.3
"""Noise of log loss from one batch to the next: a third of its value. Batches of 32 have about 0.1."""

GAINED, SURE = 0.1, 3.0
"""Log loss, and its standard errors, by which a run must have been below its start to have learned something."""

CERTAIN = 0.95
"""Confidence from which it is told beside any other finding: that a step sees one example follows from no other."""

GUESS = 0.4
"""Confidence where another cause is as likely, see ``ranking.GUESS``."""

ORTHOGONAL = 0.05
"""|cos(g, g⁻)|, and what a step leaves of its slope, below which batches have nothing in common."""

LITTLE = np.log(4.0)
"""Log loss: a run that came to its floor and fell by more has learned well enough."""

COSTS = 0.25
"""Share of the loss at rest that the noise of the gradients costs, from which it is worth a word."""

ALONE = 32.0
"""Batch to begin with where it was one; normalizations are usually given as many."""

LEAST_FACTOR = 8.0
"""And none for one less many times larger: a run that it helps shows it clearly."""

LARGEST_FACTOR = 64.0
"""No advice for a batch larger than so many times."""


TRIED = 0.05
"""Sum of ‖Δ‖/‖w‖ over the run below which no batch can have led the weights anywhere, see ``low_learning_rate``."""

LONG_STEPS = 0.01
"""Mean ‖Δ‖/‖w‖ of the steps, ten times the usual, at which single examples lead a run astray that lies flat; shorter
ones average over many, and whatever keeps the loss from falling is another thing."""


def check(context: Context) -> Answer:
    """Found when batches disagree on the way and on the loss, and a run does not get on; information at its floor.

    Where each step sees one example, at least information.
    """
    found = _checked(context)
    return _of_one_example(context, found) if one_example(context) else found


def _of_one_example(context: Context, found: Answer) -> Found:
    lost = context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    lost |= context.outcome is Outcome.STALLED and float(np.nanmean(context.update_ratio)) > LONG_STEPS
    known = found.evidence if isinstance(found, Found) else {}
    harms = lost or (isinstance(found, Found) and found.severity is not Severity.INFO)
    told = advice.one_example(ALONE, median(context.learning_rate), known)
    return told if harms else replace(told, severity=Severity.INFO)


def _checked(context: Context) -> Answer:
    """As ``_of_batches`` has it, but where every step sees the same examples."""
    found, trend = _of_batches(context), context.trend
    noise = isinstance(found, Found) and "confirmed_share" in found.evidence
    if not isinstance(found, Found) or not noise or trend is None or not same_examples(context.series):
        return found
    return advice.of_same_examples(found, median(context.learning_rate), LEAST_FACTOR, noise=trend.noise)


def _of_batches(context: Context) -> Answer:
    trend = context.trend
    if trend is None or not trend.log:
        return NotApplicable("needs a positive loss")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    unclear = context.outcome is Outcome.TOO_EARLY and not trend.noise > WILD  # else it is the noise that makes it so
    if unclear or context.outcome in (Outcome.NOT_FINITE, Outcome.SLOW):
        return _broken(context, trend) or behaves(context)
    row = struck(context)
    if context.bad and row is not None:  # what came after is the doing of that one gradient
        return _of_batches(Context(before(context.series, row)))
    if context.bad and starved(context.series, context.layers):
        hidden = tuple(context.names[layer.kernel] for layer in context.layers[:-1])
        return advice.alone(hidden, batch=ALONE)
    return _judged(context, trend)


def _broken(context: Context, trend: Trend) -> Found | None:
    """Noise of one size in all variables that threw a run out in the end."""
    earlier = Context(before(context.series, context.broken_row or 0))
    if context.outcome is not Outcome.NOT_FINITE or not context.drowned or not even(earlier.series):
        return None
    found = _found(earlier, trend.noise, confirmed(earlier.model, slice(0, None)), None)
    return replace(found, severity=Severity.ERROR)


def _judged(context: Context, trend: Trend) -> Answer:
    if context.one_batch or (context.bad and not float(np.nansum(context.update_ratio)) > TRIED):
        return Clear("all steps look at the same data, or are too short to have been led astray")
    descent = confirmed(context.model, slice(0, None))
    if descent is None:
        return NotApplicable("no successive gradients and updates were recorded")
    noise = noise_to_signal(context.series, fewest=FEWEST)
    learned = not context.bad and trend.drop > LITTLE
    if noise is None and not context.drowned and not _strangers(context):
        return Clear("the next batch disagrees with the step, not with the batch before: its size is not what is wrong")
    added = context.drowned and even(context.series)  # of one size everywhere, as no labels make them
    told = not context.bad or trend.noise > WILD or _gained(trend) or added
    found = _found(context, trend.noise, descent, noise)
    if told and not learned and (context.drowned or _drowned(descent, noise)):
        return found
    if trend.noise > WILD and (_unrelated(context) or _at_its_floor(context, descent)):
        return _unsure(found, trend) if context.bad else _at_floor(found, context, trend)
    cost = _cost(context, trend)
    return _found_floor(context, trend, cost) if cost > COSTS else Clear("the batches agree well enough")


def _unsure(found: Found, trend: Trend) -> Found:
    """As information; a guess where the run never was below its start: labels that do not fit look the same."""
    if _gained(trend):
        return replace(found, severity=Severity.INFO)
    return replace(found, severity=Severity.INFO, confidence=GUESS, row=None)


def _drowned(descent: Descent, noise: float | None) -> bool:
    if noise is not None and noise < 1.0 / KEPT - 1.0:
        return False
    return descent.mean < -BACK * descent.error


def _strangers(context: Context) -> bool:
    """Whether successive gradients have as little in common as noise leaves, and each step is made of few of them.

    Their cosine is the same share |G|²/(|G|² + S/B), whatever the optimizer makes of them, and at rest −ηh/2 (Mandt et
    al. 2017, eq. 9). Gradients that agree, or turn each other round, disagree with steps for another reason, as do all
    with those of a long memory, in which noise cancels.
    """
    angle = median(context.model.cosine("gradient", "previous_gradient"))
    return TURNED < angle < KEPT and not median(context.fits.momentum) >= LONG


def _gained(trend: Trend) -> bool:
    """Whether the loss has been clearly lower than at the start: there is something to learn."""
    return trend.start - trend.best > max(GAINED, SURE * trend.error)


def _unrelated(context: Context) -> bool:
    """Whether a run that went wrong has gradients, from the first on, of which one says nothing about the next."""
    angle = context.model.cosine("gradient", "previous_gradient")
    both = max(abs(median(angle)), abs(median(angle[: FEWEST // 2])), abs(median(context.overshoot)))
    return context.bad and both < ORTHOGONAL


def _at_its_floor(context: Context, descent: Descent) -> bool:
    """Whether a run came to rest where the next batch confirms little: a larger one, or a lower rate, gets lower."""
    return context.outcome is Outcome.CONVERGED and descent.share < KEPT


def _at_floor(found: Found, context: Context, trend: Trend) -> Found:
    rate, end = median(context.learning_rate), trend.level(trend.end)
    return advice.at_floor(found, rate, end, noise=trend.noise, factor=LEAST_FACTOR)


def _cost(context: Context, trend: Trend) -> float:
    """Share of the loss at rest that the noise of the gradients keeps it at, at least; 0 where it is not at rest.

    Nor is there any share of a loss whose zero is anywhere.
    """
    if context.outcome not in (Outcome.CONVERGED, Outcome.OSCILLATING) or not trend.natural:
        return 0.0
    return share_at_rest(context.model, float(np.exp(trend.end)), slice(len(context.series) // 2, None))


def _found_floor(context: Context, trend: Trend, cost: float) -> Found:
    end, rate = trend.level(trend.end), median(context.learning_rate[len(context.series) // 2 :])
    row, angle = int(trend.rows[len(trend.rows) // 2]), _angle(context)
    return advice.at_rest(row, rate, end, cost, angle=angle, threshold=COSTS)


def _found(context: Context, spread: float, descent: Descent | None, noise: float | None) -> Found:
    share = descent.share if descent is not None else np.nan
    ratio = noise if noise is not None else (1.0 - share) / share if share > 0.0 else np.inf
    added = context.drowned or (noise is None and even(context.series))  # noise from elsewhere stays as it is
    factor = float(min(LARGEST_FACTOR, 2.0 ** np.ceil(np.log2(max(ratio, LEAST_FACTOR)))))
    factor = factor if context.bad or noise is not None else LEAST_FACTOR  # a run that gets on needs no leap
    evidence: Evidence = {
        "confirmed_share": share,
        "confirmed_share_threshold": KEPT,
        "noise_to_signal": ratio if np.isfinite(ratio) else None,
        "loss_noise": spread,
        "loss_noise_threshold": WILD,
        "cosine_successive_gradients": _angle(context),
        "suggested_batch_factor": None if added else factor,
        "source": "successive batches" if noise is None else "replicas",
    }
    rate = median(context.learning_rate)
    found = advice.too_small(factor, rate, share, evidence, noise=spread, kept=KEPT, added=added)
    confidence = found.confidence if noise is None else 0.85
    return replace(found, severity=Severity.ERROR if context.bad else Severity.INFO, confidence=confidence)


def _angle(context: Context) -> float:
    return median(context.model.cosine("gradient", "previous_gradient"))


MADE_BY_NOISE = frozenset({"exploding-gradient", "saturated-activations", "non-finite-values"})
"""Findings that noise can bring about: they are told after it."""

RULE = Rule(
    "noisy-gradient",
    "Batch too small",
    "loss, successive gradients and updates; better: replicas",
    check,
    yields_to=tuple(name for name in HINDRANCES if name not in MADE_BY_NOISE),
    certain=CERTAIN,
)
