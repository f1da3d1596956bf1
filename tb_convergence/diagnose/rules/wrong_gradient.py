"""The gradient is not the derivative of the loss."""

import numpy as np

from tb_convergence.diagnose.advice import wrong_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.progress import climbs
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.diagnose.parts.wrong_gradient.checked_steps import by_probe, by_reference, by_the_ends
from tb_convergence.diagnose.parts.wrong_gradient.factor import FEWEST, SIGMAS
from tb_convergence.diagnose.parts.wrong_gradient.loss_change import by_loss
from tb_convergence.diagnose.parts.wrong_gradient.rough_factor import by_biases, by_bound, by_descent, by_scatter
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, Rule
from tb_convergence.schema.statistics import UPDATE_SKIPPED


def check(context: Context) -> Answer:
    """Compares with the tape's own gradient where that was recorded, else with the change of the loss."""
    if np.isfinite(context.series.recorded("reference_norm")).any():
        return by_reference(context) or by_probe(context) or Clear("it agrees with the tape's own gradient")
    found = _ascent(context) or by_the_ends(context) or by_probe(context) or by_loss(context)
    if isinstance(found, Found | Clear) or _loss_scaling(context):
        return found
    return by_descent(context) or by_bound(context) or by_scatter(context) or by_biases(context) or found


def _loss_scaling(context: Context) -> bool:
    """Whether gradients are multiplied on purpose, and divided again in the optimizer."""
    scaled = "LossScale" in str((context.series.optimizer or {}).get("class", ""))
    return scaled or bool(np.isfinite(context.series.step(UPDATE_SKIPPED)).any())


def _ascent(context: Context) -> Found | None:
    """Updates that go up the gradient, in a run whose loss rises: the sign is wrong between gradient and update.

    It may come to rest higher up, on a hilltop.
    """
    trend = context.trend
    rose = context.bad and context.one_batch and trend is not None and -trend.drop > SIGMAS * trend.error
    if context.outcome not in (Outcome.DIVERGED, Outcome.NOT_FINITE) and not rose:
        return None
    rate, cosine = median(context.fits.learning_rate), median(context.model.cosine("gradient", "update"))
    if not rate < 0.0 and not (climbs(context.model) and len(context.series) >= FEWEST):
        return None
    return advice.ascent(rate, cosine)


RULE = Rule("wrong-gradient", "Wrong gradient", "gradients, updates and a loss without noise, or a reference", check)
