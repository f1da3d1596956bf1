"""The noise of gradients: beside their signal, and what it costs a run at rest."""

import numpy as np

from tb_convergence.diagnose.estimators.gram import Gram, divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Series, Values


def noise_to_signal(series: Series, *, fewest: int) -> float | None:
    """(S/B)/|G|² of the batch of all replicas, from the replicas' own gradients; ``None``: fewer rows have them.

    With n replicas E‖ḡ‖² = |G|² + s/n and E mean‖g_r‖² = |G|² + s, s the noise of one (McCandlish et al. 2018, A.1).
    """
    n: Values = series.step("replicas")
    one, all_ = series.step("replica_gradient_square"), series.step("mean_gradient_square")
    known = (n > 1) & np.isfinite(one) & np.isfinite(all_)
    if known.sum() < fewest:
        return None
    count = float(np.median(n[known]))
    each, together = float(one[known].mean()), float(all_[known].mean())
    signal = (count * together - each) / (count - 1.0)
    noise = (each - together) / (1.0 - 1.0 / count) / count
    return float(divide(np.array([noise]), np.array([signal]))[0]) if signal > 0.0 else np.inf


def share_at_rest(model: Gram, loss: float, rows: slice) -> float:
    """Share of the ``loss`` of a run at rest in ``rows`` that the noise of the gradients keeps it at, at least.

    Around a minimum w⁺ = w − P(Hw + ξ), E ξξᵀ = S, has the variance Σ with PHΣ + ΣHP = PSP for small P, so that the
    loss lies ½ tr HΣ = ¼ tr PS above its minimum: a quarter of E −⟨ξ, Δ⟩, whatever the optimizer scales its steps by
    (Mandt et al. 2017, eq. 15). Momentum makes it more. The part of −⟨g, Δ⟩ that lasts from step to step is no noise.
    """
    promised = median(-model.inner("gradient", "update")[rows])
    lasting = max(0.0, median(model.cosine("gradient", "previous_gradient")[rows]))
    return float(np.nan_to_num(0.25 * promised * (1.0 - lasting) / loss))
