"""The weights began where a net cannot learn: all alike, all zero, or of a size that loses or blows up the signal."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.initialization import Gain, gains, shift, symmetric
from tb_convergence.diagnose.estimators.layers import RECTIFIED, SQUASHING, Layer, element_scale
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import first_and_more, number, times
from tb_convergence.schema.statistics import cosine

FEWEST = 2
"""Weight matrices: a single one may begin anywhere."""

FEWEST_ROWS = 10
"""Rows in which symmetric weights could show that they do not stay so."""

DECADES = 1.5
"""Powers of ten by which all layers together change the signal; Keras's default, Glorot before relu, loses 0.15 a
layer, so ten layers are within."""

ONE_LAYER = 1.0
"""Powers of ten by which a single layer is off: 100 times the variance that keeps the signal."""


FAR, HIGH = 2.0, 3.0
"""Powers of ten through all layers, and first loss over that of a constant answer, from which large weights are named
even in a run that recovers from them. Nets with usual weights of 1 to 15 layers stay within 1.5 (simulated)."""

FAR_SIGMAS = 6.0
"""Standard errors of the mean of a kernel's first elements: by chance two in a thousand million."""

NO_SLOPE = 1e-3
"""|cos(w, g)| below which a kernel's size does not matter to the loss; a random gradient has 1/√n, 0.02 for 2000."""

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
    equal = symmetric(context.series, context.layers)
    if equal and len(context.series) >= FEWEST_ROWS:
        return _found_equal(context, equal)
    if not context.unwell:
        found = _extreme(context, FADED, FAR)
        milder = _dependent(context) or (_extreme(context, DECADES, DECADES) if context.lukewarm else None)
        return found or _told(milder) or _good(context)
    if _silent(context):
        return _found_silent(context)
    dependent = _dependent(context)
    return dependent or _by_size(context)


def _silent(context: Context) -> bool:
    """Whether no gradient reached a hidden unit in the very first row, though biases were zero: born dead."""
    series, hidden = context.series, context.layers[:-1]
    if any(layer.normalized for layer in hidden):
        return (
            False  # whatever the weights, a normalization lets half of its units pass; a batch of one is another case
        )
    dead = series.recorded("dead_unit_fraction")[0, [layer.kernel for layer in hidden]]
    biases = [layer.bias for layer in hidden if layer.bias is not None]
    biased = bool(biases) and bool((np.nan_to_num(series.norm("weight")[0, biases]) > 0.0).any())
    return bool((dead == 1.0).all()) and not biased and bool(np.nan_to_num(context.gradient_norm[0]) > 0.0)


def _found_silent(context: Context) -> Found:
    names = tuple(context.names[layer.kernel] for layer in context.layers[:-1])
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.85,
        row=0,
        evidence={"dead_unit_fraction": 1.0, "layers": len(names), "suggested_initializer": "he_normal"},
        summary=(
            f"Not one unit of {first_and_more(names)} got a gradient at the first step, with biases of zero: the "
            "weights began where every unit is off, or all alike."
        ),
        advice=(
            'Begin with independent random weights: `kernel_initializer="he_normal"`.',
            "Made by hand? Draw each column anew: `tf.random.normal((fan_in, units), stddev=(2 / fan_in) ** 0.5)`.",
        ),
        expect="A gradient above zero in every layer at the first step.",
        variables=names,
    )


def _told(found: Found | None) -> Found | None:
    """As information, for a run that gets on."""
    return None if found is None else replace(found, severity=Severity.INFO, confidence=0.6)


