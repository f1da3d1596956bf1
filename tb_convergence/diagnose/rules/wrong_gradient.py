"""The gradient is not the derivative of the loss."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.advice import wrong_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.bracket import brackets
from tb_convergence.diagnose.estimators.factor import Factor, of_comparisons, of_parts, of_share, of_steps
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.probe import at_the_ends, factors
from tb_convergence.diagnose.estimators.progress import climbs
from tb_convergence.diagnose.estimators.reference import SAMPLE_ERROR, reference_factor, sampled_error, sampled_share
from tb_convergence.diagnose.estimators.scale import bias_excess, bias_scatter, kernel_share
from tb_convergence.diagnose.estimators.trapezoid import loss_change, ratio_of_leaps, shares, typical, weighed
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import number
from tb_convergence.schema.statistics import UPDATE_SKIPPED
from tb_convergence.series import Values

FEWEST = 4
"""Steps that must agree on the factor."""

OFF = 0.01
"""Relative deviation of the factor from 1 that counts; records hold 24 bits, float32 losses some 1e-4."""

SAMPLED = 0.25
"""The same of inner products that are estimated from samples: 5 % in each length (README), and their error is the same
at every step, since the sample is; five standard errors of two lengths and more."""

BEGINNING = 10
"""First steps whose factor tells how the gradients are made: code does not change on the way, data may."""

AGREE = 0.002
"""Relative spread of the factor over steps below which it is exact: a parabola, or a reference from the tape."""

SMOOTH = 0.05
"""Relative spread up to which the loss counts as deterministic; minibatches spread by far more than 1."""

SIGMAS = 5.0
"""Spreads by which an inexact factor must differ from 1."""

TURNED = 0.99
"""Cosine to the tape's own gradient below which the direction is wrong."""

LEAP = 0.2
"""Loss change over loss that stands out of the noise of batches."""

STILL_DOWNHILL = 0.5
"""Slope along a step at its end over that at its start, from which the whole step goes downhill."""

OPPOSITE = 0.9
"""Share of such steps in which the loss must go the other way; the rest is left to noise."""

PROBED_OFF = 0.1
"""The same for a factor from the loss of one batch before and after a step: what is left of higher derivatives."""

PROBED_SPREAD = 0.5
"""Relative spread over steps up to which one factor is common to all variables."""

CERTAIN = 8.0
"""Standard errors by which the factor of a single variable must lie on the wrong side: there are many variables."""

ASIDE, FAR_ASIDE = 2.0, 5.0
"""Factor by which the fall of the loss must differ from what the gradients account for: in every part of the run that
falls or rises for certain, and in one part alone."""

ALIKE = 1.5
"""Largest over smallest factor of those parts up to which they agree."""

UNEXPLAINED = 0.02
"""Share of the square of the loss's changes that what the variables promise may leave over in a loss without noise: the
trapezoid's own error, of steps that are not short. Batches leave nearly all of it."""

MANY = 0.1
"""Share of the steps that change the loss to a percent as they promise, from which the gradient is right. By chance,
where batches scatter the ratio by 1 and more, it is 0.008."""

SIGN = 0.4
"""|factor| from which a loss that rises as the gradients say it must fall has gradients of the wrong sign."""

LONGEST = 1.1
"""‖∂L/∂b‖/√2 of the last bias above which the gradient is not that of a mean cross-entropy."""

USUAL_SCATTER, SCATTER = 3.8, 0.2
"""‖∂L/∂b‖ of the last bias over the standard deviation of the loss from batch to batch, while a cross-entropy is near
that of guessing: both are means over the same examples, so that their number cancels. The median of 82 trainings, half
of which lie within 2.9 and 8.2 and the least at 0.74; and a quarter of the least."""

SCATTERED = 5.0
"""Times that this may be larger or smaller than usual: twice as far in decades as half of the trainings."""

KERNELS, LEAST_KERNELS = 0.05, 0.4
"""Gradients of all kernels over those of their biases; and the least of it in healthy nets of any kind (simulated)."""

VISIBLE = 1e-5
"""Loss change over loss below which a float32 loss cannot show it to a percent."""


