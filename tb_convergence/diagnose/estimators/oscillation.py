"""Ringing: the roots of the optimizer's recurrence on a parabola."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Ringing:
    """How the updates swing.

    Attributes:
      period: steps of one swing; infinite when the roots are real and positive; 2 when the leading root is negative.
      magnitude: modulus of the leading root; the swing's size after a step over its size before.
      critical_momentum: the momentum above which heavy ball swings at this ηh.
    """

    period: float
    magnitude: float
    critical_momentum: float

    @property
    def decay(self) -> float:
        """Share of its size that the swing loses at each step; negative when it grows."""
        return 1.0 - self.magnitude

    @property
    def left_after_a_period(self) -> float:
        """Share of its size that a swing keeps until the next; 0 when there is none."""
        return float(self.magnitude**self.period) if np.isfinite(self.period) else 0.0


def ringing(stability_number: float, momentum: float, *, nesterov: bool = False) -> Ringing:
    """Roots of z² − a z − b for Δ_t = a Δ_{t−1} + b Δ_{t−2} on ½ h w².

    Heavy ball: a = 1 + μ − ηh, b = −μ. Nesterov: a = (1 + μ)(1 − ηh), b = −μ (1 − ηh). Critical damping of heavy ball
    at μ = (1 − √(ηh))² (Polyak 1964).
    """
    shrink = 1.0 - stability_number if nesterov else 1.0
    a = (1.0 + momentum) * shrink if nesterov else 1.0 + momentum - stability_number
    leading = max(np.roots([1.0, -a, momentum * shrink]), key=abs)
    angle = abs(float(np.angle(leading)))
    period = 2.0 * np.pi / angle if angle > 1e-9 else np.inf
    critical = (1.0 - np.sqrt(max(stability_number, 0.0))) ** 2
    return Ringing(float(period), float(abs(leading)), float(critical))
