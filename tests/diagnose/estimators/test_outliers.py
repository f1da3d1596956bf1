"""Steps whose gradient stands out of those around it."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.outliers import outliers, spikes
from tests.diagnose.simulate import Array

AROUND, TIMES, SIGMAS = 10, 4.0, 6.0


def outlying(norm: Array) -> list[int]:
    return [int(row) for row in outliers(norm, around=AROUND, times=TIMES, sigmas=SIGMAS)]


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
    assert outlying(norm) == slow(norm)
    assert {20, 60, 100, 140} <= set(outlying(norm))


def test_what_scatters_falls_or_leaps_for_good_does_not_stand_out() -> None:
    """A steep descent, a level that is ten times higher from the middle on, a constant."""
    leaps = scattered(1)
    leaps[100:] *= 10.0
    for norm in (scattered(0), np.exp(-np.arange(100.0)), leaps, np.ones(100)):
        assert not outlying(norm)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
@pytest.mark.parametrize("row", [0, 50, 99])
def test_what_is_not_known_throughout_is_not_judged(value: float, row: int) -> None:
    """One such number at the start, in the middle, at the end."""
    norm = scattered(0, 100)
    norm[30] *= 20.0
    assert outlying(norm) == [30]
    norm[row] = value
    assert not outlying(norm)


@pytest.mark.parametrize("rows", [0, 1, 2 * AROUND])
def test_few_rows_have_no_sides(rows: int) -> None:
    """Empty, one step, one less than both sides."""
    assert not outlying(np.ones(rows))


def spiking(norm: Array, usable: Array | None = None) -> list[int]:
    known = np.isfinite(norm) & (norm > 0.0) if usable is None else usable.astype(np.bool_)
    return [int(row) for row in spikes(norm, known, times=100.0, sigmas=6.0)]


def test_a_spike_is_far_above_the_typical_norm() -> None:
    """Row by row; what is not known, or zero, neither counts nor spikes."""
    norm = scattered(0)
    norm[[40, 41, 150]] *= 500.0
    norm[[5, 6, 7]] = np.nan, np.inf, 0.0
    level = np.sort([np.log(x) for x in norm if np.isfinite(x) and x > 0.0])
    typical = float(np.median(level))
    least = typical + max(np.log(100.0), 6.0 * 1.4826 * float(np.median(np.abs(level - typical))))
    assert spiking(norm) == [i for i, x in enumerate(norm) if np.isfinite(x) and x > 0.0 and np.log(x) > least]
    assert spiking(norm) == [40, 41, 150]


@pytest.mark.parametrize("norm", [np.ones(1), np.ones(50), scattered(2)], ids=["one", "constant", "scatter"])
def test_what_stays_within_its_usual_size_does_not_spike(norm: Array) -> None:
    """However short the series."""
    assert not spiking(norm)
