"""What is said of weights that began where a net cannot learn; ``alarm``: as an error."""

from collections.abc import Sequence

import numpy as np

from tb_convergence.diagnose.estimators.initialization import Gain
from tb_convergence.diagnose.estimators.layers import RECTIFIED, Layer
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.wording import first_and_more, number, times


def silent(names: tuple[str, ...], *, alarm: bool) -> Found:
    """Not one unit got a gradient at the first step."""
    return Found(
        severity=_severity(alarm=alarm),
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


def zero(names: tuple[str, ...], *, alarm: bool) -> Found:
    """Matrices that multiply each other and are all zero."""
    return Found(
        severity=_severity(alarm=alarm),
        confidence=0.85,
        row=0,
        evidence={"initial_weight_scale": 0.0, "variables": len(names), "suggested_scale": 0.05},
        summary=(
            f"{first_and_more(names)} began at zero and never move: their gradients are exactly zero at every step, as "
            "those of factors are that multiply each other, for each is the other's."
        ),
        advice=(
            'Begin with random numbers, in all of them but one: `embeddings_initializer="uniform"`, '
            "`tf.random.normal(shape, stddev=0.05)`.",
        ),
        expect="A gradient above zero in each of them at the first step.",
        variables=names,
    )


def dependent(
    names: tuple[str, ...], worst: Layer, sigmas: float, mean: float, *, alarm: bool, threshold: float
) -> Found:
    """A mean of the elements that independent draws around zero do not have: so many standard errors."""
    return Found(
        severity=_severity(alarm=alarm),
        confidence=0.75,
        row=0,
        evidence={
            "mean_over_its_error": sigmas,
            "mean_over_its_error_threshold": threshold,
            "initial_weight_mean": mean,
            "layers": len(names),
            "suggested_initializer": _initializer(worst),
        },
        summary=(
            f"The weights of {first_and_more(names)} began with a mean {number(sigmas)} times as far from zero "
            "as independent draws have it: as where all columns are alike, or all weights of one sign."
        ),
        advice=(
            f'Begin with independent random weights: `kernel_initializer="{_initializer(worst)}"`.',
            "Made by hand? Draw each column anew, with both signs: `tf.random.normal((fan_in, units), stddev=(2 / "
            "fan_in) ** 0.5)`.",
        ),
        expect=f"A mean of the weights below {number(threshold)} rms/√n at the first step, and a loss that falls.",
        variables=names,
    )


def stretched(name: str, radius: float, *, alarm: bool, threshold: float) -> Found:
    """A recurrent kernel whose state grows at every time step."""
    return Found(
        severity=_severity(alarm=alarm),
        confidence=0.85,
        row=0,
        evidence={
            "spectral_radius": radius,
            "spectral_radius_threshold": threshold,
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
        expect="A spectral radius of 1 at the first step, and a finite loss.",
        variables=(name,),
    )


def equal(
    names: tuple[str, ...], first: Layer, units: int, start: tuple[float, float], *, zero: bool, alarm: bool
) -> Found:
    """Units that are all the same; ``start``: ‖w‖ and mean of the ``first`` of their layers in the first row."""
    return Found(
        severity=_severity(alarm=alarm),
        confidence=0.97,
        row=0,
        evidence={
            "layers_of_equal_units": len(names),
            "units": units,
            "initial_weight_norm": start[0],
            "suggested_initializer": _initializer(first),
            "initial_weight_mean": start[1],
        },
        summary=(
            f"The weights of {first_and_more(names)} began {'at zero' if zero else 'all at one value'}, and so did "
            f"those of the next layer: all {units} units are the same, get the same gradient, and stay the same."
        ),
        advice=(
            f'Begin with random weights: `kernel_initializer="{_initializer(first)}"`, Keras\'s own default is '
            "`glorot_uniform`.",
            "Zeros are fine for biases, and for the kernel of the last layer alone.",
        ),
        expect="Weights with a standard deviation above zero at the first step, and a loss that falls.",
        variables=names,
    )


def off_size(
    names: tuple[str, ...],
    known: Sequence[Gain],
    worst: Gain,
    *,
    alarm: bool,
    small: bool,
    thresholds: tuple[float, float],
) -> Found:
    """Weights too small, or too large; ``known``: of all layers; ``thresholds``: decades, and those of one layer."""
    total = sum(gain.decades for gain in known)
    return Found(
        severity=_severity(alarm=alarm),
        confidence=0.85,
        row=0,
        evidence={
            "decades": total,
            "decades_threshold": thresholds[0],
            "decades_of_one_layer": worst.decades,
            "decades_of_one_layer_threshold": thresholds[1],
            "initial_weight_rms": worst.scale,
            "usual_weight_rms": worst.usual,
            "fan_in": worst.layer.fan_in,
            "suggested_initializer": _initializer(worst.layer),
            "layers": len(known),
        },
        summary=(
            f"The weights began too {'small' if small else 'large'}: {names[0]} with a root mean square of "
            f"{number(worst.scale)}, where {number(worst.usual)} keeps the signal; through all {len(known)} layers it "
            f"{'shrinks' if total < 0.0 else 'grows'} about {times(float(np.power(10.0, abs(total))))}."
        ),
        advice=(
            f'Use `kernel_initializer="{_initializer(worst.layer)}"`: a standard deviation of '
            f"{number(worst.usual)} for {worst.layer.fan_in} inputs.",
            "Or add `LayerNormalization` after each layer: then the size of the weights does not matter.",
        ),
        expect=f"A root mean square near {number(worst.usual)} at the first step, and a loss that falls.",
        variables=names,
    )


def _severity(*, alarm: bool) -> Severity:
    return Severity.ERROR if alarm else Severity.WARNING


def _initializer(layer: Layer) -> str:
    return "he_normal" if layer.activation in RECTIFIED else "glorot_uniform"
