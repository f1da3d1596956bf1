"""Rows whose numbers are not finite, and since when a run has no others."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import not_finite
from tb_convergence.series import Series


def broken(series: Series) -> NDArray[np.bool_]:
    """Whether, [T], the loss, a gradient or a weight is not finite (and not: was not recorded)."""
    loss = series.step("loss")
    known = np.flatnonzero(np.isfinite(loss))
    numbers = not_finite(series).any(axis=1)
    # NaN means "unknown" for a loss, unless it was known in every row before
    always = len(known) > 0 and known[-1] + 1 == len(known)
    lost = np.isnan(loss) & always
    return numbers | np.isinf(loss) | lost


def broken_since(rows: NDArray[np.bool_]) -> int | None:
    """First of the broken ``rows``, [T], after which all are, to the end; ``None``: the last one is not."""
    if not len(rows) or not rows[-1]:
        return None
    fine = np.flatnonzero(~rows)
    return int(fine[-1]) + 1 if len(fine) else 0
