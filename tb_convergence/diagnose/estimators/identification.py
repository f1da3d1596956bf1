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

import numpy as np

from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series, Values

REGRESSORS = ("gradient", "previous_update", "previous_gradient", "weight")
MODELS: tuple[tuple[int, ...], ...] = ((0,), (0, 3), (0, 1), (0, 1, 3), (0, 1, 2), (0, 1, 2, 3))
"""Columns of :data:`REGRESSORS`, the sparsest first."""

EXACT = 1e-6
"""Largest 1 − R² of a model that explains the updates exactly: records hold 24 bits, a sum of squares ~1e-7."""

CHUNK = 8192
"""Elements of a statistic worked on at a time: what fits a processor's cache."""

COARSE = 1e-3
"""The same where the weights' own rounding blurs small updates; beyond, nothing is identified."""

RANK = 1e-6
"""Smallest eigenvalue of the regressors' correlations; 24-bit cosines disturb it by ~1e-7. Below: parallel."""

ROUNDING = 2.0**-24
"""Half a unit in the last place of float32: w + Δ is rounded to this share of w."""


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
      coefficients: float64 [W, 4] of :data:`REGRESSORS`, 0 where the model leaves one out; NaN where none is exact.
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


def row_equations(series: Series) -> Normal:
    """The normal equations of each row, summed over the variables whose five vectors are all known."""
    names = (*REGRESSORS, "update")
    norms = [series.norm(x) for x in names]
    angles = {(i, j): series.recorded(cosine(names[i], names[j])) for i in range(5) for j in range(i)}
    rows = max(1, CHUNK // max(1, len(series.variables)))
    sums = np.concatenate(
        [
            _gram_sums([x[t : t + rows] for x in norms], {key: x[t : t + rows] for key, x in angles.items()})
            for t in range(0, max(1, len(series)), rows)
        ]
    )  # [T, 5, 5]
    return Normal(sums[:, :4, :4], sums[:, :4, 4], sums[:, 4, 4], sums[:, 3, 3] * ROUNDING**2)


def _gram_sums(norms: list[Values], angles: dict[tuple[int, int], Values]) -> Values:
    """Inner products of five vectors summed over variables, float64 [rows, 5, 5]."""
    pairs = [(i, j) for i in range(5) for j in range(i + 1)]
    known = np.ones(norms[0].shape, bool)
    terms = []
    for i, j in pairs:
        product = norms[i] * norms[j]
        term = product if i == j else np.where(product == 0.0, 0.0, product * angles[i, j])
        known &= np.isfinite(term)
        terms.append(term)
    gram = np.empty((len(norms[0]), 5, 5))
    for (i, j), term in zip(pairs, terms, strict=True):
        gram[:, i, j] = gram[:, j, i] = np.sum(term, axis=1, where=known)
    return gram


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
            solution, residual = _solve(normal, columns)
            exact = (chosen < 0) & (residual <= tolerance)
            chosen[exact] = index
            coefficients[exact] = solution[exact]
            least = np.where((chosen < 0) | exact, np.fmin(least, residual), least)
    return Fit(chosen, coefficients, least)


def _solve(normal: Normal, columns: tuple[int, ...]) -> tuple[Values, Values]:
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
