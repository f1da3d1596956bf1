"""Steps whose gradient stands out of those around it."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.outliers import AROUND, SIGMAS, TIMES, outliers
from tests.diagnose.simulate import Array


def slow(norm: Array) -> list[int]:
    """The same, row by row, as the docstring says."""
    level, found = np.log(norm), []
    away = np.array([x - np.median(level[max(0, i - AROUND) : i + AROUND + 1]) for i, x in enumerate(level)])
    least = SIGMAS * 1.4826 * np.median(np.abs(away))
    for i in range(AROUND // 2 + 1, len(norm) - AROUND // 2 - 1):
        sides = level[max(0, i - AROUND) : i], level[i + 1 : i + 1 + AROUND]
        if away[i] > least and all(level[i] > np.log(TIMES) + np.median(side) for side in sides):
            found.append(i)
    return [i for i in found if i - 1 not in found]


def scattered(seed: int, rows: int = 200) -> Array:
    """Norms that scatter by a fifth about a level that falls by half."""
    rng = np.random.default_rng(seed)
    return np.exp(0.2 * rng.normal(size=rows) - np.linspace(0.0, 0.7, rows))


@pytest.mark.parametrize("seed", range(5))
def test_the_same_rows_as_one_by_one(seed: int) -> None:
    """Single peaks, two in a row, and some near the ends."""
    norm = scattered(seed)
    norm[[3, 20, 60, 61, 100, 140, 196]] *= 9.0
    assert outliers(norm).tolist() == slow(norm)
    assert {20, 60, 100, 140} <= set(outliers(norm).tolist())


def test_what_scatters_falls_or_leaps_for_good_does_not_stand_out() -> None:
    """A steep descent, a level that is ten times higher from the middle on, a constant."""
    leaps = scattered(1)
    leaps[100:] *= 10.0
    for norm in (scattered(0), np.exp(-np.arange(100.0)), leaps, np.ones(100)):
        assert not len(outliers(norm))


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
@pytest.mark.parametrize("row", [0, 50, 99])
def test_what_is_not_known_throughout_is_not_judged(value: float, row: int) -> None:
    """One such number at the start, in the middle, at the end."""
    norm = scattered(0, 100)
    norm[30] *= 20.0
    assert outliers(norm).tolist() == [30]
    norm[row] = value
    assert not len(outliers(norm))


@pytest.mark.parametrize("rows", [0, 1, 2 * AROUND])
def test_few_rows_have_no_sides(rows: int) -> None:
    """Empty, one step, one less than both sides."""
    assert not len(outliers(np.ones(rows)))
