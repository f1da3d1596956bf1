"""The gradient fades from layer to layer towards the input, and the run does not learn."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.depth import Slope, theil_sen
from tb_convergence.diagnose.estimators.initialization import gains
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.diagnose.wording import number, times
from tb_convergence.series import Values

FEWEST_LAYERS = 4
"""Weight matrices: fewer have no depth to speak of."""

FEWEST = 10
"""Rows over which a layer's typical gradient is taken."""

DECADES = 3.0
"""Powers of ten between last and first layer; healthy deep nets stay within one or two."""

FARTHEST = 300.0
"""Powers of ten that are told; a float64 holds 308."""

SHARE_OF_LAYERS = 0.6
"""Share of steps from one layer to the next that must go down; embeddings and attention lie apart, not in a row."""


def check(context: Context) -> Answer:
    """Found when log10 RMS g has a significant slope over depth of several decades, and the loss does not fall.

    Information where it falls, but not far.
    """
    if len([v for v in context.series.variables if len(v.shape) >= 2]) < FEWEST_LAYERS:
        return NotApplicable(f"needs {FEWEST_LAYERS} weight matrices")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    profile = layer_profile(context)
    slope = theil_sen(profile)
    total, predicted = slope.slope * (len(profile) - 1), _predicted(context)
    if not (total > DECADES and slope.low > 0.0):
        faded = predicted < -DECADES and context.unwell
        return _found_faded(context, profile, predicted) if faded else _out_of_order(context, profile)
    suffers = context.bad or context.outcome is Outcome.SLOW
    if not suffers and not context.lukewarm:
        return behaves(context, "the gradient fades with depth, and the loss falls nevertheless")
    if np.mean(np.diff(profile[np.isfinite(profile)]) > 0) < SHARE_OF_LAYERS:
        return Clear("single layers lie apart")
    found = _found(context, profile, slope, total)
    return found if suffers else replace(found, severity=Severity.INFO, confidence=0.7)


def _predicted(context: Context) -> float:
    """Powers of ten by which the first weights let the signal through, from their size alone; 0 behind normalizations.

    The gradients of the weights of a ReLU net do not show it: ⟨W, ∂L/∂W⟩ is the same in all of its layers, so that
    small weights make all of them small alike.
    """
    if any(layer.normalized for layer in context.layers[:-1]):
        return 0.0
    return sum(gain.decades for gain in gains(context.series, context.layers) if gain.scale > 0.0)


def _found_faded(context: Context, profile: Values, predicted: float) -> Found:
    names = tuple(context.names[i] for i in context.kernels)
    return Found(
        severity=Severity.WARNING if context.outcome is Outcome.SLOW else Severity.ERROR,
        confidence=0.8,
        row=0,
        evidence={
            "decades_predicted_from_weights": predicted,
            "decades_threshold": DECADES,
            "layers": len(profile),
            "suggested_initializer": "he_normal",
            "first_layer_gradient_rms": float(10.0 ** profile[0]),
            "last_layer_gradient_rms": float(10.0 ** profile[-1]),
        },
        summary=(
            f"The signal shrinks about {times(10.0 ** min(-predicted, FARTHEST))} through {len(profile)} layers, by "
            "the size of their weights, and the gradient with it: no layer learns, though their gradients look alike."
        ),
        advice=(
            'Begin with weights that keep the signal: `kernel_initializer="he_normal"` before relu.',
            "Or add `BatchNormalization` or `LayerNormalization` after each layer, or skip connections.",
        ),
        expect=f"Weights that change the signal by less than {number(DECADES)} powers of ten, and a loss that falls.",
        variables=names,
    )


def _out_of_order(context: Context, profile: Values) -> Answer:
    """Clear, unless layers of a run that went wrong lie as far apart, only not in the order they were given in."""
    apart = float(np.nanmax(profile) - np.nanmin(profile)) if np.isfinite(profile).any() else 0.0
    if apart <= DECADES or not context.bad:
        return Clear()
    return NotEnoughEvidence(
        f"the gradients of the layers lie {number(apart)} powers of ten apart, but not in the order of the variables; "
        "give log_step the gradients in the order in which the layers are called"
    )


def layer_profile(context: Context) -> Values:
    """log10 RMS g of each weight matrix in order of depth, float64 [L]: the median over the first half of the run.

    The first half: later on a net that learns, or breaks, changes the picture; nor what comes after the loss has left
    for good, since units that were thrown far off let no gradient through. NaN where it is never above zero.
    """
    end = len(context.series) // 2 if context.diverging_row is None else context.diverging_row
    half = max(FEWEST, min(end, len(context.series) // 2))
    norm = context.series.norm("gradient")[:half, context.kernels]
    rms = norm / np.sqrt(context.series.sizes[context.kernels])
    positive = np.isfinite(rms) & (rms > 0)
    profile = np.full(rms.shape[1], np.nan)
    for i in np.flatnonzero(positive.any(axis=0)):
        profile[i] = np.median(np.log10(rms[positive[:, i], i]))
    return profile


def _found(context: Context, profile: Values, slope: Slope, total: float) -> Found:
    weakest = np.argsort(np.where(np.isfinite(profile), profile, np.inf))[: max(1, len(profile) // 3)]
    names = tuple(context.names[context.kernels[i]] for i in weakest)
    squashing = {context.series.variables[i].activation for i in context.kernels} & {"sigmoid", "tanh"}
    cure = f"Replace {' and '.join(sorted(squashing))} by relu" if squashing else "Use relu in the hidden layers"
    return Found(
        severity=Severity.WARNING if context.outcome is Outcome.SLOW else Severity.ERROR,
        confidence=0.93,
        row=0,
        evidence={
            "decades": total,
            "decades_threshold": DECADES,
            "decades_predicted_from_weights": _predicted(context),
            "decades_per_layer": slope.slope,
            "decades_per_layer_low": slope.low,
            "decades_per_layer_high": slope.high,
            "layers": len(profile),
            "suggested_activation": "relu" if squashing else None,
            "suggested_initializer": "he_normal",
            "first_layer_gradient_rms": float(10.0 ** profile[0]),
            "last_layer_gradient_rms": float(10.0 ** profile[-1]),
        },
        summary=(
            f"The gradient fades {times(10.0**total)} from the last layer to the first "
            f"({number(slope.slope)} powers of ten a layer): {names[0]} hardly learns."
        ),
        advice=(
            f'{cure}, with `kernel_initializer="he_normal"`.',
            "Or add `BatchNormalization` or `LayerNormalization` after each layer, or skip connections.",
        ),
        expect=f"Less than {number(DECADES)} powers of ten between first and last layer, and a loss that falls.",
        variables=names,
    )


RULE = Rule("vanishing-gradient", "Gradient vanishes with depth", "gradients of at least four weight matrices", check)
