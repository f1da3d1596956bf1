"""Steps at which more was recorded than training computes: the tape's own gradient, the loss of the same batch."""

import numpy as np

from tb_convergence.diagnose.advice import wrong_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.factor import of_comparisons
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.probe import at_the_ends, factors
from tb_convergence.diagnose.estimators.reference import SAMPLE_ERROR, reference_factor, sampled_error
from tb_convergence.diagnose.estimators.trapezoid import typical
from tb_convergence.diagnose.parts.wrong_gradient.factor import (
    AGREE,
    CERTAIN,
    FEWEST,
    OFF,
    PROBED_OFF,
    SAMPLED,
    SIGMAS,
    least_off,
    of_one,
    off_by,
)
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.series import Values

TURNED = 0.99
"""Cosine to the tape's own gradient below which the direction is wrong."""

PROBED_SPREAD = 0.5
"""Relative spread over steps up to which one factor is common to all variables."""


def by_reference(context: Context) -> Found | None:
    """From the tape's own gradient, as far as it was recorded."""
    series, cosine = context.series, context.series.recorded("reference_cosine")
    factor = reference_factor(series)
    found = [(i, *typical(factor[:, i])) for i in range(factor.shape[1])]
    turned = [i for i, *_ in found if median(cosine[:, i]) < TURNED]
    least = [OFF if v.sampled is None else SAMPLED for v in series.variables]
    scaled = [(i, f) for i, f, spread in found if abs(f - 1.0) > least[i] and spread < AGREE and i not in turned]
    if turned:
        return _turned(context, turned, cosine)
    if scaled:
        worst = sorted(scaled, key=lambda pair: -abs(np.log(abs(pair[1]) + 1e-30)))
        blur = SAMPLE_ERROR if series.variables[worst[0][0]].sampled is not None else 0.0
        names, of_worst = tuple(context.names[i] for i, _ in worst), of_comparisons(factor[:, worst[0][0]], blur)
        return off_by(context, of_worst, 0.0, names, source="the tape's own gradient", exact=True)
    return None


def _turned(context: Context, columns: list[int], cosine: Values) -> Found:
    columns = sorted(columns, key=lambda i: median(cosine[:, i]))
    names, angle = tuple(context.names[i] for i in columns), median(cosine[:, columns[0]])
    return advice.turned(names, angle, alarm=context.bad or angle < 0.0, threshold=TURNED)


def by_probe(context: Context) -> Found | None:
    """From the same batch before and after the update, which no noise of batches disturbs (``loss_fn=``)."""
    found = factors(context.series)
    if found is None or context.clipped or context.drowned:
        return None  # noise that is added to a gradient promises what no loss keeps
    turned = np.flatnonzero((found.each < 0.0) & (found.each + CERTAIN * found.error < 1.0))
    least = max(PROBED_OFF, least_off(context), SIGMAS * found.spread)
    off = abs(found.whole.value - 1.0) > least and found.spread < PROBED_SPREAD
    exact, factor, spread = False, found.whole, found.spread
    names: tuple[str, ...] = ()
    if off and not 0 < len(turned) < len(context.names):
        exact = found.spread < AGREE and least_off(context) == OFF
    elif len(turned):
        factor, spread, names = of_one(context, turned, found.each, found.error)
    else:
        return None
    seen = off_by(context, factor, spread, names, source="the loss of the same batch", exact=exact)
    return advice.from_the_tape(seen, alarm=exact or context.unwell) if found.taped else seen


def by_the_ends(context: Context) -> Found | None:
    """From the slopes at the ends of probed steps on one batch, which may be as long as they like."""
    ratio = at_the_ends(context.series)
    ratio = ratio[np.isfinite(ratio) & (ratio != 0.0)]
    middle, spread = typical(ratio)
    if len(ratio) < FEWEST or spread > AGREE or abs(middle - 1.0) < least_off(context) or context.clipped:
        return None
    exact, factor = least_off(context) == OFF, of_comparisons(ratio, sampled_error(context.series))
    return off_by(context, factor, spread, (), source="the slopes after the steps", exact=exact)
