"""How long steps are."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.step_length import first_ratio, largest_share, most_moved, update_ratio
from tb_convergence.series import Series
from tests.diagnose.simulate import Recording


def _series(sizes: list[float], moves: list[float]) -> Series:
    """Kernels 4 × 9 of elements of one size, in one step that adds ``moves`` to all of them."""
    recording, weights = Recording(["kernel"] * len(sizes)), [np.full((4, 9), size) for size in sizes]
    recording.step(weights, weights, [w + move for w, move in zip(weights, moves, strict=True)], loss=1.0)
    return recording.series()


def test_weights_of_usual_size_keep_their_ratio() -> None:
    """9 units of variance 1/4 have the norm 3; smaller ones are taken for that, and those of zero as they are."""
    kernels = np.array([0])
    assert first_ratio(_series([0.5], [0.1]), 0.2, kernels) == pytest.approx(0.2)
    assert first_ratio(_series([2.0], [0.1]), 0.2, kernels) == pytest.approx(0.2)
    assert first_ratio(_series([0.05], [0.1]), 0.2, kernels) == pytest.approx(0.02)
    assert first_ratio(_series([0.0], [0.1]), 0.2, kernels) == 0.2
    assert first_ratio(_series([np.nan], [0.1]), 0.2, kernels) == 0.2
    assert np.isnan(first_ratio(_series([0.5], [0.1]), np.nan, kernels))


def test_those_that_moved_most_come_first() -> None:
    """Relative to their size; unknown ones last, and none where none is asked about."""
    series = _series([1.0, 10.0, 1.0], [0.1, 0.5, np.nan])
    assert most_moved(series, 0, np.arange(3)) == [0, 1, 2]
    assert most_moved(series, 0, np.array([2, 1])) == [1, 2]
    assert most_moved(series, 0, np.array([], np.int64)) == []
    assert most_moved(_series([0.0, 1.0], [0.1, 0.1]), 0, np.arange(2)) == [0, 1]


def test_the_first_shares_that_are_known_count() -> None:
    """Unknown and infinite ones are left out; too few of them leave it to the next."""
    few, many = np.array([np.nan, 3.0, np.inf]), np.array([0.1, 0.4, np.nan, 0.2])
    assert largest_share((few, many), fewest=2) == 0.4
    assert largest_share((few, many), fewest=1) == 3.0
    assert np.isnan(largest_share((few, few[:0]), fewest=2))
    assert np.isnan(largest_share((), fewest=2))


def test_the_ratio_of_several_is_that_of_one_vector() -> None:
    """Of weights 1 and 10, moved by 0.1 and 0.5; unknown ones are left out, and none has no length."""
    series, moved = _series([1.0, 10.0, 1.0], [0.1, 0.5, np.nan]), [0.1] * 36 + [0.5] * 36
    whole = np.linalg.norm(moved) / np.linalg.norm([1.0] * 36 + [10.0] * 36)
    assert update_ratio(series, np.arange(2)) == pytest.approx([whole], rel=1e-3)
    assert update_ratio(series, np.array([0])) == pytest.approx([0.1], rel=1e-3)
    assert not update_ratio(series, np.array([2]))[0] > 0.0
    assert not update_ratio(series, np.array([], np.int64))[0] > 0.0
