"""What tells a factor roughly where single steps do not: the fall of the loss, and the size of the last gradients."""

import numpy as np

from tb_convergence.diagnose.advice import wrong_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.bracket import brackets
from tb_convergence.diagnose.estimators.factor import Factor, of_parts
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.scale import bias_excess, bias_scatter, kernel_share
from tb_convergence.diagnose.estimators.trapezoid import typical
from tb_convergence.diagnose.parts.wrong_gradient.factor import ASIDE, FAR_ASIDE, off_by
from tb_convergence.diagnose.parts.wrong_gradient.loss_change import right_at_first
from tb_convergence.diagnose.rules.rule import Found

ALIKE = 1.5
"""Largest over smallest factor of the parts of a run, up to which they agree."""

SIGN = 0.4
"""|factor| from which a loss that rises as the gradients say it must fall has gradients of the wrong sign."""

LONGEST = 1.1
"""‖∂L/∂b‖/√2 of the last bias above which the gradient is not that of a mean cross-entropy."""

USUAL_SCATTER, SCATTER = 3.8, 0.2
"""‖∂L/∂b‖ of the last bias over the standard deviation of the loss from batch to batch, while a cross-entropy is near
that of guessing: both are means over the same examples, so that their number cancels. The median of 82 trainings, half
of which lie within 2.9 and 8.2 and the least at 0.74; and a quarter of the least."""

SCATTERED = 5.0
"""Times that this may be larger or smaller than usual: twice as far in decades as half of the trainings."""

KERNELS, LEAST_KERNELS = 0.05, 0.4
"""Gradients of all kernels over those of their biases; and the least of it in healthy nets of any kind (simulated)."""


def by_descent(context: Context) -> Found | None:
    """From the fall of the loss over parts of the run, which the noise of single batches does not hide."""
    if context.one_of_several or context.clipped:
        return None
    if context.drowned or context.data_period is not None or len(context.kinds):
        return None  # noise hides the fall, and batches in one order know the steps before them
    if right_at_first(context):
        return None
    parts = brackets(context.series, context.model)
    middles = np.array([part.middle for part in parts])
    climbs = bool((middles < -SIGN).all())
    if not len(parts) or not (climbs or (middles > 0.0).all()):
        return None
    aside = ASIDE if len(parts) > 1 else FAR_ASIDE
    off = all(part.high < 1.0 / aside or part.low > aside for part in parts)
    alike = np.abs(middles).max() <= ALIKE * np.abs(middles).min()
    if not off or not alike or (climbs and (len(parts) < 2 or not context.bad)):
        return None
    _, spread = typical(middles)
    return off_by(context, of_parts(parts), spread, (), source="the fall of the loss", exact=False)


def by_bound(context: Context) -> Found | None:
    """A last bias whose gradient is longer than any mean cross-entropy gives it."""
    apt = context.guessing and context.unwell and not context.drowned
    excess = bias_excess(context.series, context.layers, context.classes) if apt else 0.0
    if not excess > LONGEST:
        return None
    least = Factor(excess, low=excess)
    return off_by(context, least, 0.0, (), source="the longest gradient that cross-entropy can have", exact=False)


def by_scatter(context: Context) -> Found | None:
    """A last bias whose gradient is far shorter than the loss, from batch to batch, scatters."""
    share = bias_scatter(context.series, context.layers, context.classes) if context.guessing else np.inf
    if not share < SCATTER:
        return None
    usual = Factor(share / USUAL_SCATTER, share / (USUAL_SCATTER * SCATTERED), share / (USUAL_SCATTER / SCATTERED))
    return off_by(context, usual, 0.0, (), source="the scatter of the loss over batches", exact=False)


def by_biases(context: Context) -> Found | None:
    """Gradients of kernels that are far below those of their biases, in every layer, and below what its inputs make so.

    While biases are near zero, every layer gets what is as small as the inputs.
    """
    step = context.series.step
    inputs = median(np.hypot(step("input_mean"), step("input_std")))
    share = kernel_share(context.series, context.layers) / float(np.fmin(1.0, inputs))
    if not share < KERNELS:
        return None
    names = tuple(context.names[i] for i in context.kernels)
    most = Factor(share, low=0.0, high=share / LEAST_KERNELS)
    found = off_by(context, most, 0.0, names, source="the gradients of the biases", exact=False)
    return found if np.isfinite(inputs) else advice.unless_inputs_are_small(found)
