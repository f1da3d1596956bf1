"""How close a step is to the edge: learning rate times curvature, against the limit of the optimizer's recurrence."""

import numpy as np

from tb_convergence.diagnose.estimators import formulas
from tb_convergence.diagnose.estimators.gram import divide, of_model
from tb_convergence.diagnose.estimators.identification import Fit, each, evenly, row_equations, with_exact
from tb_convergence.series import Series, Values

WINDOW = 8
"""Steps over which η and μ are taken to be constant; two suffice for full rank, the rest is for rounding."""


def windowed_fit(series: Series) -> Fit:
    """The optimizer as seen in the last :data:`WINDOW` steps up to each step."""
    found = each(evenly(row_equations(series)), WINDOW, int(series.sizes.sum()))
    return with_exact(found, series, WINDOW)


def effective_learning_rate(series: Series) -> Values:
    """η of the identified optimizer, float64 [T]; where none is exact, −⟨g, Δ⟩/‖g‖² of the whole model."""
    identified = windowed_fit(series).learning_rate
    return np.where(np.isnan(identified), formulas.step_size(of_model(series)), identified)


def effective_momentum(series: Series) -> Values:
    """μ of the identified optimizer, float64 [T]; NaN where none is exact."""
    return windowed_fit(series).momentum


def stability_number(series: Series) -> Values:
    """η h, float64 [T]: the identified learning rate times the curvature along the last step."""
    return windowed_fit(series).learning_rate * formulas.curvature(of_model(series))


def stability_limit(series: Series) -> Values:
    """The value of η h beyond which the identified optimizer diverges on a quadratic, float64 [T]."""
    found = windowed_fit(series)
    return limit(found.momentum, nesterov=found.coefficients[:, 2] != 0.0)


def limit(momentum: Values, *, nesterov: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Values:
    """2 (1 + μ) for heavy ball, 2 (1 + μ) / (1 + 2μ) for Nesterov; 2 for gradient descent, which is μ = 0.

    From the roots of the characteristic polynomial of each recurrence on ½ h w² (Polyak 1964; Sutskever et al. 2013).
    """
    return 2.0 * (1.0 + momentum) / np.where(nesterov, 1.0 + 2.0 * momentum, 1.0)


def share_of_limit(found: Fit, curvature: Values) -> Values:
    """ηh over its limit, float64 [T]: above 1 a quadratic diverges; NaN where the optimizer is not identified.

    Of a rate that rises, that of the step along which h was measured: noise makes h as large as that step is short.
    """
    bound = limit(found.momentum, nesterov=found.coefficients[:, 2] != 0.0)
    before = np.concatenate([found.learning_rate[:1], found.learning_rate[:-1]])
    rate = np.where(np.isnan(found.learning_rate), np.nan, np.fmin(found.learning_rate, before))
    return divide(rate * curvature, bound)
