"""How steep the loss is: its relative change per relative change of the weights."""

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.series import Values


def steepness(gradient: Values, weight: Values, loss: Values) -> Values:
    """‖g‖‖w‖/L, float64 [T]; NaN where the loss is zero or not finite."""
    return divide(gradient * weight, loss)
