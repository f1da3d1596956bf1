"""Which optimizer made these updates: least squares of Δ on g, Δ⁻, g⁻ and w, from inner products alone.

    gradient descent   Δ = −η g
    heavy ball         Δ = μ Δ⁻ − η g
    Nesterov           Δ = μ Δ⁻ − η (1 + μ) g + η μ g⁻     (as Keras and Sutskever et al. 2013 write it)
    decoupled decay    … − η λ w

The normal equations add over variables and over steps, so a window of steps gives full rank even in one dimension,
where all five vectors are parallel at each single step. The sparsest model that explains everything is believed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series, Values

T = TypeVar("T", bound=np.generic)

REGRESSORS = ("gradient", "previous_update", "previous_gradient", "weight")
MODELS: tuple[tuple[int, ...], ...] = ((0,), (0, 3), (0, 1), (0, 1, 3), (0, 1, 2), (0, 1, 2, 3))
"""Columns of :data:`REGRESSORS`, the sparsest first."""

HEAVY = MODELS.index((0, 1))
"""The heavy ball among them."""

EXACT = 1e-6
"""Largest 1 − R² of a model that explains the updates exactly: records hold 24 bits, a sum of squares ~1e-7."""

PART = 1e-5
"""Least length of η g over that of Δ: records hold 24 bits, so that η has 1 % at 6e-6."""

APART = 1e-5
"""sin² of the angle between g and Δ⁻ from which a part μ of Δ⁻ in Δ leaves μ²/10⁵ unexplained by g: 1e-6 at μ = 0.3."""

CHUNK = 8192
"""Elements of a statistic worked on at a time: what fits a processor's cache."""

COARSE = 1e-3
"""The same where the weights' own rounding blurs small updates; beyond, nothing is identified."""

RANK = 1e-6
"""Smallest eigenvalue of the regressors' correlations; 24-bit cosines disturb it by ~1e-7. Below: parallel."""

ROUNDING = 2.0**-24
"""Half a unit in the last place of float32: w + Δ is rounded to this share of w."""

SOME = 0.1
"""Share of the rows in which an optimizer must explain the updates of all variables."""

FREE = 2
"""Numbers that a fit must explain beyond those that it may choose: two at once are not right by chance."""


class Family(StrEnum):
    """What the updates look like."""

    DESCENT = "gradient descent"
    MOMENTUM = "momentum"
    NESTEROV = "nesterov"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Normal:
    """Normal equations of W windows: ``a`` [W, 4, 4], ``b`` [W, 4], ``c`` [W] = ‖Δ‖², ``noise`` [W] of rounding."""

    a: Values
    b: Values
    c: Values
    noise: Values


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The best model of each of W windows.

    Attributes:
      model: int [W], index into :data:`MODELS`; −1: none is exact.
      coefficients: float64 [W, 4] of :data:`REGRESSORS`, 0 where the model leaves one out; NaN where none is exact, and
        that of the gradient where it has no part in the updates that could be seen.
      residual: float64 [W], 1 − R² of the model chosen, or the least of all.
    """

    model: np.ndarray[tuple[int], np.dtype[np.int64]]
    coefficients: Values
    residual: Values

    @property
    def momentum(self) -> Values:
        """μ, float64 [W]."""
        return self.coefficients[:, 1]

    @property
    def learning_rate(self) -> Values:
        """η, float64 [W]; Nesterov's coefficient of g is η (1 + μ)."""
        nesterov = self.coefficients[:, 2] != 0.0
        return -self.coefficients[:, 0] / np.where(nesterov, 1.0 + self.momentum, 1.0)

    @property
    def decay(self) -> Values:
        """ηλ, float64 [W]: the share of the weight that decoupled weight decay takes at each step."""
        return -self.coefficients[:, 3]

    def family(self, window: int) -> Family:
        """The optimizer's family in one window."""
        if self.model[window] < 0:
            return Family.UNKNOWN
        regressors = MODELS[self.model[window]]
        if 2 in regressors:
            return Family.NESTEROV
        return Family.MOMENTUM if 1 in regressors else Family.DESCENT


