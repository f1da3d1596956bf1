"""Steps that are short: how far the weights came, whether batches agree where to, and the rate that made them so."""

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.accounting import accounts_for_slope
from tb_convergence.diagnose.estimators.formulas import step_size
from tb_convergence.diagnose.estimators.noise import median

FEWEST = 20
"""Rows needed to tell slow from short."""

LOW_RATIO = 5e-4
"""‖Δ‖/‖w‖ of one step, a fortieth of the usual one."""

USUAL_RATIO = 2e-2
"""‖Δ‖/‖w‖ that a better learning rate would give in its first steps; later ones get shorter with the gradient. As
``high_learning_rate.SAFE_RATIO``: healthy starts reach 3e-2."""

SMOOTH = 0.99
"""cos(g, g⁻) above which the loss counts as free of noise, so that the curvature is exact."""

SIGNAL = 5.0
"""Standard errors by which the next batch's gradient must confirm that the steps lead downhill."""

TRIED = 0.05
"""Sum of ‖Δ‖/‖w‖ over the run, below which the weights have not tried, see ``mismatched_labels.TRAVEL``."""

UNSURE = 2.0
"""Standard errors by which gradients of successive batches must agree where the weights stay where they are; of a net
that has converged they do not, and it is only worth a word that nothing moves."""

STANDSTILL = 1e-3
"""Sum of ‖Δ‖/‖w‖ over the run up to which the weights are where they were: nothing can have been learned, and no
batch can say that the steps led downhill."""

ACCOUNTS = 3.0
"""Factor up to which −⟨g, Δ⟩/‖g‖² must lie between η and η/(1 − μ) for a rate read off the updates to be believed."""

LONGEST_MEMORY = 0.9999
"""Momentum above which a fit says no more than that each update is like the one before."""

ONE_MOMENTUM = 1e-3
"""Typical deviation of the momentum that single windows fit, from which they fit none: it is one number in all of a
run, whatever its rate does, while steps of Adam along a steady slope fit another one at each place."""

OFTEN = 0.5
"""Share of a run's steps that must fit some optimizer, where the run as a whole fits none: a few do by chance."""

LARGEST_FACTOR = 1e6
"""No advice beyond this."""

EVERY = slice(None)


def at_standstill(context: Context) -> bool:
    """Whether the weights are where they were."""
    return float(np.nansum(context.update_ratio)) < STANDSTILL


def hardly_moved(context: Context) -> bool:
    """Whether the weights came so little far that they have not tried."""
    return float(np.nansum(context.update_ratio)) < TRIED


def agree(context: Context, *, sigmas: float = UNSURE, rows: slice = EVERY) -> bool:
    """Whether gradients of successive batches have a direction in common, whatever the steps made of them."""
    along = context.model.inner("gradient", "previous_gradient")[rows]
    known = along[np.isfinite(along)]
    return len(known) > 1 and bool(known.mean() > sigmas * known.std() / np.sqrt(len(known)))


def identified(context: Context) -> bool:
    """Whether the rate that the updates show accounts for them."""
    fitted = np.isfinite(context.fits.learning_rate).mean() > OFTEN or np.isfinite(context.fit.learning_rate[0])
    if not fitted:
        return False
    rate, momentum = median(context.fits.learning_rate), median(context.fits.momentum)
    one = median(np.abs(context.fits.momentum - momentum)) < ONE_MOMENTUM
    known = rate > 0.0 and momentum < LONGEST_MEMORY and one
    return known and accounts_for_slope(context.model, rate, momentum, within=ACCOUNTS)


def rate_to_change(context: Context) -> float:
    """The rate that people can change: as set, where it is known, else as the steps show it; NaN: neither."""
    setting = median(context.series.step("learning_rate"))  # what people can change, where it is known
    shown = median(context.learning_rate) if identified(context) else np.nan
    # on a steady slope momentum cannot be told from a rate 1/(1 − μ) times as high, but for the first step
    shown = float(np.minimum(shown, np.fmin(step_size(context.model)[0], shown)))
    return setting if np.isfinite(setting) else shown
