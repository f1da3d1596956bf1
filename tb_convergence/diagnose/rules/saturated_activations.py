"""Sigmoid or tanh units pinned to their ends, where no gradient passes, in a run that does not learn."""

from dataclasses import dataclass, replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.layers import SQUASHING, Layer, element_scale, input_scale, reached
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.diagnose.wording import number
from tb_convergence.series import Values

FEWEST = 10
"""Rows: the weights' size now is that of the last quarter."""

PINNED = {"tanh": 4.0, "sigmoid": 8.0}
"""Root mean square of what goes into the unit, from which its mean slope is a fifth of that at zero, and falls.

The mean slope of tanh over N(0, s²) is about √(2/π)/s, 0.2 at 4; and sigmoid(x) = (1 + tanh(x/2))/2."""

FAR = 1.5
"""The same over PINNED from which it is told of a run that gets on: a net five times as large as usual learns."""

DEAD = 0.5
"""Share of units whose gradient is exactly zero: in float32 the slope of tanh is 0 beyond 9, of a sigmoid beyond 17."""

MOST = 0.9
"""The same of a layer that has no part in what a run learns, from the first row to the last."""

LEAST_INPUT, SCALED_INSIDE = 0.5, 0.05
"""Root mean square of inputs that nobody saw, at least; share of that of the inputs seen, below which the gradient
shows that the model scales them itself."""

USUAL_WEIGHTS = 2.0
"""Root mean square of weights over √(1/fan_in) up to which they are of usual size: He's have √2, of n they spread by
1/√(2n)."""

USUAL_OUTPUT = {"tanh": 1.0, "sigmoid": 0.7}
"""Root mean square that a layer of pinned units gives to the next."""


@dataclass(frozen=True, slots=True)
class _Pinned:
    """A layer, since when it is pinned, and the root mean square of what goes into its units, estimated."""

    layer: Layer
    row: int
    drive: float
    dead: float


def check(context: Context) -> Answer:
    """Found when weights and inputs drive units far beyond their range, or their gradient is exactly zero.

    Information where the run gets on with the rest of them, and has not come far; or where nearly all of a layer never
    had a gradient.
    """
    hidden = [layer for layer in context.layers[:-1] if layer.activation in SQUASHING and not layer.embedding]
    if not hidden:
        return NotApplicable("no hidden layer is known to have sigmoid or tanh units")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    pinned = [p for layer in hidden if (p := _pinned(context, layer))]
    if not context.unwell and not context.lukewarm:
        pinned = [p for p in pinned if p.row == 0 and p.dead >= MOST]
        if not pinned:
            return behaves(context)
    elif not context.unwell:
        pinned = [p for p in pinned if p.drive > FAR * PINNED[_kind(p.layer)]]
    if not pinned:
        return Clear("the weights do not drive units to their ends")
    found = _found(context, pinned)
    return found if context.unwell else replace(found, severity=Severity.INFO, confidence=0.7)


def _kind(layer: Layer) -> str:
    return "sigmoid" if layer.activation in ("sigmoid", "hard_sigmoid") else "tanh"


