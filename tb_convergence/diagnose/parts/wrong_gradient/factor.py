"""The factor by which a gradient is off: what counts as one, and what is told of it."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.advice import wrong_gradient as advice
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.factor import Factor, of_share
from tb_convergence.diagnose.estimators.reference import sampled_share
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.series import Values

FEWEST = 4
"""Steps that must agree on the factor."""

OFF = 0.01
"""Relative deviation of the factor from 1 that counts; records hold 24 bits, float32 losses some 1e-4."""

SAMPLED = 0.25
"""The same deviation of inner products that are estimated from samples: 5 % in each length (README), and their error is
the same at every step, since the sample is; five standard errors of two lengths and more."""

AGREE = 0.002
"""Relative spread of the factor over steps below which it is exact: a parabola, or a reference from the tape."""

SMOOTH = 0.05
"""Relative spread up to which the loss counts as deterministic; minibatches spread by far more than 1."""

SIGMAS = 5.0
"""Spreads by which an inexact factor must differ from 1."""

PROBED_OFF = 0.1
"""Relative deviation, from the loss of one batch before and after a step: what is left of higher derivatives."""

CERTAIN = 8.0
"""Standard errors by which the factor of a single variable must lie on the wrong side: there are many variables."""

ASIDE, FAR_ASIDE = 2.0, 5.0
"""Factor by which the fall of the loss must differ from what the gradients account for: in every part of the run that
falls or rises for certain, and in one part alone."""


def least_off(context: Context) -> float:
    """Deviation of the factor that counts: the more of what steps promise is known from samples, the larger."""
    share = sampled_share(context.series)
    return max(OFF, SAMPLED * share) if np.isfinite(share) else OFF


def of_one(
    context: Context, columns: NDArray[np.int64], share: Values, error: Values
) -> tuple[Factor, float, tuple[str, ...]]:
    """Factor and spread of the first of ``columns``, and the names of all."""
    first = int(columns[0])
    names = tuple(context.names[i] for i in columns)
    return of_share(float(share[first]), float(error[first])), float(error[first] / abs(share[first])), names


def off_by(
    context: Context, factor: Factor, spread: float, names: tuple[str, ...], *, source: str, exact: bool
) -> Found:
    """What is told of gradients that are ``factor`` times what they should be."""
    alarm, size = exact or context.bad, (len(context.series), len(context.names))
    return advice.scaled(factor, spread, names, size, source=source, exact=exact, alarm=alarm, threshold=OFF)
