"""Steps of great length: which ones are long, the rate at which the run got on before, and what is told of them."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.advice import high_learning_rate as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.mortality import killed
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.rate_leap import leap_row, rate_before
from tb_convergence.diagnose.estimators.step_length import first_ratio
from tb_convergence.diagnose.parts.noisy_gradient.one_example import one_example
from tb_convergence.diagnose.rules.excessive_momentum import carried
from tb_convergence.diagnose.rules.oscillating_updates import harmful_order
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.series import Values

Rows = NDArray[np.int64]

FEWEST = 4
"""Rows: two give one curvature; the rest shows that the trouble lasts."""

UNSTABLE_ROWS = 2
"""Unstable steps before or at the onset of trouble; one may be the luck of a batch."""

HUGE_RATIO = 0.1
"""‖Δ‖/‖w‖ at which one step replaces a tenth of all weights; typical is 1e-3 (cs231n), healthy starts reach 3e-2."""

LONG_RATIO = 1e-2
"""‖Δ‖/‖w‖ of most steps of half a run, ten times the usual: nothing that was learned lasts."""

REPLACED = 1.0
"""‖Δ‖/‖w‖ of a step as long as the weights themselves, which no order of batches excuses."""

SAFE_RATIO = 2e-2
"""‖Δ‖/‖w‖ of a first step to aim at: later ones are shorter, and healthy starts reach 3e-2."""

FIRST = 5
"""Unstable steps that are measured; once a run has exploded, its curvature is that of another place."""

SOON = 5
"""Rows after a huge step within which its harm shows."""

DIED, DIED_ROWS = 0.9, 10
"""Share of a layer's units that get no gradient any more, in most of the last rows: a huge step killed them."""

LIMPING_RISE = 1.5
"""Loss after such steps over the loss at the start."""

TOSSED = 3.0
"""Loss after one of the first steps over the first, from which it was thrown up, see ``outcome.RISE``."""

PROVEN, LEAP = 10, 3.0
"""Rows at a lower rate that prove it, and times that a later one is higher, for the lower one to be advised."""

PAST = -1.0
"""Slope along a step at its end over that at its start, below which it ends higher than it began on a parabola."""


def up_to_trouble(context: Context) -> slice:
    """Rows up to a little after the onset of trouble; all rows when there is no such moment."""
    row = context.judgement.row
    if row is None:
        return slice(0, len(context.series))
    left = context.diverging_row  # long before numbers give out
    row = row if left is None else min(row, left)
    return slice(0, row + max(FEWEST, row // 4) + 1)


def leapt_at(context: Context) -> int:
    """The row at which the rate leaps far above that of the rows before, which are not to blame then; 0: none."""
    return leap_row(context.learning_rate, context.model, proven=PROVEN, leap=LEAP)


def rate_earlier(context: Context, row: int) -> float | None:
    """The rate at which the run got on before one that is a good deal higher; ``None``: there was none."""
    return rate_before(context.learning_rate, context.trend, row, proven=PROVEN, few=FIRST, leap=LEAP)


def otherwise_long(context: Context) -> bool:
    """Whether noise, momentum, or batches that undo each other make steps long, whatever the rate."""
    return context.drowned or one_example(context) or carried(context) or harmful_order(context)


def length_at_first(context: Context) -> float:
    """‖Δ‖/‖w‖ of the first step, with weights no smaller than usual; NaN: not known."""
    return first_ratio(context.series, float(context.update_ratio[0]), context.kernels)


def built_up(context: Context) -> float:
    """How much longer than its first step those of a heavy ball get: 1/√(1 − μ).

    That lies between gradients that agree, 1/(1 − μ), and such as have nothing in common, 1/√(1 − μ²).
    """
    given = ((context.series.optimizer or {}).get("config") or {}).get("momentum")
    momentum = float(given) if isinstance(given, int | float) else median(context.fits.momentum)
    return float(1.0 / np.sqrt(1.0 - momentum)) if 0.0 < momentum < 1.0 else 1.0


def units_died(context: Context) -> bool:
    """Whether most units of a layer have no gradient any more, of a net that began with all of its layers alive."""
    return killed(context.series.recorded("dead_unit_fraction"), share=DIED, last=DIED_ROWS)


def of_ratio(context: Context, ratio: Values, huge: Rows) -> Found:
    """What is told of steps by their length, ``ratio`` at the rows ``huge``, and of the rate that made the first."""
    at, typical = int(huge[0]), float(np.median(ratio[huge]))
    shown = context.rate_of(at)
    rate = shown if np.isfinite(shown) and shown > 0.0 else None
    first = length_at_first(context) * built_up(context)  # that of a healthy net still
    factor = float(np.fmax(10.0, first / SAFE_RATIO))
    earlier = rate_earlier(context, at)
    factor = rate / earlier if rate and earlier and rate > earlier else factor
    return advice.long_steps(context, at, typical, rate, factor, threshold=HUGE_RATIO, safe=SAFE_RATIO)
