"""The weights at the start: their variance against fan-in and activation, the signal they let through, symmetry."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tb_convergence.diagnose.estimators.layers import RECTIFIED, SQUASHING, Layer, element_scale
from tb_convergence.schema.manifest import Variable
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series

CONSTANT = 1e-5
"""1 − mean²/mean square of a kernel below which all its elements are one value: 24-bit records, float32 means."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What one layer does to the size of the signal at the start.

    Attributes:
      layer: the layer.
      scale: root mean square of its elements.
      usual: the scale that keeps the signal's size: √(2/fan_in) before a rectifier (He et al. 2015), else √(1/fan_in)
        (LeCun et al. 1998).
    """

    layer: Layer
    scale: float
    usual: float

    @property
    def decades(self) -> float:
        """log10 of the factor on the signal's size; −∞ for a kernel of zeros."""
        return float(np.log10(self.scale / self.usual)) if self.scale > 0.0 else -np.inf


def gains(series: Series, layers: Sequence[Layer]) -> tuple[Gain, ...]:
    """Of the layers that multiply their inputs, in order of depth; without those whose kernel was not recorded.

    Shapes of rank 3 need a name: a filter over time and a head of attention have different fan-ins there.
    """
    first = [
        (layer, element_scale(series, layer.kernel)[:1])
        for layer in layers
        if not layer.embedding and _multiplies(series.variables[layer.kernel])
    ]
    return tuple(
        Gain(layer, float(scale[0]), float(np.sqrt((2.0 if layer.activation in RECTIFIED else 1.0) / layer.fan_in)))
        for layer, scale in first
        if len(scale) and np.isfinite(scale[0])
    )


def in_sequence(series: Series, layers: Sequence[Layer]) -> bool:
    """Whether the matrices may follow each other: none takes less than the one before gives.

    More it may take, where something is joined; parallel nets, as the couplings of a flow, begin anew.
    """
    shapes = [series.variables[layer.kernel].shape for layer in layers]
    pairs = [(a, b) for a, b in pairwise(shapes) if len(a) == len(b) == 2]
    return all(before[1] <= after[0] for before, after in pairs)


def _multiplies(variable: Variable) -> bool:
    """Whether all axes but the last are inputs of each unit; a depthwise filter sees one channel alone."""
    plain = len(variable.shape) in (2, 4) or (len(variable.shape) == 3 and "conv" in variable.name)
    return plain and "depthwise" not in variable.name


def shift(series: Series, layer: Layer) -> float:
    """|mean| of a kernel's elements in the first row over its standard error, rms/√n, were they drawn around zero.

    n counts the elements that the mean was taken of, which of a large kernel are a sample.
    """
    scale, n = element_scale(series, layer.kernel)[:1], series.variables[layer.kernel].observed
    mean = series.recorded("weight_mean")[:1, layer.kernel]
    known = len(scale) > 0 and np.isfinite(scale[0]) and scale[0] > 0.0 and np.isfinite(mean[0])
    return float(abs(mean[0]) * np.sqrt(n) / scale[0]) if known else 0.0


def constant(series: Series, column: int) -> bool:
    """Whether all elements of a variable were one value in the first row, zero included."""
    if series.variables[column].size < 2 or not len(series):
        return False
    square = series.norm("weight")[0, column] ** 2 / series.variables[column].size
    mean = series.recorded("weight_mean")[0, column]
    if square == 0.0:
        return True
    return bool(np.isfinite(square) and np.isfinite(mean) and 1.0 - mean**2 / square < CONSTANT)


def symmetric(series: Series, layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Layers of several units that are born equal and stay so: constant weights on the way in and on the way out."""
    born = [constant(series, layer.kernel) and not layer.embedding for layer in layers]
    return tuple(
        layer
        for layer, after, this, following in zip(layers, layers[1:], born, born[1:], strict=False)
        if this and following and series.variables[layer.kernel].shape[-1] > 1 and _follows(series, layer, after)
    )


def _follows(series: Series, layer: Layer, after: Layer) -> bool:
    """Whether the units of one layer are inputs of the next, alone or flattened."""
    units, rows = series.variables[layer.kernel].shape[-1], series.variables[after.kernel].shape[-2]
    return bool(rows % units == 0)


def born_silent(series: Series, hidden: Sequence[Layer]) -> bool:
    """Whether no gradient reached a hidden unit in the very first row, though the biases were zero.

    Never where a normalization lets half of the units pass, whatever the weights; a batch of one is another case.
    """
    hidden = [layer for layer in hidden if not layer.embedding]  # whose rows are no units
    if not hidden or any(layer.normalized for layer in hidden):
        return False
    dead = series.recorded("dead_unit_fraction")[0, [layer.kernel for layer in hidden]]
    biases = [layer.bias for layer in hidden if layer.bias is not None]
    biased = bool(biases) and bool((np.nan_to_num(series.norm("weight")[0, biases]) > 0.0).any())
    return bool((dead == 1.0).all()) and not biased


def zero_factors(series: Series) -> tuple[int, ...]:
    """Columns of matrices that are zero and get a gradient of exactly zero at every row; none where it is one only.

    Of a product u·v the gradient by u is v, and by v it is u: once both are zero, they stay so.
    """
    matrices = np.array([len(v.shape) > 1 for v in series.variables], bool)
    still = [(series.norm(name) == 0.0).all(0) for name in ("weight", "gradient", "update")]
    found = np.flatnonzero(matrices & np.logical_and.reduce(still)) if len(series) else ()
    return tuple(int(i) for i in found) if len(found) > 1 else ()


def freshly_drawn(series: Series, layer: Layer) -> bool:
    """Whether a kernel was drawn just before the run, as biases or shifts of zero beside it show.

    Kernels that go on from elsewhere have learned a mean; a recurrent one may begin at the identity.
    """
    born = layer.shift is not None and series.norm("weight")[0, layer.shift] == 0.0
    return bool(born) and not layer.embedding and "recurrent" not in series.variables[layer.kernel].name


def scale_free(series: Series, hidden: Sequence[Layer], *, no_slope: float) -> bool:
    """Whether the size of a hidden kernel does not matter to the loss: a normalization without gains follows it.

    Its |cos(w, g)| is then below ``no_slope``. Saturated units do not care either: those that can are not asked.
    """
    columns = [layer.kernel for layer in hidden if layer.activation not in SQUASHING]
    angle = np.abs(series.recorded(cosine("weight", "gradient"))[0, columns])
    alive = np.nan_to_num(series.norm("gradient")[0, columns]) > 0.0
    return bool((alive & (angle < no_slope)).any())


def spectral_radius(series: Series, layer: Layer) -> float | None:
    """‖W‖/√n of a recurrent kernel without squashing, in the first row: that of a random one; ``None``: of others."""
    variable = series.variables[layer.kernel]
    square = len(variable.shape) == 2 and variable.shape[0] == variable.shape[1]
    if "recurrent" not in variable.name or not square or layer.activation in SQUASHING:
        return None
    return float(element_scale(series, layer.kernel)[0] * np.sqrt(layer.fan_in))
