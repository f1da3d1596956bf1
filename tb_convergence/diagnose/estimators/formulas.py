"""The formulas of the derived statistics, from a step's inner products. Pure; NaN where a quotient is undefined.

Symbols: w weight, g gradient, Δ update, g⁻ and Δ⁻ those of the previous step, n number of elements.
"""

import numpy as np

from tb_convergence.diagnose.estimators.gram import Gram, divide
from tb_convergence.series import Values


def update_ratio(gram: Gram) -> Values:
    """‖Δ‖ / ‖w‖."""
    return divide(gram.norm("update"), gram.norm("weight"))


def gradient_rms(gram: Gram) -> Values:
    """‖g‖ / √n."""
    return divide(gram.norm("gradient"), np.sqrt(gram.size))


def step_size(gram: Gram) -> Values:
    """−⟨g, Δ⟩ / ‖g‖²: the learning rate that gradient descent would have needed for the same descent."""
    return divide(-gram.inner("gradient", "update"), gram.inner("gradient", "gradient"))


def overshoot(gram: Gram) -> Values:
    """⟨g, Δ⁻⟩ / ⟨g⁻, Δ⁻⟩: slope along the last step after it, over the slope before it."""
    return divide(gram.inner("gradient", "previous_update"), gram.inner("previous_gradient", "previous_update"))


def multiplier(gram: Gram) -> Values:
    """⟨Δ, Δ⁻⟩ / ‖Δ⁻‖²: what the last update is multiplied by to give this one."""
    return divide(gram.inner("update", "previous_update"), gram.inner("previous_update", "previous_update"))


def curvature(gram: Gram) -> Values:
    """(⟨g, Δ⁻⟩ − ⟨g⁻, Δ⁻⟩) / ‖Δ⁻‖²: secant of the gradient along the last step.

    The change of minibatch between both gradients adds noise; exact for a deterministic loss.
    """
    change = gram.inner("gradient", "previous_update") - gram.inner("previous_gradient", "previous_update")
    return divide(change, gram.inner("previous_update", "previous_update"))
