"""Whether a run that ends in numbers that are not finite came there step by step, or from one step to the next."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.estimators.gram import Gram
from tb_convergence.series import Series, Values

FEWEST = 8
"""Rows before the break, of which the usual is taken."""

LAST = 3
"""Rows right before the break that could announce it; of single examples the very last may be an easy one."""

USUAL = 10.0
"""Gradient norm and loss of those rows over their medians, up to which nothing announced it."""

STEP = 0.1
"""‖Δ‖/‖w‖ of one of their updates, above which the step itself may have led there."""

LEAST, DOUBLED = 2, 0.3
"""Rows that show that loss and gradient came down, and what the last update may then be: three layers of weights that
change by 30 % at most double what they answer, from which nothing overflows."""


def sudden(series: Series, model: Gram, update_ratio: Values, row: int) -> bool:
    """Whether gradient, loss and steps were as usual in the last rows before ``row``, the first of the broken ones.

    Of a break in the first few rows, whether both have come down since the first.
    """
    recent = np.nan_to_num(update_ratio[max(0, row - (LAST if row >= FEWEST else 1)) : row])
    last = float(recent.max()) if len(recent) else np.inf
    seen = [x[:row] for x in (model.norm("gradient"), np.abs(series.step("loss")))]
    if row >= FEWEST and last <= STEP:
        return all(map(_as_usual, seen))
    return row >= LEAST and bool(last <= DOUBLED) and all(bool(x[-1] < x[0]) for x in seen)


def _as_usual(x: Values) -> bool:
    known = x[np.isfinite(x)]
    return len(known) == 0 or bool((x[-LAST:] <= USUAL * float(np.median(known))).all())


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
