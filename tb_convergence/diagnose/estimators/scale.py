"""Gradients of a size that they cannot have, whatever the data: of the last bias, of kernels beside their biases."""

from collections.abc import Sequence

import numpy as np

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.initialization import gains
from tb_convergence.diagnose.estimators.layers import Layer, input_scale
from tb_convergence.diagnose.estimators.noise import deviation, median
from tb_convergence.series import Series

EARLY = 10
"""First rows, in which a loss near that of guessing shows a cross-entropy."""

NEAR = 0.25
"""Relative distance of the first loss to ln C up to which it is one."""

FEWEST = 20
"""Rows, of which the later half tells how large the signal in the layers is."""

MOST = 60
"""Rows, of which the first tell it as well as all."""

VISIBLE = 1e-3
"""Scatter of the loss over that of guessing, below which batches are nearly one: of 32 examples it has 0.02."""

USUAL = 0.5
"""Powers of ten that the kernels may be off: small kernels make small signals, and gradients, of their own."""


def bias_excess(series: Series, layers: Sequence[Layer], classes: int) -> float:
    """Largest ‖∂L/∂b‖/√2 of the last bias in the first rows of a cross-entropy; 0 where that is not known.

    Of a mean cross-entropy ∂L/∂b = p̄ − ȳ, the difference of two distributions, whose length is at most √2. What
    exceeds it is c times the derivative with c of this or more: a sum over the batch, or a loss scaling.
    """
    if not layers or layers[-1].bias is None or classes < 2 or not len(series):
        return 0.0
    first, chance = float(series.step("loss")[0]), float(np.log(classes))
    norm = series.norm("gradient")[:EARLY, layers[-1].bias]
    known = norm[np.isfinite(norm)]
    if not abs(first - chance) < NEAR * chance or not len(known):
        return 0.0
    return float(known.max() / np.sqrt(2.0))


def bias_scatter(series: Series, layers: Sequence[Layer], classes: int) -> float:
    """Median ‖∂L/∂b‖ of the last bias over the scatter of the loss, while that is near that of guessing; ∞: not known.

    Of near uniform answers ∂L/∂b = p − y has the length √(1 − 1/C) for each example, and −ln p_y scatters by a part of
    1: over batches of B examples both shrink by √B. A gradient that is c times the derivative has c times as much.
    """
    if not layers or layers[-1].bias is None or classes < 2 or not len(series):
        return np.inf
    loss, chance = series.step("loss"), float(np.log(classes))
    away = np.flatnonzero(~(np.abs(loss - chance) < NEAR * chance))
    count = min(int(away[0]) if len(away) else len(loss), MOST)
    norm = median(series.norm("gradient")[:count, layers[-1].bias])
    scatter = deviation(np.diff(loss[:count])) / np.sqrt(2.0) if count >= FEWEST else 0.0
    return norm / scatter if scatter > VISIBLE * chance else np.inf


def logit_bias_excess(series: Series, layers: Sequence[Layer], classes: int) -> float:
    """Largest ‖∂L/∂b‖ of the last bias in the first rows, over the most that cross-entropy of logits gives; 0: unknown.

    Summed over the batch, or weighted by w, it is at most √2 Σw (of a single sigmoid Σw), and near the start the loss
    is about ln C Σw: c times the loss of guessing allows c times the gradient.
    """
    if not layers or layers[-1].bias is None:
        return 0.0
    most, chance = (np.sqrt(2.0), float(np.log(classes))) if classes >= 2 else (1.0, float(np.log(2.0)))
    norm, loss = series.norm("gradient")[:EARLY, layers[-1].bias], series.step("loss")[:EARLY]
    excess = norm / (most * np.maximum(1.0, loss / chance))
    return float(np.max(excess, initial=0.0, where=np.isfinite(excess)))


def bias_share(series: Series, bias: int, classes: int, *, rows: int) -> float:
    """‖∂L/∂b‖ of the last bias in the first ``rows`` over what cross-entropy of near uniform answers gives; median.

    ∂L/∂b = p̄ − ȳ; while p̄ is near uniform its length is √(2 (ln C − H)/C), H the entropy of the batch's labels.
    """
    missing = np.log(classes) - series.step("label_entropy")[:rows]
    norm = series.norm("gradient")[:rows, bias]
    return median(divide(norm, np.sqrt(2.0 * np.maximum(missing, 0.0) / classes)))


def kernel_share(series: Series, layers: Sequence[Layer]) -> float:
    """Largest over layers of ‖∂L/∂W‖/(‖∂L/∂b‖ √fan_in) in the later half of the run; 1 where it says nothing.

    It is about the root mean square of what a layer gets. In one layer that may be small, in all of them only where
    the kernels themselves are: such nets say nothing here, nor do those with a layer without bias.
    """
    plain = [layer for layer in layers if layer.bias is not None and not layer.embedding]
    if len(plain) < len(layers) or len(layers) < 2 or len(series) < FEWEST:
        return 1.0
    if any(gain.decades < -USUAL for gain in gains(series, layers)):
        return 1.0
    half = slice(len(series) // 2, None)
    shares = [median(input_scale(series, layer)[half]) for layer in plain]
    known = [share for share in shares if np.isfinite(share) and share > 0.0]
    return max(known) if len(known) == len(shares) else 1.0
