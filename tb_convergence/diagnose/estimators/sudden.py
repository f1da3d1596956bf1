"""Whether a run that ends in numbers that are not finite came there step by step, or from one step to the next."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.estimators.gram import Gram
from tb_convergence.series import Series, Values

FEWEST = 8
"""Rows before the break, of which the usual is taken."""

USUAL = 10.0
"""Gradient norm and loss of the last row before the break over their medians, up to which nothing announced it."""

STEP = 0.1
"""‖Δ‖/‖w‖ of the last update, above which the step itself may have led there."""


def sudden(series: Series, model: Gram, update_ratio: Values, row: int) -> bool:
    """Whether gradient, loss and step were as usual in the last row before ``row``, the first of the broken ones."""
    if row < FEWEST or not (np.nan_to_num(update_ratio[row - 1]) <= STEP):
        return False
    return all(_as_usual(x[:row]) for x in (model.norm("gradient"), np.abs(series.step("loss"))))


def _as_usual(x: Values) -> bool:
    known = x[np.isfinite(x)]
    return len(known) == 0 or bool(x[-1] <= USUAL * float(np.median(known)))


def before(series: Series, row: int) -> Series:
    """The first ``row`` rows."""
    return replace(
        series,
        steps=series.steps[:row],
        wall_times=series.wall_times[:row],
        windows=series.windows[:row],
        values={name: values[:row] for name, values in series.values.items()},
        step_values={name: values[:row] for name, values in series.step_values.items()},
    )
