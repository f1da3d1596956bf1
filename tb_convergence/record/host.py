"""What the graph measures of a step, in numpy: for loops that run eagerly, where TensorFlow takes a while to begin.

Each function is the twin of one that works in a graph, and is tested against it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.record.assembly import PAIRS, UNREAD
from tb_convergence.record.exact import SMALLEST_SQUARE as SMALLEST_OF_ALL
from tb_convergence.record.statistics import SMALLEST_SQUARE
from tb_convergence.schema.statistics import VECTORS

Floats = NDArray[np.float64]
ROWS = 256  # squares that one float32 adds up one after the other
_N = len(VECTORS)


def measured(vectors: Sequence[NDArray[Any]]) -> Floats:
    """``statistics.measured`` of arrays: float64 [V, 21]."""
    products = _inner_products(vectors)
    scales = np.ones((len(products), _N))
    squares = products[:, :_N]
    usual = np.isnan(squares) | (np.isfinite(squares) & (squares > SMALLEST_SQUARE))
    if not usual.all():
        largest = np.stack([np.abs(x).max(1) for x in vectors], 1)  # [V, 5]
        if not (usual | (largest == 0)).all():
            scales = largest.astype(np.float64)
            divisors = np.where(scales > 0, scales, 1.0)  # a NaN stays one
            with np.errstate(invalid="ignore"):
                products = _inner_products([x / divisors[:, i : i + 1] for i, x in enumerate(vectors)])
    return np.concatenate([products, scales, vectors[0].sum(1, dtype=np.float64, keepdims=True)], 1)


def _inner_products(vectors: Sequence[NDArray[Any]]) -> Floats:
    with np.errstate(invalid="ignore", over="ignore"):
        found = [np.einsum("vk,vk->v", vectors[i], vectors[j]) for i, j in PAIRS]
        return np.stack(found, 1).astype(np.float32).astype(np.float64)


def extremes(sample: NDArray[Any], sizes: NDArray[np.int64]) -> Floats:
    """``statistics.gradient_extremes`` and the norm of each row: float64 [V, 3]."""
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.abs(sample).max(1).astype(np.float64)
        square = np.einsum("vk,vk->v", sample, sample).astype(np.float64)
        norm = np.sqrt(square)
        unusual = ~(np.isfinite(square) & (square > SMALLEST_SQUARE))
        if unusual.any():
            known = np.where(largest > 0, largest, 1.0)[unusual, None]
            norm[unusual] = largest[unusual] * np.sqrt(np.square(sample[unusual] / known).sum(1))
    zeros = (sizes - np.add.reduce(sample != 0, axis=1, dtype=np.int64)) / np.maximum(sizes, 1)
    finite, missing = np.isfinite(largest), np.isnan(largest)
    return np.stack([np.where(finite, largest, np.nan), np.where(missing, np.nan, zeros), norm], 1)


def exact(gradients: Sequence[NDArray[Any] | None], places: Sequence[int]) -> Floats:
    """``exact.exact_gradient`` at some places, ``UNREAD`` at the others: float64 [V, 3]."""
    found = np.tile([UNREAD, 0.0, UNREAD], (len(gradients), 1))
    found[[g is None for g in gradients]] = np.nan
    for i in places:
        gradient = gradients[i]
        if gradient is not None:
            found[i] = _exact(gradient)
    return found


def _exact(gradient: NDArray[Any]) -> tuple[float, float, float]:
    """‖g‖, the number of non-finite elements, the share of dead units."""
    width = gradient.shape[-1] if gradient.ndim > 1 else 1
    table = gradient.reshape(gradient.size // max(width, 1), width)
    with np.errstate(invalid="ignore", over="ignore"):
        columns = _column_sums(table)
        square = float(columns.sum())
    nonfinite = 0.0
    if not (np.isfinite(square) and square > SMALLEST_OF_ALL):
        table = table.astype(np.float64)
        columns = _column_sums(table)
        nonfinite = float(table.size - np.isfinite(table).sum())
        square = np.nan if nonfinite else float(columns.sum())
    dead = float(np.mean(columns == 0)) if gradient.ndim > 1 and columns.size else np.nan
    return float(np.sqrt(square)), nonfinite, dead


def _column_sums(table: NDArray[Any]) -> Floats:
    """Σᵢ xᵢⱼ² of a matrix, float64."""
    if table.shape[1] == 1:
        return np.array([np.dot(table[:, 0], table[:, 0])], np.float64)
    parts = [table[i : i + ROWS] for i in range(0, len(table), ROWS)]
    total = np.zeros(table.shape[1])
    for part in parts:
        total += np.einsum("ij,ij->j", part, part)
    return total


def cosines(a: NDArray[Any], b: NDArray[Any]) -> Floats:
    """``statistics.cosine_of`` of arrays: float64 [V]."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        found = (x * y).sum(1) / np.sqrt((x * x).sum(1) * (y * y).sum(1))
    return np.where(np.isfinite(found), np.clip(found, -1.0, 1.0), np.nan)
