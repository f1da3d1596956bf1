"""Whether a rate and a momentum make steps as long as they were."""

import numpy as np

from tb_convergence.diagnose.estimators.formulas import step_size
from tb_convergence.diagnose.estimators.gram import Gram
from tb_convergence.diagnose.estimators.noise import median

ACCOUNTS = 3.0
"""Factor up to which η‖g‖ and ‖Δ − μΔ⁻‖ must agree. Nesterov's differ by 1 + 2μ at most, where g is like g⁻."""


def accounts(model: Gram, rows: slice, rate: float, momentum: float) -> bool:
    """Whether each step of ``rows`` is about μΔ⁻ − ηg; what was not recorded before it counts as zero."""
    if not rate > 0.0:
        return False
    now, both, before = (np.nan_to_num(model.inner(a, b)[rows]) for a, b in _PARTS)
    length = np.sqrt(np.maximum(now - 2.0 * momentum * both + momentum**2 * before, 0.0))
    expected = rate * model.norm("gradient")[rows]
    return bool(((expected / ACCOUNTS < length) & (length < ACCOUNTS * expected)).all())


def accounts_for_slope(model: Gram, rate: float, momentum: float, *, within: float) -> bool:
    """Whether −⟨g, Δ⟩/‖g‖² lies between η and η/(1 − μ), as on a steady slope, Δ = −η/(1 − μ) g, up to a factor.

    Updates of Adam hardly change there, which fits any momentum near 1.
    """
    seen = median(step_size(model))
    return bool(rate / within < seen < within * rate / (1.0 - momentum))


_PARTS = (("update", "update"), ("update", "previous_update"), ("previous_update", "previous_update"))
