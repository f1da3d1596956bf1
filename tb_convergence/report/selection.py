"""One statistic of one run, by name: the display catalogue first, then whatever was recorded."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.derived import (
    STATISTICS,
    Statistic,
    UnknownStatisticError,
    aggregate,
    compute,
    statistic,
)
from tb_convergence.diagnose.estimators.gram import not_finite
from tb_convergence.series import Series, Values

WHOLE_MODEL = ""  # name of the line that shows all variables as one vector


def described(name: str) -> Statistic:
    """The catalogue's entry.

    Raises:
      UnknownStatisticError: there is none; the text lists all names.
    """
    try:
        return statistic(name)
    except UnknownStatisticError as error:
        raise UnknownStatisticError(f"there is no statistic {name!r}. There are: {', '.join(STATISTICS)}") from error


def columns(series: Series, name: str) -> dict[str, Values]:
    """Variable → float64 [T]; for a statistic of the whole step, its own name → [T]."""
    values = compute(series, described(name).name)
    if values.ndim == 1:
        return {name: values}
    return {variable.name: values[:, i] for i, variable in enumerate(series.variables)}


def chosen(series: Series, name: str, variables: Sequence[str]) -> list[Values]:
    """float64 [T] of each variable; of the whole model where its name is ``""``.

    Raises:
      KeyError: the run has no such variable, or the statistic is not one of variables.
    """
    found = columns(series, name) if set(variables) - {WHOLE_MODEL} else {}
    return [aggregate(series, name) if variable == WHOLE_MODEL else found[variable] for variable in variables]


def exists(series: Series, values: Values) -> NDArray[np.bool_]:
    """Whether there is a number, in the shape of ``values``, [T, V] or [T].

    A NaN is a number that is not finite where the gradient or weight was not finite; elsewhere it says that there was
    nothing to compute: no gradient, no previous step.
    """
    broken = not_finite(series)
    return ~np.isnan(values) | (broken if values.ndim == 2 else broken.any(axis=1) & np.isfinite(values).any())
