"""Updates that go to and fro."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.bounce import size_kept, turning
from tests.diagnose.simulate import Recording, parabola, sgd

ALL = slice(0, None)


@pytest.mark.parametrize("rate", [0.1, 0.9, 1.0, 1.2])
def test_on_a_parabola_the_size_changes_by_the_factor_of_the_slope(rate: float) -> None:
    """Of w², |1 − 2η| at each step."""
    assert size_kept(parabola(sgd(rate), 20), ALL) == pytest.approx(abs(1.0 - 2.0 * rate), rel=1e-4)


@pytest.mark.parametrize(("rate", "steps"), [(0.0, 20), (0.1, 1), (np.nan, 20)])
def test_without_an_update_before_nothing_is_kept(rate: float, steps: int) -> None:
    """No step, a single one, unknown ones, no rows."""
    assert np.isnan(size_kept(parabola(sgd(rate), steps), ALL))
    assert np.isnan(size_kept(parabola(sgd(0.1), 20), slice(0, 0)))


def test_the_most_turning_variable_comes_first() -> None:
    """One that goes to and fro, one straight on, and one that stays, of which nothing is known."""
    recording, w = Recording(["on", "to and fro", "still"]), [np.zeros(2)] * 3
    for t in range(10):
        after = [w[0] + 1.0, w[1] + (-1.0) ** t, w[2]]
        recording.step(w, w, after)
        w = after
    found = turning(recording.series(), slice(2, None))
    assert found[0][0] == 1
    assert [angle for _, angle in found] == pytest.approx([-1.0, 0.0, 1.0])
    assert [angle for _, angle in turning(recording.series(), slice(0, 0))] == [1.0] * 3
