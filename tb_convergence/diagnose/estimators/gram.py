"""Inner products of a step's five vectors: for each variable, or for the whole model as one vector."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series, Values

BLOCK = 2**15
"""Numbers looked at together: half a megabyte, with what is made of them."""

Inner = Callable[[str, str], Values]


@dataclass(frozen=True, slots=True, eq=False)
class Gram:
    """What a formula may ask for; every array is float64 ``[T, V]``, or ``[T]`` for the whole model.

    Attributes:
      inner: ⟨a, b⟩ of two of ``schema.statistics.VECTORS``.
      size: number of elements; ``[V]``, or ``[T]`` where the whole model is seen.
    """

    inner: Inner
    size: Values

    def norm(self, a: str) -> Values:
        """‖a‖."""
        return np.sqrt(self.inner(a, a))

    def cosine(self, a: str, b: str) -> Values:
        """cos(a, b) in −1 … 1; NaN where either vector is zero."""
        return np.clip(divide(self.inner(a, b), self.norm(a) * self.norm(b)), -1.0, 1.0)


def divide(numerator: Values, denominator: Values) -> Values:
    """The quotient; NaN where it is undefined, never a warning and never an infinity made out of a zero."""
    usable = (denominator != 0.0) & np.isfinite(denominator)
    quotient = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=usable)
    return quotient


def of_variables(series: Series) -> Gram:
    """The inner products of each variable."""
    return Gram(series.inner, series.sizes.astype(np.float64))


def of_model(series: Series) -> Gram:
    """The inner products of all variables laid end to end.

    A variable without the vector (no gradient, no previous step) takes no part. One whose numbers are not finite makes
    the sum NaN.
    """
    broken = not_finite(series)
    exists = ~np.isnan(series.norm("gradient")) | broken
    size = np.where(exists, series.sizes, 0).sum(axis=1).astype(np.float64)

    @cache
    def inner(a: str, b: str) -> Values:
        return _summed(series, a, b, broken)

    return Gram(inner, size)


def _summed(series: Series, a: str, b: str, broken: NDArray[np.bool_]) -> Values:
    """⟨a, b⟩ of all variables, float64 [T]: rows by rows, so that what is in between stays in the processor's cache."""
    first, second = series.norm(a), series.norm(b)
    angle = None if a == b else series.recorded(cosine(a, b))
    result = np.empty(len(series))
    for part in blocks(series):
        values = first[part] * second[part]
        if angle is not None:
            np.multiply(values, angle[part], out=values, where=values != 0.0)
        result[part] = total(values, broken[part])
    return result


def blocks(series: Series) -> Iterator[slice]:
    """The rows in parts of about ``BLOCK`` numbers."""
    rows = max(1, BLOCK // max(1, len(series.variables)))
    return (slice(start, start + rows) for start in range(0, len(series), rows))


def not_finite(series: Series) -> NDArray[np.bool_]:
    """Whether, [T, V], the gradient or the weight holds a NaN or an infinity (and not: was not recorded).

    A weight that is NaN in a row without any gradient is one that the row does not speak of: another model's row, say.
    """
    weight, count = series.norm("weight"), series.recorded("gradient_nonfinite_count")
    ever = np.isfinite(weight).any(axis=0)  # [V]; a weight that was never recorded says nothing
    spoken_of = np.isfinite(count) | np.isinf(weight)
    return (count > 0) | (~np.isfinite(weight) & ever & spoken_of)


def total(values: Values, broken: NDArray[np.bool_]) -> Values:
    """Sum over variables, float64 [T]: what is missing is left out; what is broken makes the sum NaN."""
    missing = np.isnan(values)
    result: Values = np.where(missing, 0.0, values).sum(axis=1)
    result[missing.all(axis=1) | (missing & broken).any(axis=1)] = np.nan
    return result