def check(context: Context) -> Answer:
    """Compares with the tape's own gradient where that was recorded, else with the change of the loss."""
    if np.isfinite(context.series.recorded("reference_norm")).any():
        return _by_reference(context) or _by_probe(context) or Clear("it agrees with the tape's own gradient")
    found = _ascent(context) or _by_the_ends(context) or _by_probe(context) or _by_loss(context)
    if isinstance(found, Found | Clear) or _loss_scaling(context):
        return found
    return _by_descent(context) or _by_bound(context) or _by_scatter(context) or _by_biases(context) or found


def _least_off(context: Context) -> float:
    """Deviation of the factor that counts: the more of what steps promise is known from samples, the larger."""
    share = sampled_share(context.series)
    return max(OFF, SAMPLED * share) if np.isfinite(share) else OFF


def _loss_scaling(context: Context) -> bool:
    """Whether gradients are multiplied on purpose, and divided again in the optimizer."""
    scaled = "LossScale" in str((context.series.optimizer or {}).get("class", ""))
    return scaled or bool(np.isfinite(context.series.step(UPDATE_SKIPPED)).any())


def _ascent(context: Context) -> Found | None:
    """Updates that go up the gradient, in a run whose loss rises: the sign is wrong between gradient and update.

    It may come to rest higher up, on a hilltop.
    """
    trend = context.trend
    rose = context.bad and context.one_batch and trend is not None and -trend.drop > SIGMAS * trend.error
    if context.outcome not in (Outcome.DIVERGED, Outcome.NOT_FINITE) and not rose:
        return None
    rate, cosine = median(context.fits.learning_rate), median(context.model.cosine("gradient", "update"))
    if not rate < 0.0 and not (climbs(context.model) and len(context.series) >= FEWEST):
        return None
    return advice.ascent(rate, cosine)


def _by_reference(context: Context) -> Found | None:
    series, cosine = context.series, context.series.recorded("reference_cosine")
    factor = reference_factor(series)
    found = [(i, *typical(factor[:, i])) for i in range(factor.shape[1])]
    turned = [i for i, *_ in found if median(cosine[:, i]) < TURNED]
    least = [OFF if v.sampled is None else SAMPLED for v in series.variables]
    scaled = [(i, f) for i, f, spread in found if abs(f - 1.0) > least[i] and spread < AGREE and i not in turned]
    if turned:
        return _turned(context, turned, cosine)
    if scaled:
        worst = sorted(scaled, key=lambda pair: -abs(np.log(abs(pair[1]) + 1e-30)))
        blur = SAMPLE_ERROR if series.variables[worst[0][0]].sampled is not None else 0.0
        names, of_worst = tuple(context.names[i] for i, _ in worst), of_comparisons(factor[:, worst[0][0]], blur)
        return _scaled(context, of_worst, 0.0, names, source="the tape's own gradient", exact=True)
    return None


def _turned(context: Context, columns: list[int], cosine: Values) -> Found:
    columns = sorted(columns, key=lambda i: median(cosine[:, i]))
    names, angle = tuple(context.names[i] for i in columns), median(cosine[:, columns[0]])
    return advice.turned(names, angle, alarm=context.bad or angle < 0.0, threshold=TURNED)


def _by_probe(context: Context) -> Found | None:
    """From the same batch before and after the update, which no noise of batches disturbs (``loss_fn=``)."""
    found = factors(context.series)
    if found is None or context.clipped or context.drowned:
        return None  # noise that is added to a gradient promises what no loss keeps
    turned = np.flatnonzero((found.each < 0.0) & (found.each + CERTAIN * found.error < 1.0))
    least = max(PROBED_OFF, _least_off(context), SIGMAS * found.spread)
    off = abs(found.whole.value - 1.0) > least and found.spread < PROBED_SPREAD
    exact, factor, spread = False, found.whole, found.spread
    names: tuple[str, ...] = ()
    if off and not 0 < len(turned) < len(context.names):
        exact = found.spread < AGREE and _least_off(context) == OFF
    elif len(turned):
        factor, spread, names = _of_one(context, turned, found.each, found.error)
    else:
        return None
    seen = _scaled(context, factor, spread, names, source="the loss of the same batch", exact=exact)
    return advice.from_the_tape(seen, alarm=exact or context.unwell) if found.taped else seen


