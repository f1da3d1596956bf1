"""Curvatures of several steps."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.secants import at_the_start, steady


def test_curvatures_of_a_parabola_are_one() -> None:
    """Within a tolerance around their median; NaN, infinity and too few numbers are not."""
    close = np.array([2.0, 2.1, 1.9, 2.0])
    assert steady(close, fewest=4, tolerance=0.1)
    assert steady(np.full(4, 2.0), fewest=4, tolerance=0.1)
    assert not steady(close, fewest=4, tolerance=0.01)
    assert not steady(close[:1], fewest=4, tolerance=0.1)
    assert not steady(np.empty(0), fewest=4, tolerance=0.1)


@pytest.mark.parametrize("place", [0, 2, 3])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_not_one(place: int, value: float) -> None:
    """Wherever it is."""
    found = np.full(4, 2.0)
    found[place] = value
    assert not steady(found, fewest=4, tolerance=0.1)


def test_the_start_allows_at_most_so_much_curvature() -> None:
    """‖g‖²/2L with caution where the curvatures lie far apart, or the first of them; else the middle."""
    far = np.array([50.0, 5000.0])
    assert at_the_start(far, 1.0, 2.0, far_apart=10.0, caution=10.0) == pytest.approx(20.0)
    assert at_the_start(far, 1e-3, 2.0, far_apart=10.0, caution=10.0) == 50.0
    assert at_the_start(np.array([50.0, 60.0]), 1.0, 2.0, far_apart=10.0, caution=10.0) == 55.0
    for loss, gradient in ((np.nan, 2.0), (0.0, 2.0), (1.0, np.nan), (1.0, 0.0)):
        assert at_the_start(far, loss, gradient, far_apart=10.0, caution=10.0) == np.median(far)
