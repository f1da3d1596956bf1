"""Clipped gradients are told from free ones."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.clipping import at_limit, clipped
from tb_convergence.series import Series
from tests.diagnose.simulate import Recording

RNG = np.random.default_rng(3)


def recorded(clip: str) -> Series:
    """Thirty steps of two variables with gradients that shrink, clipped in one of the ways of TensorFlow."""
    recording = Recording(["a", "b"])
    for step in range(30):
        g = [RNG.normal(size=6) * 0.95**step, RNG.normal(size=4) * 0.95**step]
        if clip == "global norm":
            whole = float(np.linalg.norm(np.concatenate(g)))
            g = [x * min(1.0, 0.5 / whole) for x in g]
        if clip == "norm":
            g = [x * min(1.0, 0.5 / float(np.linalg.norm(x))) for x in g]
        if clip == "value":
            g = [np.clip(x, -0.1, 0.1) for x in g]
        recording.step([np.ones(6), np.ones(4)], g, [np.ones(6), np.ones(4)])
    return recording.series()


@pytest.mark.parametrize("clip", ["global norm", "norm", "value"])
def test_each_way_of_clipping_shows(clip: str) -> None:
    """By a length or a largest element that stands at its limit."""
    assert clipped(recorded(clip))


def test_free_gradients_are_not_clipped() -> None:
    """However alike they are, no two have one length."""
    assert not clipped(recorded("nothing"))


def test_a_gradient_that_shrinks_geometrically_is_not_clipped() -> None:
    """As on a parabola."""
    assert not at_limit(np.array([[2.0 * 0.8**i] for i in range(40)])).any()


@pytest.mark.parametrize("values", [[], [np.nan] * 5, [0.0] * 5, [1.0], [1.0, 1.0], [np.inf, np.nan, 1.0]])
def test_nothing_is_said_of_too_little(values: list[float]) -> None:
    """Empty, missing, zero, one step, two steps, broken ones."""
    assert not at_limit(np.array(values).reshape(-1, 1)).any()


def test_columns_are_judged_one_by_one() -> None:
    """As one at a time, slowly."""
    values = RNG.choice([np.nan, np.inf, 0.0, 0.3, 1.0, 1.0 + 1e-6, 2.0], (12, 200))

    def slow(column: list[float]) -> bool:
        finite = [x for x in column if np.isfinite(x)]
        near = [x for x in finite if x >= max(finite) * (1.0 - 1e-4)]
        return bool(finite) and max(finite) > 0.0 and len(near) >= max(3, 0.25 * len(finite))

    assert at_limit(values).tolist() == [slow(column) for column in values.T.tolist()]
