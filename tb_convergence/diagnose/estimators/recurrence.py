"""What a learning rate does on a parabola of curvature h: the roots of the optimizer's recurrence.

With a = ηh, the stability number, the distance x from the minimum follows

    gradient descent   x⁺ = (1 − a) x
    heavy ball         x⁺ = (1 + μ − a) x − μ x⁻
    Nesterov           x⁺ = (1 + μ)(1 − a) x − μ (1 − a) x⁻

and z² − s z + p with these coefficients has the roots that say how (Polyak 1964; Sutskever et al. 2013).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tb_convergence.diagnose.estimators.stability import limit
from tb_convergence.series import Values


class Behaviour(StrEnum):
    """How the distance from the minimum changes from step to step."""

    MONOTONE = "monotone"
    OSCILLATING = "oscillating"
    DIVERGING = "diverging"


@dataclass(frozen=True, slots=True)
class Region:
    """Stability numbers from ``start`` to ``end`` behave alike; ``end`` is infinite in the last region."""

    behaviour: Behaviour
    start: float
    end: float


def largest_root(number: Values, momentum: float, *, nesterov: bool) -> Values:
    """|z| of the larger root, in the shape of ``number``: what a step multiplies the distance by in the long run."""
    s, p = _coefficients(number, momentum, nesterov=nesterov)
    discriminant = s**2 - 4.0 * p
    real = (np.abs(s) + np.sqrt(np.maximum(discriminant, 0.0))) / 2.0
    return np.where(discriminant < 0.0, np.sqrt(np.abs(p)), real)


def regions(momentum: float, *, nesterov: bool) -> tuple[Region, ...]:
    """The stability numbers from 0 on, in stretches that behave alike: without gaps, the last one diverges."""
    bound = float(limit(np.array([momentum]), nesterov=np.array([nesterov]))[0])
    first = min(max(_monotone_until(momentum, nesterov=nesterov), 0.0), bound)
    return (
        Region(Behaviour.MONOTONE, 0.0, first),
        Region(Behaviour.OSCILLATING, first, bound),
        Region(Behaviour.DIVERGING, bound, np.inf),
    )


def _monotone_until(momentum: float, *, nesterov: bool) -> float:
    """Where the roots turn complex, or the larger one negative."""
    if momentum <= 0.0:
        return 1.0 if nesterov else 1.0 + momentum
    return ((1.0 - momentum) / (1.0 + momentum)) ** 2 if nesterov else (1.0 - np.sqrt(momentum)) ** 2


def _coefficients(number: Values, momentum: float, *, nesterov: bool) -> tuple[Values, Values]:
    if nesterov:
        return (1.0 + momentum) * (1.0 - number), momentum * (1.0 - number)
    return 1.0 + momentum - number, np.full_like(number, momentum)
