"""Whether a learning rate is still rising, as a warm-up has it."""

import numpy as np

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Values

RISING = 1.5
"""Growth of the learning rate over the run from which it is warming up."""

SETTLED = 1.1
"""The same from the middle half of the run to its end, up to which the warm-up is over."""


def warming_up(given: Values, identified: Values, update: Values, gradient: Values) -> bool:
    """Whether the rate grows over the run: as set, else as the steps show it, else steps and their share of g.

    Args:
      given: the rate of each row as it was set, float64 [T]; NaN: not known.
      identified: as the updates show it.
      update: ‖Δ‖.
      gradient: ‖g‖.
    """
    if _known(given):
        return _rises(given) and not _settled(given)
    share = divide(update, gradient)
    # momentum that builds up is taken for a rate for a while, and told by its share of g, which is soon steady
    signs = (identified, share) if _known(identified) else (update, share)
    return all(_rises(values) for values in signs) and not _settled(signs[0])


def _known(rates: Values) -> bool:
    early, late = _ends(rates)
    return bool(np.isfinite(early + late)) and early > 0.0


def _rises(values: Values) -> bool:
    early, late = _ends(values)
    return late > RISING * early


def _settled(values: Values) -> bool:
    """Whether the last quarter is no higher than the middle half: a warm-up is over."""
    quarter = max(1, len(values) // 4)
    return not median(values[-quarter:]) > SETTLED * median(values[quarter:-quarter])


def _ends(values: Values) -> tuple[float, float]:
    """Medians of the first and the last quarter."""
    quarter = max(1, len(values) // 4)
    return median(values[:quarter]), median(values[-quarter:])