def _by_the_ends(context: Context) -> Found | None:
    """From the slopes at the ends of probed steps on one batch, which may be as long as they like."""
    ratio = at_the_ends(context.series)
    ratio = ratio[np.isfinite(ratio) & (ratio != 0.0)]
    middle, spread = typical(ratio)
    if len(ratio) < FEWEST or spread > AGREE or abs(middle - 1.0) < _least_off(context) or context.clipped:
        return None
    exact, factor = _least_off(context) == OFF, of_comparisons(ratio, sampled_error(context.series))
    return _scaled(context, factor, spread, (), source="the slopes after the steps", exact=exact)


def _of_one(
    context: Context, columns: NDArray[np.int64], share: Values, error: Values
) -> tuple[Factor, float, tuple[str, ...]]:
    """Factor and spread of the first of ``columns``, and the names of all."""
    first = int(columns[0])
    names = tuple(context.names[i] for i in columns)
    return of_share(float(share[first]), float(error[first])), float(error[first] / abs(share[first])), names


def _by_loss(context: Context) -> Answer:
    ratio = context.loss_change_ratio
    change, loss = loss_change(context.series), context.series.step("loss")
    visible = np.isfinite(ratio) & (np.abs(change) > VISIBLE * np.abs(loss)) & (ratio != 0.0)
    if not np.isfinite(loss).any():
        return NotApplicable("the loss is not known")
    if visible.sum() < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps with a visible change of the loss, got {int(visible.sum())}")
    _, spread = typical(ratio[visible])
    if spread > SMOOTH:
        return (
            _by_variables(context, visible)
            or _reversed(context)
            or NotApplicable(
                "the gradients are clipped"
                if context.clipped
                else "the loss differs from step to step by more than the steps explain (minibatches)"
            )
        )
    found, least = of_steps(ratio[visible], sampled_error(context.series)), _least_off(context)
    factor = found.value
    right_at_first = abs(median(ratio[visible][:BEGINNING]) - 1.0) < least  # later it is the loss or its data
    if right_at_first or abs(factor - 1.0) < max(least, SIGMAS * spread if spread > AGREE else 0.0):
        return Clear("the loss changes as the gradient says")
    if 0.0 < factor < 1.0 and context.clipped:  # it only shortens
        return NotApplicable(f"the gradients are clipped, here to about {number(factor)} × the derivative")
    names = _culprits(context, visible)
    exact = spread < AGREE and least == OFF
    return _scaled(context, found, spread, names, source="the loss change", exact=exact)


def _by_variables(context: Context, visible: NDArray[np.bool_]) -> Found | None:
    """From a loss without noise whose changes follow from what each variable promises, but not with one factor for all.

    Steps of which one variable climbs while the others descend have a sum that may be anything.
    """
    found = weighed(context.series, visible)
    if found is None or found.unexplained > UNEXPLAINED:
        return None
    sure = np.abs(found.share - 1.0) > CERTAIN * found.error
    off = sure & ((found.share < 1.0 / ASIDE) | (found.share > ASIDE))
    right = np.abs(found.share - 1.0) < PROBED_OFF + SIGMAS * found.error
    if not off.any() or not (right | off).all() or not right.any():
        return None
    order = np.array(sorted(np.flatnonzero(off), key=lambda i: float(found.share[i])))
    factor, spread, names = _of_one(context, order, found.share, found.error)
    return _scaled(context, factor, spread, names, source="the loss change", exact=False)


def _by_descent(context: Context) -> Found | None:
    """From the fall of the loss over parts of the run, which the noise of single batches does not hide."""
    if context.one_of_several or context.clipped:
        return None
    if context.drowned or context.data_period is not None or len(context.kinds):
        return None  # noise hides the fall, and batches in one order know the steps before them
    if _right_at_first(context):
        return None
    parts = brackets(context.series, context.model)
    middles = np.array([part.middle for part in parts])
    climbs = bool((middles < -SIGN).all())
    if not len(parts) or not (climbs or (middles > 0.0).all()):
        return None
    aside = ASIDE if len(parts) > 1 else FAR_ASIDE
    off = all(part.high < 1.0 / aside or part.low > aside for part in parts)
    alike = np.abs(middles).max() <= ALIKE * np.abs(middles).min()
    if not off or not alike or (climbs and (len(parts) < 2 or not context.bad)):
        return None
    _, spread = typical(middles)
    return _scaled(context, of_parts(parts), spread, (), source="the fall of the loss", exact=False)


