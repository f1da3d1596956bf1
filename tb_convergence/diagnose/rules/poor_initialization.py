"""The weights began where a net cannot learn: all alike, all zero, or of a size that loses or blows up the signal."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.advice import poor_initialization as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.initialization import (
    Gain,
    born_silent,
    freshly_drawn,
    gains,
    in_sequence,
    scale_free,
    shift,
    spectral_radius,
    symmetric,
    zero_factors,
)
from tb_convergence.diagnose.estimators.layers import SQUASHING, Layer
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule

FEWEST = 2
"""Weight matrices: a single one may begin anywhere."""

FEWEST_ROWS = 10
"""Rows in which symmetric weights, or zeros, could show that they do not stay so."""

DECADES = 1.5
"""Powers of ten by which all layers together change the signal; Keras's default, Glorot before relu, loses 0.15 a
layer, so ten layers are within."""

ONE_LAYER = 1.0
"""Powers of ten by which a single layer is off: 100 times the variance that keeps the signal."""


FAR, HIGH = 2.0, 3.0
"""Powers of ten through all layers, and first loss over that of a constant answer, from which large weights are named
even in a run that recovers from them. Nets with usual weights of 1 to 15 layers stay within 1.5 (simulated)."""

LARGE = 1.0
"""Powers of ten through all layers of large weights that, with so high a first loss, are worth a word."""

FAR_SIGMAS = 6.0
"""Standard errors of the mean of a kernel's first elements: by chance two in a thousand million."""

NO_SLOPE = 1e-3
"""|cos(w, g)| below which a kernel's size does not matter to the loss; a random gradient has 1/√n, 0.02 for 2000."""

LEARNED = 0.5
"""Loss at rest over that of the best constant answer, from which a run has learned little, as
``high_learning_rate.FLOOR``."""

FADED = 2.5
"""Powers of ten by which small weights may shrink the signal of a run that learns nevertheless."""

OVERFLOWS = 19.0
"""Powers of ten through all layers from which squares of the signal leave float32, 10^38. A run that is not finite in
its very first row, before any step, with less, has another cause, which large numbers bring to light."""

RADIUS = 1.2
"""‖W‖/√n of a recurrent kernel, the spectral radius of a random one: 1.2 grows 38-fold in 20 time steps."""


def check(context: Context) -> Answer:
    """Found for equal units at once, and for a wrong size where the run does not learn."""
    if len(context.layers) < FEWEST:
        return NotApplicable(f"needs {FEWEST} weight matrices")
    if not np.isfinite(context.series.norm("weight")[:1]).any():
        return NotApplicable("weights were not recorded")
    unmoved = _unmoved(context) if len(context.series) >= FEWEST_ROWS else None
    if unmoved:
        return unmoved
    if not context.unwell:
        found = _extreme(context, FADED, DECADES if _unlearned(context) else FAR)
        milder = _dependent(context) or (_extreme(context, DECADES, DECADES) if context.lukewarm else None)
        loud = _extreme(context, FADED, LARGE) if np.isfinite(context.constant_loss) else None
        return found or _told(milder or loud) or _good(context)
    if born_silent(context.series, context.layers[:-1]) and np.nan_to_num(context.gradient_norm[0]) > 0.0:
        return advice.silent(_kernels(context, context.layers[:-1]), alarm=context.bad)
    return _dependent(context) or _by_size(context)


def _unmoved(context: Context) -> Found | None:
    """What cannot leave where it began: equal units stay equal, and factors that are zero stay zero."""
    equal = symmetric(context.series, context.layers)
    if equal:
        return _found_equal(context, equal)
    stuck = zero_factors(context.series)
    return advice.zero(tuple(context.names[i] for i in stuck), alarm=context.bad) if stuck else None


def _unlearned(context: Context) -> bool:
    """Whether a run came to rest not far below the loss of the best constant answer."""
    trend = context.trend
    rests = context.outcome is Outcome.CONVERGED and trend is not None and trend.natural
    return trend is not None and rests and trend.level(trend.end) > LEARNED * context.constant_loss


def _kernels(context: Context, layers: Sequence[Layer]) -> tuple[str, ...]:
    return tuple(context.names[layer.kernel] for layer in layers)


def _told(found: Found | None) -> Found | None:
    """As information, for a run that gets on."""
    return None if found is None else replace(found, severity=Severity.INFO, confidence=0.6)


