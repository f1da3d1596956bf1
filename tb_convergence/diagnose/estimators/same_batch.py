"""How good a step was, from its own batch seen again after the update: no other batch's noise is in it."""

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.series import Series, Values


def step_gain(series: Series) -> Values:
    """(L_after − L) / ⟨g, Δ⟩ of the same batch, float64 [T]: the descent made over the descent that the slope promised.

    On a parabola ½ is the minimum along the step. The gain ratio of trust-region methods (Nocedal & Wright 2006,
    eq. 4.4) with a linear model.
    """
    return divide(series.step("loss_after") - series.step("loss"), series.step("slope_before"))


def step_landing(series: Series) -> Values:
    """⟨g_after, Δ⟩ / ⟨g, Δ⟩ of the same batch, float64 [T]: the slope at the end of the step over that at its start."""
    return divide(series.step("slope_after"), series.step("slope_before"))
