"""Which variables make up a layer, as far as their shapes and names tell; and what of its input the gradient tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.schema.manifest import Variable
from tb_convergence.series import Series, Values

RECTIFIED = ("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "swish", "softplus", "mish")
"""Activations that pass about half of the variance on (He et al. 2015)."""

SQUASHING = ("sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign")
"""Activations whose slope vanishes at both ends."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A weight matrix or filter, and what belongs to it.

    Attributes:
      kernel: its column in a series.
      bias: column of its bias; ``None``: it has none, or a normalization follows.
      fan_in, fan_out: number of inputs of a unit; number of units times positions of a filter.
      activation: as the manifest says.
      embedding: its rows are looked up, not multiplied.
      normalized: gains and shifts follow, as of a batch or layer normalization.
      shift: column of what is added last to its units: the bias, or the shift of the normalization.
    """

    kernel: int
    bias: int | None
    fan_in: int
    fan_out: int
    activation: str | None
    embedding: bool
    normalized: bool
    shift: int | None = None


def layers(variables: Sequence[Variable]) -> tuple[Layer, ...]:
    """The layers in order of depth: one for each variable of rank 2 or more."""
    return tuple(_layer(variables, i) for i, v in enumerate(variables) if len(v.shape) >= 2)


def _layer(variables: Sequence[Variable], i: int) -> Layer:
    shape = variables[i].shape
    followers = _followers(variables, i)
    normalized = len(followers) >= 2
    field = prod(shape[:-2])  # positions of a filter; 1 for a matrix
    return Layer(
        kernel=i,
        bias=followers[0] if len(followers) == 1 else None,
        fan_in=prod(shape[:-1]),
        fan_out=field * shape[-1],
        activation=variables[i].activation,
        embedding="embedding" in variables[i].name.rsplit("/", 1)[-1],
        normalized=normalized,
        shift=followers[-1] if followers else None,
    )


def _followers(variables: Sequence[Variable], i: int) -> list[int]:
    """Columns of the vectors right after a kernel that are as long as it has units."""
    found = []
    for j in range(i + 1, len(variables)):
        if variables[j].shape != variables[i].shape[-1:]:
            break
        found.append(j)
    return found


def reached(series: Series, found: Sequence[Layer]) -> Values:
    """Whether, [T, layers], the gradient reaches a layer from behind: the layer after it is not all dead. 1 or 0.

    The last layer is reached by the loss itself.
    """
    dead = np.stack([series.recorded("dead_unit_fraction")[:, layer.kernel] for layer in found], axis=1)
    behind = np.concatenate([dead[:, 1:], np.zeros((len(series), 1))], axis=1)
    return np.where(behind < 1.0, 1.0, 0.0)


def element_scale(series: Series, column: int) -> Values:
    """Root mean square of a variable's elements, float64 [T]."""
    scale: Values = series.norm("weight")[:, column] / np.sqrt(max(1, series.variables[column].size))
    return scale


def common_share(series: Series, column: int) -> Values:
    """Share of a variable's square that is the common mean of its n elements, n mean²/‖w‖², float64 [T]."""
    mean, n = series.recorded("weight_mean")[:, column], series.variables[column].size
    return divide(mean**2 * n, series.norm("weight")[:, column] ** 2)


def input_scale(series: Series, layer: Layer) -> Values:
    """‖∂L/∂W‖ / (‖∂L/∂b‖ √fan_in), float64 [T]: about the root mean square of what the layer gets.

    With x_n the inputs and δ_n the gradients behind the layer, ∂L/∂W = Σ x_n δ_nᵀ and ∂L/∂b = Σ δ_n. Exact for one
    example; from below for inputs with a common mean; too high by up to √N where the δ of N examples cancel. NaN
    without a bias.
    """
    if layer.bias is None:
        return np.full(len(series), np.nan)
    gradient = series.norm("gradient")
    return divide(gradient[:, layer.kernel], gradient[:, layer.bias] * np.sqrt(layer.fan_in))


def starved(series: Series, found: Sequence[Layer]) -> bool:
    """Whether batch normalization gets one example: less its own mean that is zero, and so is each gradient before it.

    Random weights let no normalized layer be without any gradient in every row while the last layer has one.
    """
    hidden, last = found[:-1], found[-1:]
    if not hidden or not len(series) or not all(layer.normalized for layer in hidden):
        return False
    norm = series.norm("gradient")
    column = last[0].kernel if last[0].bias is None else last[0].bias
    return bool((norm[:, [layer.kernel for layer in hidden]] == 0.0).all() and (norm[:, column] > 0.0).all())
