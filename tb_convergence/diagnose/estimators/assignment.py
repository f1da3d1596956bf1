"""Whose gradient moved a variable? Lengths answer it exactly for gradient descent and momentum.

    gradient descent   ‖Δ_i‖ = η ‖g_j‖
    heavy ball         ‖Δ_i‖² − 2μ ⟨Δ_i, Δ_i⁻⟩ + μ² ‖Δ_i⁻‖² = η² ‖g_j‖²

at every step, for the variable j whose gradient was used. Only variables of one shape can be confused.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import blocks, divide
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series, Values

EXACT = 1e-3
"""Relative spread of η up to which lengths match: float32 weights blur updates; other variables differ by far more."""

SAMPLE, ROUGH = 64, 0.01
"""Rows of a first look at all pairs, and the largest 1 − R² there of a pair that is looked at closely."""

FEWEST = 6
"""Rows for three unknowns, twice over."""

OWN = -0.9
"""cos(Δ, g) below which a single step already follows its own gradient."""


@dataclass(frozen=True, slots=True)
class Match:
    """The updates of column ``moved`` have the lengths that gradient ``source`` gives, to the relative ``error``."""

    moved: int
    source: int
    error: float


def alignment(series: Series) -> Values:
    """Σ⟨Δ, g⟩ / √(Σ‖Δ‖² Σ‖g‖²) of each variable over all rows, float64 [V]: −1 for descent, about 0 for strangers."""
    gradient, update = series.norm("gradient"), series.norm("update")
    angle = series.recorded(cosine("gradient", "update"))
    sums = np.zeros((3, len(series.variables)))
    for part in blocks(series):
        g, d = gradient[part], update[part]
        product = g * d
        np.multiply(product, angle[part], out=product, where=product != 0.0)
        known = np.isfinite(product) & np.isfinite(g) & np.isfinite(d)
        sums += [np.sum(x, axis=0, where=known) for x in (product, g * g, d * d)]
    return divide(sums[0], np.sqrt(sums[1] * sums[2]))


def matches(series: Series, candidates: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[Match, ...]:
    """For each of the columns ``candidates`` the other variable of its shape whose gradient its updates match."""
    found = (_source(series, int(i)) for i in candidates)
    return tuple(match for match in found if match is not None)


def _source(series: Series, i: int) -> Match | None:
    shape = series.variables[i].shape
    others = _plausible(series, i, [j for j, v in enumerate(series.variables) if v.shape == shape and j != i])
    tried = [Match(i, j, min(_descent(series, i, j), _heavy_ball(series, i, j))) for j in others]
    best = min(tried, key=lambda match: match.error, default=None)
    if best is None or not best.error < EXACT:
        return None
    own = min(_descent(series, i, i), _heavy_ball(series, i, i))
    return best if own > 10.0 * best.error else None


def _plausible(series: Series, i: int, others: list[int]) -> list[int]:
    """Those of ``others`` whose lengths fit in a sample of rows; an exact test of every pair would take too long."""
    rows = np.unique(np.linspace(1, len(series) - 1, SAMPLE).astype(np.int64))
    update, before = (series.norm(x)[rows, i] for x in ("update", "previous_update"))
    usable = np.isfinite(update) & np.isfinite(before) & (update > 0)
    if usable.sum() < FEWEST or not others:
        return []
    rows, update, before = rows[usable], update[usable], before[usable]
    cosine_ = series.recorded(cosine("update", "previous_update"))[rows, i]
    gradient = np.nan_to_num(
        series.norm("gradient")[np.ix_(rows, np.array(others))] / update[:, None]
    )  # [rows, others]
    momentum = np.nan_to_num(np.stack([cosine_ * before / update, (before / update) ** 2], axis=1))
    basis, _ = np.linalg.qr(momentum)
    none, rate = np.zeros((len(rows), 0)), np.nan_to_num(series.step("learning_rate")[rows])[:, None]
    fits = _explains(gradient, none) | _explains(gradient, basis) | _explains(gradient * rate, none)
    return [j for j, plausible in zip(others, fits, strict=True) if plausible]


def _explains(gradient: Values, parts: Values) -> NDArray[np.bool_]:
    """Whether, [others], the square of a column explains ones beside the orthonormal ``parts`` [rows, k]."""
    y, x = np.ones(len(gradient)), gradient**2
    y, x = y - parts @ (parts.T @ y), x - parts @ (parts.T @ x)
    share = divide((y @ x) ** 2, (x**2).sum(axis=0) * float(y @ y))
    return np.nan_to_num(1.0 - share, nan=1.0) < ROUGH


def _descent(series: Series, i: int, j: int) -> float:
    """Relative spread of ‖Δ_i‖/‖g_j‖, where the learning rate is one, or set and recorded."""
    ratio = divide(series.norm("update")[:, i], series.norm("gradient")[:, j])
    return min(_spread(ratio), _spread(divide(ratio, series.step("learning_rate"))))


def _spread(x: Values) -> float:
    known = x[np.isfinite(x) & (x > 0)]
    if len(known) < FEWEST:
        return np.inf
    middle = np.median(known)
    return float(np.quantile(np.abs(known - middle), 0.9) / middle)


def _heavy_ball(series: Series, i: int, j: int) -> float:
    """Relative error of η‖g_j‖ with the best η and μ; infinite where they make no momentum."""
    squares = [series.norm(x)[:, k] ** 2 for x, k in (("gradient", j), ("previous_update", i), ("update", i))]
    columns = np.stack([squares[0], 2.0 * series.inner("update", "previous_update")[:, i], -squares[1]], axis=1)
    known = np.isfinite(columns).all(axis=1) & np.isfinite(squares[2]) & (squares[2] > 0)
    if known.sum() < FEWEST:
        return np.inf
    x, y = columns[known] / squares[2][known, None], np.ones(int(known.sum()))
    scale = np.abs(x).max(axis=0)
    if not (scale > 0).all():
        return np.inf
    solution, _, rank, _ = np.linalg.lstsq(x / scale, y, rcond=1e-8)
    square, momentum, again = solution / scale
    consistent = rank == 3 and square > 0 and 0.0 < momentum < 1.0 and abs(again - momentum**2) < 0.02
    return float(np.quantile(np.abs(x @ (solution / scale) - y), 0.9)) if consistent else np.inf
