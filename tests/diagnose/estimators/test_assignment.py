"""Whose gradient moved a variable is told from lengths alone."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.assignment import alignment, matches
from tb_convergence.series import Series
from tests.diagnose.faults import swapped
from tests.diagnose.simulate import Recording, Update, sgd


def _run(update: Update, steps: int = 30) -> Series:
    """Four variables of one shape with random gradients."""
    rng, w = np.random.default_rng(0), [np.zeros((6, 6))] * 4
    recording = Recording(list("abcd"))
    for _ in range(steps):
        g = [rng.normal(size=(6, 6)) * rng.uniform(0.5, 2.0) for _ in w]
        after = [x + d for x, d in zip(w, update(w, g), strict=True)]
        recording.step(w, g, after)
        w = after
    return recording.series()


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.99])
def test_the_permutation_is_recovered(momentum: float) -> None:
    """For descent and heavy ball, whatever the permutation."""
    order = {0: 2, 1: 0, 2: 1}
    found = matches(_run(swapped(sgd(0.1, momentum), order)), np.arange(3))
    assert {m.moved: m.source for m in found} == order


def test_own_gradients_match_no_others() -> None:
    """Also not by chance."""
    for momentum in (0.0, 0.9):
        assert matches(_run(sgd(0.1, momentum)), np.arange(4)) == ()


def test_alignment_is_a_cosine_over_the_run() -> None:
    """Against one long vector."""
    series = _run(sgd(0.1))
    np.testing.assert_allclose(alignment(series), -1.0, rtol=1e-5)
    strange = alignment(_run(swapped(sgd(0.1), {0: 1, 1: 0})))
    assert np.abs(strange[:2]).max() < 0.1
    np.testing.assert_allclose(strange[2:], -1.0, rtol=1e-5)


def test_few_steps_and_no_motion_match_nothing() -> None:
    """NaN, zero, five rows."""
    assert matches(_run(swapped(sgd(0.1), {0: 1, 1: 0}), 5), np.arange(2)) == ()
    assert matches(_run(sgd(0.0)), np.arange(4)) == ()
    series = _run(sgd(0.1))
    series.values["update_norm"][:] = np.nan
    assert matches(series, np.arange(4)) == ()
    assert np.isnan(alignment(series)).all()
