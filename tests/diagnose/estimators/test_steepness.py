"""The relative slope of a loss."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.steepness import steepness


@pytest.mark.parametrize("power", [1.0, 2.0, 5.0])
def test_a_power_is_as_steep_as_its_exponent(power: float) -> None:
    """Of L = w^p: ‖g‖‖w‖/L = p, wherever."""
    w = np.array([0.1, 1.0, 30.0])
    np.testing.assert_allclose(steepness(power * w ** (power - 1.0), w, w**power), power)


def test_without_a_loss_there_is_no_steepness() -> None:
    """Zero, NaN and infinite ones; and no rows."""
    assert np.isnan(steepness(np.ones(3), np.ones(3), np.array([0.0, np.nan, np.inf]))).all()
    assert len(steepness(np.empty(0), np.empty(0), np.empty(0))) == 0