def _dependent(context: Context) -> Found | None:
    """Hidden kernels of a fresh net whose elements have a mean that independent draws around zero do not have.

    As where every column is the same, or all have one sign: the mean of n such draws is zero within rms/√n.
    """
    fresh = [layer for layer in context.layers[:-1] if _draws(context, layer)]
    sigmas = {layer: shift(context.series, layer) for layer in fresh}
    far = [layer for layer in fresh if sigmas[layer] > FAR_SIGMAS]
    if not far:
        return None
    worst = max(far, key=lambda layer: sigmas[layer])
    names = tuple(context.names[layer.kernel] for layer in far)
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.75,
        row=0,
        evidence={
            "mean_over_its_error": sigmas[worst],
            "mean_over_its_error_threshold": FAR_SIGMAS,
            "initial_weight_mean": float(context.series.recorded("weight_mean")[0, worst.kernel]),
            "layers": len(far),
            "suggested_initializer": _initializer(worst),
        },
        summary=(
            f"The weights of {first_and_more(names)} began with a mean {number(sigmas[worst])} times as far from zero "
            "as independent draws have it: as where all columns are alike, or all weights of one sign."
        ),
        advice=(
            f'Begin with independent random weights: `kernel_initializer="{_initializer(worst)}"`.',
            "Made by hand? Draw each column anew, with both signs: `tf.random.normal((fan_in, units), stddev=(2 / "
            "fan_in) ** 0.5)`.",
        ),
        expect=f"A mean of the weights below {number(FAR_SIGMAS)} rms/√n in the first row, and a loss that falls.",
        variables=names,
    )


def _draws(context: Context, layer: Layer) -> bool:
    """Whether this kernel was drawn just before the run, as biases or shifts of zero beside it show.

    Kernels that go on from elsewhere have learned a mean; a recurrent one may begin at the identity.
    """
    variable = context.series.variables[layer.kernel]
    born = layer.shift is not None and context.series.norm("weight")[0, layer.shift] == 0.0
    return bool(born) and not layer.embedding and "recurrent" not in variable.name


def _good(context: Context) -> Answer:
    if context.outcome is Outcome.TOO_EARLY:
        return NotEnoughEvidence("too early to say whether the run learns")
    return Clear("the run learns from where it began")


def _extreme(context: Context, faded: float, far: float) -> Found | None:
    """Weights so far off that the run loses much of its time to it, though it learns.

    ``faded``, ``far``: powers of ten from which small and large ones are.
    """
    plain = not any(layer.normalized for layer in context.layers[:-1])
    if not plain or context.outcome is Outcome.TOO_EARLY or any("recurrent" in name for name in context.names):
        return None
    known = [gain for gain in gains(context.series, context.layers) if gain.scale > 0.0]
    total = sum(gain.decades for gain in known)
    first = float(context.series.step("loss")[0])
    high = not np.isfinite(context.constant_loss) or first > HIGH * context.constant_loss
    if len(known) < FEWEST or not (total < -faded or (total > far and high)) or _scale_free(context):
        return None
    return _found_size(context, known, total, max(known, key=lambda gain: abs(gain.decades)))


def _scale_free(context: Context) -> bool:
    """Whether the size of a hidden kernel does not matter to the loss: a normalization without gains follows it.

    Saturated units do not care either, so that those that can saturate are not asked.
    """
    hidden = [layer.kernel for layer in context.layers[:-1] if layer.activation not in SQUASHING]
    angle = np.abs(context.series.recorded(cosine("weight", "gradient"))[0, hidden])
    alive = np.nan_to_num(context.series.norm("gradient")[0, hidden]) > 0.0
    return bool((alive & (angle < NO_SLOPE)).any())


def _by_size(context: Context) -> Answer:
    stretched = _stretched(context)
    if stretched is not None:
        return stretched
    if any(layer.normalized for layer in context.layers[:-1]):
        return NotApplicable("normalizations between the layers make the size of the weights irrelevant")
    all_ = gains(context.series, context.layers)
    known = [gain for gain in all_ if gain.scale > 0.0]
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


def _stretched(context: Context) -> Found | None:
    """A recurrent layer without squashing whose state grows at every time step."""
    for layer in context.layers:
        variable = context.series.variables[layer.kernel]
        square = len(variable.shape) == 2 and variable.shape[0] == variable.shape[1]
        radius = float(element_scale(context.series, layer.kernel)[0] * np.sqrt(layer.fan_in))
        if "recurrent" in variable.name and square and layer.activation not in SQUASHING and radius > RADIUS:
            return _found_stretched(context, layer, radius)
    return None


