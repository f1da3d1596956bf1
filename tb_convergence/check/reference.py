"""What is known of a derivative: its elements, or its products with some directions. Pure numpy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

CAUTION = 4.0
"""Times the measured rounding error up to which a difference is taken for rounding."""

BLURRED = 4.0
"""The same for the uncertainty of a method, which is no mean error but nearly a bound."""


@dataclass(frozen=True, slots=True)
class Directions:
    """K directions in a variable of n elements, each +1 or −1 in every element; made again from a seed when needed."""

    seed: int
    count: int
    size: int

    def __iter__(self) -> Iterator[Values]:
        for k in range(self.count):
            rng = np.random.default_rng((self.seed, k))
            yield rng.integers(0, 2, self.size, np.int8) * 2.0 - 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What is known of the derivative r of one variable.

    Attributes:
      values: float64; r itself [n], or its products with the directions [K].
      error: what rounding does to ‖r‖, absolute.
      tolerance: relative difference that counts as agreement besides.
      source: its name, for people.
      directions: ``None`` when ``values`` are the elements.
      blur: what the method adds to the uncertainty of ‖r‖, absolute: the steps of differences.
    """

    values: Values
    error: float
    tolerance: float
    source: str
    directions: Directions | None = None
    blur: float = 0.0

    def view(self, gradient: Values) -> Values:
        """What to compare with ``values``, of a gradient [n]."""
        if self.directions is None:
            return gradient
        return np.array([float(np.dot(d, gradient)) for d in self.directions])

    def size(self, view: Values) -> float:
        """‖·‖ of the vector behind a view; for directions, the usual length of such a vector."""
        scale = float(np.abs(view).max(initial=0.0))
        if not scale or not np.isfinite(scale):
            return scale
        squares = (view / scale) ** 2  # squares of very small numbers would be lost, of large ones infinite
        return scale * float(np.sqrt(np.sum(squares) if self.directions is None else np.mean(squares)))

    @property
    def slack(self) -> float:
        """Absolute difference that says nothing."""
        return CAUTION * self.error + BLURRED * self.blur


def agrees(reference: Reference, gradient: Values) -> bool:
    """Whether a gradient [n] is the derivative, as far as the reference can tell."""
    if not np.isfinite(gradient).all():
        return False
    off = reference.size(reference.view(gradient) - reference.values)
    allowed = reference.tolerance * reference.size(reference.values) + reference.slack
    return bool(off <= allowed)