def _pinned(context: Context, layer: Layer) -> _Pinned | None:
    drive, dead = _drive(context, layer), context.series.recorded("dead_unit_fraction")[:, layer.kernel]
    limit = PINNED[_kind(layer)]
    end = len(drive) if context.broken_row is None else context.broken_row  # what follows are no numbers
    last = slice(end - max(1, end // 4), end)
    dead = np.where(reached(context.series, context.layers)[:, context.layers.index(layer)] > 0.0, dead, 0.0)
    over = (drive > limit) | (dead >= DEAD)
    if layer.normalized or not end or not np.mean(over[last]) > 0.5:
        return None
    below = np.flatnonzero(~over[:end])
    row = min(int(below[-1]) + 1, len(over) - 1) if len(below) and not over[:FEWEST].all() else 0
    return _Pinned(layer, row, median(drive[last]), median(dead[last]))


def _drive(context: Context, layer: Layer) -> Values:
    """Root mean square of what goes into the units, float64 [T]: √fan_in, times weights, times inputs; and biases."""
    weights: Values = element_scale(context.series, layer.kernel) * np.sqrt(layer.fan_in)
    bias = element_scale(context.series, layer.bias) if layer.bias is not None else np.zeros(len(weights))
    drive: Values = np.hypot(weights * _input(context, layer), np.nan_to_num(bias))
    return drive


def _input(context: Context, layer: Layer) -> float:
    before = [other for other in context.layers if other.kernel < layer.kernel]
    if not before:
        step = context.series.step
        seen = median(np.sqrt(step("input_mean") ** 2 + step("input_std") ** 2))
        felt = median(input_scale(context.series, layer)[:FEWEST])
        if not np.isfinite(seen):  # pinned units get their gradient from small inputs alone
            return max(felt, LEAST_INPUT) if np.isfinite(felt) else 1.0
        return felt if felt < SCALED_INSIDE * seen else seen
    return USUAL_OUTPUT.get(before[-1].activation or "", 1.0)


def _found(context: Context, pinned: list[_Pinned]) -> Found:
    first = min(pinned, key=lambda p: (p.row, -p.drive))
    name, from_start = context.names[first.layer.kernel], first.row == 0
    limit = PINNED[_kind(first.layer)]
    scale = median(element_scale(context.series, first.layer.kernel)[first.row :])
    biases, rate = _biases(context, first), context.rate_of(max(0, first.row - 1))
    usual = float(np.sqrt(1.0 / first.layer.fan_in))
    by_inputs = from_start and scale < USUAL_WEIGHTS * usual and biases < limit / 2.0
    when = "from the start" if from_start else f"from step {context.step(first.row)} on"
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.85,
        row=first.row,
        evidence={
            "drive": first.drive,
            "drive_threshold": limit,
            "dead_unit_fraction": first.dead,
            "dead_unit_threshold": DEAD,
            "weight_rms": scale,
            "usual_weight_rms": usual,
            "bias_rms": biases,
            "layers": len(pinned),
            "suggested_initializer": "glorot_uniform" if from_start and not by_inputs else None,
            "suggested_learning_rate": None if from_start or not rate > 0.0 else rate / 10.0,
        },
        summary=(
            f"The {first.layer.activation} units of {name} are saturated {when}: {_seen(first)}, and beyond "
            f"{number(limit)} their slope is nearly zero."
        ),
        advice=(
            "The weights are of usual size, so that it is the inputs: standardize them, "
            "`x = (x - x_train.mean(axis=0)) / (x_train.std(axis=0) + 1e-7)`."
            if by_inputs
            else f'Begin with smaller weights: `kernel_initializer="glorot_uniform"`, a standard deviation near '
            f"{number(usual)}, where it is {number(scale)}."
            if from_start and not biases > limit / 2.0
            else f'Begin with biases of zero, `bias_initializer="zeros"`, where they are {number(biases)} in size.'
            if from_start
            else "Lower the learning rate ten times: the steps drove the weights there.",
            "Or put `LayerNormalization` before the activation, or use relu; and look at the scale of the inputs.",
        ),
        expect=f"Less than {number(limit)} going into the units, and a gradient that reaches all layers.",
        variables=tuple(context.names[p.layer.kernel] for p in sorted(pinned, key=lambda p: p.row)),
    )


def _seen(pinned: _Pinned) -> str:
    """By what it was told: the size of what goes in, else the units without gradient, whatever else goes into them."""
    if pinned.drive > PINNED[_kind(pinned.layer)]:
        return f"what goes in is about {number(pinned.drive)} in size"
    return f"the gradient of {number(100.0 * pinned.dead)} % of them is exactly zero, so that what goes in is large"


def _biases(context: Context, pinned: _Pinned) -> float:
    bias = pinned.layer.bias
    return 0.0 if bias is None else median(element_scale(context.series, bias)[pinned.row :])


RULE = Rule("saturated-activations", "Activations saturate", "weights and activations of hidden layers", check)
