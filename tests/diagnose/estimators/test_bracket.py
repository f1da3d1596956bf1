"""The factor of a gradient lies between two sums over a part of the run, whatever the noise of batches."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.bracket import brackets
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Recording, Update, adam, parabola, sgd


def test_a_parabola_gives_the_factor() -> None:
    """The trapezoid is exact there; one end of each bracket is the factor, to the noise of the levels."""
    found = brackets(parabola(sgd(0.001), 200, factor=0.25))
    assert found
    assert all(b.low < 0.3 and b.high > 0.2 for b in found)


@pytest.mark.parametrize("update", [sgd(0.1), sgd(0.02, 0.9), adam(0.003)])
@pytest.mark.parametrize("batch", [8, 64])
def test_one_is_never_far_outside(update: Update, batch: int) -> None:
    """A right gradient, under any noise: no bracket lies beyond a factor of two."""
    for b in brackets(train(Mlp((64, 32, 10)), update, 200, batch=batch)):
        assert b.low < 2.0
        assert b.high > 0.5


def test_a_short_or_flat_run_has_none() -> None:
    """Nor one without losses."""
    assert brackets(parabola(sgd(0.1), 8)) == ()
    assert brackets(parabola(sgd(0.0), 100)) == ()
    assert brackets(parabola(sgd(0.001), 100, loss=False)) == ()


def test_rows_that_were_left_out_say_nothing() -> None:
    """Sums over them would miss steps."""
    series = parabola(sgd(0.001), 200, factor=0.25)
    series.steps[:] = 2 * np.arange(len(series))
    assert brackets(series) == ()


def test_numbers_that_are_not_finite_say_nothing() -> None:
    """NaN in the loss of every part."""
    series = parabola(sgd(0.001), 200)
    series.step("loss")[::10] = np.nan
    assert brackets(series) == ()


def test_an_empty_run() -> None:
    """Has no parts."""
    recording = Recording(["w"])
    recording.step([np.ones(2)], [np.ones(2)], [np.ones(2)], loss=1.0)
    assert brackets(recording.series()) == ()


def test_what_rounding_may_have_changed_says_nothing() -> None:
    """A loss of 1 that falls by a millionth: single precision makes the fall what it likes."""
    series = parabola(sgd(0.001), 200, factor=0.25)
    series.step("loss")[:] = 1.0 + 1e-6 * series.step("loss")
    assert brackets(series) == ()