def _found_stretched(context: Context, layer: Layer, radius: float) -> Found:
    name = context.names[layer.kernel]
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.85,
        row=0,
        evidence={
            "spectral_radius": radius,
            "spectral_radius_threshold": RADIUS,
            "suggested_gain": 1.0 / radius,
            "suggested_initializer": "orthogonal",
        },
        summary=(
            f"The weights of {name} began too large: about {number(radius)} in spectral radius, so that the state "
            f"grows {number(radius)} times at each time step, and the gradient with it."
        ),
        advice=(
            'Use `recurrent_initializer="orthogonal"`, which has 1, or `tanh` as the activation.',
            "Or clip the gradient: `global_clipnorm=1.0`.",
        ),
        expect="A spectral radius of 1 in the first row, and a finite loss.",
        variables=(name,),
    )


def _squashes(known: list[Gain]) -> bool:
    return any(gain.layer.activation in SQUASHING for gain in known[:-1])


def _found_equal(context: Context, equal: tuple[Layer, ...]) -> Found:
    names = tuple(context.names[layer.kernel] for layer in equal)
    zero = bool((context.series.norm("weight")[0, [layer.kernel for layer in equal]] == 0.0).all())
    units = context.series.variables[equal[0].kernel].shape[-1]
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.97,
        row=0,
        evidence={
            "layers_of_equal_units": len(equal),
            "units": units,
            "initial_weight_norm": float(context.series.norm("weight")[0, equal[0].kernel]),
            "suggested_initializer": _initializer(equal[0]),
            "initial_weight_mean": float(context.series.recorded("weight_mean")[0, equal[0].kernel]),
        },
        summary=(
            f"The weights of {first_and_more(names)} began {'at zero' if zero else 'all at one value'}, and so did "
            f"those of the next layer: all {units} units are the same, get the same gradient, and stay the same."
        ),
        advice=(
            f'Begin with random weights: `kernel_initializer="{_initializer(equal[0])}"`, Keras\'s own default is '
            "`glorot_uniform`.",
            "Zeros are fine for biases, and for the kernel of the last layer alone.",
        ),
        expect="Weights with a standard deviation above zero in the first row, and a loss that falls.",
        variables=names,
    )


def _initializer(layer: Layer) -> str:
    return "he_normal" if layer.activation in RECTIFIED else "glorot_uniform"


def _found_size(context: Context, known: list[Gain], total: float, worst: Gain) -> Found:
    small = total < 0.0 if abs(total) > DECADES else worst.decades < 0.0
    order = sorted(known, key=lambda gain: gain.decades if small else -gain.decades)
    names = tuple(context.names[gain.layer.kernel] for gain in order if (gain.decades < 0.0) is small)
    worst = order[0]
    factor = float(np.power(10.0, abs(total)))
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.85,
        row=0,
        evidence={
            "decades": total,
            "decades_threshold": DECADES,
            "decades_of_one_layer": worst.decades,
            "decades_of_one_layer_threshold": ONE_LAYER,
            "initial_weight_rms": worst.scale,
            "usual_weight_rms": worst.usual,
            "fan_in": worst.layer.fan_in,
            "suggested_initializer": _initializer(worst.layer),
            "layers": len(known),
        },
        summary=(
            f"The weights began too {'small' if small else 'large'}: {names[0]} with a root mean square of "
            f"{number(worst.scale)}, where {number(worst.usual)} keeps the signal; through all {len(known)} layers it "
            f"{'shrinks' if total < 0.0 else 'grows'} about {times(factor)}."
        ),
        advice=(
            f'Use `kernel_initializer="{_initializer(worst.layer)}"`: a standard deviation of '
            f"{number(worst.usual)} for {worst.layer.fan_in} inputs.",
            "Or add `LayerNormalization` after each layer: then the size of the weights does not matter.",
        ),
        expect=f"A root mean square near {number(worst.usual)} in the first row, and a loss that falls.",
        variables=names,
    )


RULE = Rule("poor-initialization", "Poor initialization", "weights of the first row", check)