def _right_at_first(context: Context) -> bool:
    """Whether the first steps, without noise, changed the loss as the gradients say: it or its data changed later.

    Or many steps did, to a percent: others are long, and the loss bends along them.
    """
    ratio, loss = context.loss_change_ratio, context.series.step("loss")
    visible = ratio[np.abs(loss_change(context.series)) > VISIBLE * np.abs(loss)]
    middle, spread = typical(ratio[: BEGINNING + 1])
    many = len(visible) >= FEWEST and bool((np.abs(visible - 1.0) < OFF).mean() > MANY)
    return many or (spread < SMOOTH and abs(middle - 1.0) < SMOOTH)


def _by_bound(context: Context) -> Found | None:
    """A last bias whose gradient is longer than any mean cross-entropy gives it."""
    apt = context.guessing and context.unwell and not context.drowned
    excess = bias_excess(context.series, context.layers, context.classes) if apt else 0.0
    if not excess > LONGEST:
        return None
    least = Factor(excess, low=excess)
    return _scaled(context, least, 0.0, (), source="the longest gradient that cross-entropy can have", exact=False)


def _by_scatter(context: Context) -> Found | None:
    """A last bias whose gradient is far shorter than the loss, from batch to batch, scatters."""
    share = bias_scatter(context.series, context.layers, context.classes) if context.guessing else np.inf
    if not share < SCATTER:
        return None
    usual = Factor(share / USUAL_SCATTER, share / (USUAL_SCATTER * SCATTERED), share / (USUAL_SCATTER / SCATTERED))
    return _scaled(context, usual, 0.0, (), source="the scatter of the loss over batches", exact=False)


def _by_biases(context: Context) -> Found | None:
    """Gradients of kernels that are far below those of their biases, in every layer."""
    share = kernel_share(context.series, context.layers)
    if not share < KERNELS:
        return None
    names = tuple(context.names[i] for i in context.kernels)
    most = Factor(share, low=0.0, high=share / LEAST_KERNELS)
    return _scaled(context, most, 0.0, names, source="the gradients of the biases", exact=False)


def _reversed(context: Context) -> Found | None:
    """A gradient of the wrong sign, seen through the noise of batches in a run that diverges.

    Where both ends of a step slope downhill the loss must fall. If it rises by as much instead, step after step, no
    learning rate explains it: one that is too high passes the valley, and the far end of its step slopes uphill.
    """
    if context.outcome not in (Outcome.DIVERGED, Outcome.NOT_FINITE) or _right_at_first(context):
        return None
    all_ = context.loss_change_ratio
    ratio = ratio_of_leaps(context.series, all_, context.overshoot, leap=LEAP, downhill=STILL_DOWNHILL)
    middle, _ = typical(ratio)
    if len(ratio) < FEWEST or np.mean(ratio < 0.0) < OPPOSITE or not -2.0 < middle < -0.5:
        return None
    return advice.opposite(of_steps(ratio), len(ratio), float(np.mean(ratio < 0.0)))


def _culprits(context: Context, visible: NDArray[np.bool_]) -> tuple[str, ...]:
    """The variables whose own factor is off, as far as the steps tell them apart."""
    if len(context.names) == 1:
        return context.names
    off = np.nan_to_num(np.abs(shares(context.series, visible) - 1.0))
    return tuple(context.names[i] for i in np.argsort(-off) if off[i] > 10.0 * OFF)


def _scaled(
    context: Context, factor: Factor, spread: float, names: tuple[str, ...], *, source: str, exact: bool
) -> Found:
    alarm, size = exact or context.bad, (len(context.series), len(context.names))
    return advice.scaled(factor, spread, names, size, source=source, exact=exact, alarm=alarm, threshold=OFF)


RULE = Rule("wrong-gradient", "Wrong gradient", "gradients, updates and a loss without noise, or a reference", check)
