"""Whether a rate and a momentum make steps as long as they were."""

import numpy as np

from tb_convergence.diagnose.estimators.gram import Gram

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


_PARTS = (("update", "update"), ("update", "previous_update"), ("previous_update", "previous_update"))