def row_equations(series: Series, columns: NDArray[np.bool_] | slice = slice(None)) -> Normal:
    """The normal equations of each row, summed over the variables (of ``columns``) whose vectors are all known."""
    norms, angles = vectors(series, (slice(None), columns))
    rows = max(1, CHUNK // max(1, len(series.variables)))
    sums = np.concatenate(
        [
            gram_sums([x[t : t + rows] for x in norms], {key: x[t : t + rows] for key, x in angles.items()})
            for t in range(0, max(1, len(series)), rows)
        ]
    )  # [T, 5, 5]
    return normal_of(sums)


def vectors(series: Series, chosen: Any) -> tuple[list[Values], dict[tuple[int, int], Values]]:
    """Lengths of ``REGRESSORS`` and of the update, and the cosines between them; ``chosen``: of [T, V]."""
    names = (*REGRESSORS, "update")
    norms = [series.norm(x)[chosen] for x in names]
    return norms, {(i, j): series.recorded(cosine(names[i], names[j]))[chosen] for i in range(5) for j in range(i)}


def normal_of(sums: Values) -> Normal:
    """Of inner products [W, 5, 5]: those of ``REGRESSORS``, and the update last."""
    return Normal(sums[:, :4, :4], sums[:, :4, 4], sums[:, 4, 4], sums[:, 3, 3] * ROUNDING**2)


def gram_sums(norms: list[Values], angles: dict[tuple[int, int], Values], weights: Values | float = 1.0) -> Values:
    """Inner products of five vectors, times ``weights`` [rows, V], summed over variables: float64 [rows, 5, 5]."""
    pairs = [(i, j) for i in range(5) for j in range(i + 1)]
    known = np.ones(norms[0].shape, bool)
    terms = []
    for i, j in pairs:
        product = norms[i] * norms[j]
        term = product if i == j else np.where(product == 0.0, 0.0, product * angles[i, j])
        known &= np.isfinite(term)
        terms.append(term * weights)
    gram = np.empty((len(norms[0]), 5, 5))
    for (i, j), term in zip(pairs, terms, strict=True):
        gram[:, i, j] = gram[:, j, i] = np.sum(term, axis=1, where=known)
    return gram


def evenly(rows: Normal) -> Normal:
    """The equations with every row of about the same weight, 1/‖Δ‖², so that each must be explained to the same share.

    In a run that blows up the last rows would outweigh all others, and they alone, all along one direction, do not
    tell a momentum from a rate. A row that is mostly the rounding of its weights counts by that, and so for less.
    """
    with np.errstate(all="ignore"):  # of rows that are not finite, which count for nothing
        weight = np.exp2(-np.round(np.log2(rows.c + rows.noise / EXACT)))  # a power of two rounds nothing
        parts = [x * _along(weight, x) for x in (rows.a, rows.b, rows.c, rows.noise)]
    usable = (rows.c > 0.0) & np.isfinite(parts[0]).all(axis=(1, 2)) & np.isfinite(parts[1]).all(axis=1)
    usable &= np.isfinite(parts[2]) & np.isfinite(parts[3])
    return Normal(*(np.where(_along(usable, x), x, 0.0) for x in parts))


def with_exact(found: Fit, series: Series, width: int) -> Fit:
    """``found``, of each row, and where it is unknown what the variables show that are not known from samples.

    The lengths of a sample are put right by the gradient's, and where that fails in one variable, no optimizer explains
    the row. Only where one explains all variables in some rows: else those of the samples are moved by something else.
    """
    whole_ = np.array([v.sampled is None for v in series.variables], np.bool_)
    known = found.model >= 0
    if whole_.all() or not whole_.any() or not known.mean() > SOME:
        return found
    exact = each(evenly(row_equations(series, whole_)), width, int(series.sizes[whole_].sum()))
    return Fit(
        np.where(known, found.model, exact.model),
        np.where(known[:, None], found.coefficients, exact.coefficients),
        np.where(known, found.residual, exact.residual),
    )


def _along(each: NDArray[T], x: Values) -> NDArray[T]:
    """One number a row, [T], in a shape that goes with ``x``, [T, …]."""
    return each.reshape(len(each), *[1] * (x.ndim - 1))


def windowed(rows: Normal, width: int) -> Normal:
    """The sums over the last ``width`` rows up to each row (fewer at the start)."""
    return Normal(*(_rolling(x, width) for x in (rows.a, rows.b, rows.c, rows.noise)))


def whole(rows: Normal) -> Normal:
    """The sums over all rows, as one window."""
    return Normal(*(x.sum(axis=0, keepdims=True) for x in (rows.a, rows.b, rows.c, rows.noise)))


def _rolling(x: Values, width: int) -> Values:
    # not a difference of cumulative sums: a diverging run's large late terms would swallow the early ones
    total = x.copy()
    for lag in range(1, min(width, len(x))):
        total[lag:] += x[:-lag]
    return total


def fit(normal: Normal) -> Fit:
    """For each window the sparsest exact model."""
    windows = len(normal.c)
    chosen = np.full(windows, -1, np.int64)
    coefficients = np.full((windows, 4), np.nan)
    least = np.full(windows, np.inf)
    with np.errstate(all="ignore"):  # squares of a run that explodes may overflow: not usable, and seen as such
        tolerance = np.minimum(EXACT + 4.0 * normal.noise / normal.c, COARSE)
        for index, columns in enumerate(MODELS):
            solution, residual = solved(normal, columns)
            exact = (chosen < 0) & (residual <= tolerance)
            chosen[exact] = index
            coefficients[exact] = solution[exact]
            coefficients[exact & ~_told(normal, solution), 0] = np.nan
            least = np.where((chosen < 0) | exact, np.fmin(least, residual), least)
    return Fit(chosen, coefficients, least)


def each(rows: Normal, width: int, elements: int) -> Fit:
    """The optimizer in the last ``width`` rows up to each; where they had not one rate, as under a schedule, in each.

    A single row says something where it has at least :data:`FREE` more numbers, ``elements``, than regressors.
    """
    several, single = fit(windowed(rows, width)), fit(rows)
    spare = np.array([elements - len(columns) for columns in MODELS])
    sparser = (single.model >= HEAVY) & (single.model < several.model)  # two rates in two rows look like Nesterov's g⁻
    impossible = (single.learning_rate > 0.0) & ~((several.momentum < 1.0) & (several.learning_rate > 0.0))
    told = (
        ((several.model < 0) | sparser | impossible | _plain(rows, single, several))
        & (single.model >= 0)
        & (spare[single.model] >= FREE)
    )
    return Fit(
        np.where(told, single.model, several.model),
        np.where(told[:, None], single.coefficients, several.coefficients),
        np.where(told, single.residual, several.residual),
    )


def _plain(rows: Normal, single: Fit, several: Fit) -> NDArray[np.bool_]:
    """Whether a row is one of plain descent for certain, [T]: Δ ∥ g, and Δ⁻ is not, so that there is none of it in Δ.

    Rates that change a little from row to row are taken for a momentum in several rows at once.
    """
    square = divide(rows.a[:, 0, 1] ** 2, rows.a[:, 0, 0] * rows.a[:, 1, 1])
    found: NDArray[np.bool_] = (single.model == 0) & (several.model != 0) & (1.0 - square > APART)
    return found


def _told(normal: Normal, solution: Values) -> NDArray[np.bool_]:
    """Whether the gradient has a part in the updates: where each is like the one before, any rate near 0 fits."""
    told: NDArray[np.bool_] = solution[:, 0] ** 2 * normal.a[:, 0, 0] > PART**2 * normal.c
    return told


def solved(normal: Normal, columns: tuple[int, ...]) -> tuple[Values, Values]:
    """Coefficients [W, 4] and 1 − R² [W] of one model; infinite 1 − R² where its rank is not full."""
    a, b = normal.a[:, columns][:, :, columns], normal.b[:, columns]
    scale = np.sqrt(np.einsum("wii->wi", a))
    usable = (scale > 0).all(axis=1) & np.isfinite(scale).all(axis=1) & (normal.c > 0) & np.isfinite(normal.c)
    scale = np.where(usable[:, None], scale, 1.0)
    correlation = np.where(usable[:, None, None], a / (scale[:, :, None] * scale[:, None, :]), np.eye(len(columns)))
    usable &= np.linalg.eigvalsh(correlation)[:, 0] > RANK
    correlation[~usable] = np.eye(len(columns))
    target = np.where(usable[:, None], b / scale, 0.0)
    x = np.linalg.solve(correlation, target[:, :, None])[:, :, 0]
    residual = np.where(usable, 1.0 - (x * target).sum(axis=1) / np.where(usable, normal.c, 1.0), np.inf)
    solution = np.zeros((len(b), 4))
    solution[:, columns] = x / scale
    return solution, np.where(usable, np.maximum(residual, 0.0), np.inf)