def _dependent(context: Context) -> Found | None:
    """Hidden kernels of a fresh net whose elements have a mean that independent draws around zero do not have.

    As where every column is the same, or all have one sign: the mean of n such draws is zero within rms/√n.
    """
    fresh = [layer for layer in context.layers[:-1] if freshly_drawn(context.series, layer)]
    sigmas = {layer: shift(context.series, layer) for layer in fresh}
    far = [layer for layer in fresh if sigmas[layer] > FAR_SIGMAS]
    if not far:
        return None
    worst = max(far, key=lambda layer: sigmas[layer])
    mean, names = float(context.series.recorded("weight_mean")[0, worst.kernel]), _kernels(context, far)
    return advice.dependent(names, worst, sigmas[worst], mean, alarm=context.bad, threshold=FAR_SIGMAS)


def _good(context: Context) -> Answer:
    if context.outcome is Outcome.TOO_EARLY:
        return NotEnoughEvidence("too early to say whether the run learns")
    return Clear("the run learns from where it began")


def _extreme(context: Context, faded: float, far: float) -> Found | None:
    """Weights so far off that the run loses much of its time to it, though it learns.

    ``faded``, ``far``: powers of ten from which small and large ones are.
    """
    hidden = context.layers[:-1]
    plain = not any(layer.normalized for layer in hidden)
    if not in_sequence(context.series, context.layers):
        return None
    if not plain or context.outcome is Outcome.TOO_EARLY or any("recurrent" in name for name in context.names):
        return None
    known = [gain for gain in gains(context.series, context.layers) if gain.scale > 0.0]
    total = sum(gain.decades for gain in known)
    first = float(context.series.step("loss")[0])
    high = not np.isfinite(context.constant_loss) or first > HIGH * context.constant_loss
    if len(known) < FEWEST or not (total < -faded or (total > far and high)):
        return None
    if scale_free(context.series, hidden, no_slope=NO_SLOPE):
        return None
    return _found_size(context, known, total, max(known, key=lambda gain: abs(gain.decades)))


def _by_size(context: Context) -> Answer:
    for layer in context.layers:
        radius = spectral_radius(context.series, layer)
        if radius is not None and radius > RADIUS:
            return advice.stretched(context.names[layer.kernel], radius, alarm=context.bad, threshold=RADIUS)
    if any(layer.normalized for layer in context.layers[:-1]):
        return NotApplicable("normalizations between the layers make the size of the weights irrelevant")
    known = [gain for gain in gains(context.series, context.layers) if gain.scale > 0.0]
    if len(known) < FEWEST:
        return Clear()
    total = sum(gain.decades for gain in known)
    blown_up = context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
    if total > 0 and _squashes(known) and not blown_up:
        return Clear("large weights before sigmoid or tanh saturate them, and are told so")
    worst = max(known, key=lambda gain: abs(gain.decades))
    off = abs(total) > DECADES or abs(worst.decades) > ONE_LAYER
    if not off:
        return Clear("the weights began at a usual size")
    found = _found_size(context, known, total, worst)
    at_once = context.broken_row == 0 and abs(total) < OVERFLOWS
    return replace(found, severity=Severity.INFO, confidence=0.6) if at_once else found


def _squashes(known: list[Gain]) -> bool:
    return any(gain.layer.activation in SQUASHING for gain in known[:-1])


def _found_equal(context: Context, equal: tuple[Layer, ...]) -> Found:
    names, first, weight = _kernels(context, equal), equal[0], context.series.norm("weight")
    zero = bool((weight[0, [layer.kernel for layer in equal]] == 0.0).all())
    start = float(weight[0, first.kernel]), float(context.series.recorded("weight_mean")[0, first.kernel])
    units = context.series.variables[first.kernel].shape[-1]
    return advice.equal(names, first, units, start, zero=zero, alarm=context.bad)


def _found_size(context: Context, known: list[Gain], total: float, worst: Gain) -> Found:
    small = total < 0.0 if abs(total) > DECADES else worst.decades < 0.0
    order = sorted(known, key=lambda gain: gain.decades if small else -gain.decades)
    names = _kernels(context, [gain.layer for gain in order if (gain.decades < 0.0) is small])
    limits = DECADES, ONE_LAYER
    return advice.off_size(names, known, order[0], alarm=context.bad, small=small, thresholds=limits)


RULE = Rule("poor-initialization", "Poor initialization", "weights of the first row", check)
