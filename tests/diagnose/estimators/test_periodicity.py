"""A pattern that returns is found with its period; noise, trends and bounces have none."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.periodicity import pattern, period


@pytest.mark.parametrize("steps", [5, 12, 31])
@pytest.mark.parametrize("seed", range(5))
def test_a_pattern_below_a_trend_and_noise(steps: int, seed: int) -> None:
    """To the step."""
    rng = np.random.default_rng(seed)
    t = np.arange(200)
    found = period(rng.normal(size=steps)[t % steps] - 0.02 * t + 0.2 * rng.normal(size=200))
    assert found is not None
    assert found.steps == steps
    assert found.correlation > 0.5


@pytest.mark.parametrize("rows", [40, 150, 600])
def test_noise_has_none(rows: int) -> None:
    """In none of 200 runs: white, and wandering."""
    rng = np.random.default_rng(rows)
    for _ in range(100):
        white = rng.normal(size=rows)
        assert period(white) is None
        assert period(np.cumsum(white)) is None


@pytest.mark.parametrize(
    "y",
    [
        np.zeros(0),
        np.zeros(5),
        np.zeros(100),
        -0.1 * np.arange(100.0),
        np.exp(-0.05 * np.arange(100.0)),
        np.tile([0.0, 1.0], 50),
    ],
    ids=["empty", "short", "constant", "falling", "decaying", "bouncing"],
)
def test_what_does_not_return_has_none(y: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """A bounce of two steps has another cause."""
    assert period(y) is None


def test_correlations_are_those_of_their_definition() -> None:
    """Mean product of ranks a period apart over their mean square."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=9)[np.arange(90) % 9] + 0.3 * rng.normal(size=90)
    found = period(y)
    assert found is not None
    ranks = np.argsort(np.argsort(np.diff(y))) - 44.0
    slow = [np.mean(ranks[lag:] * ranks[: len(ranks) - lag]) / np.mean(ranks**2) for lag in (9, 18)]
    assert found.steps == 9
    assert found.correlation == pytest.approx(min(slow))


def test_the_pattern_is_found_below_a_trend_and_noise() -> None:
    """Turned to where the last full cycle begins."""
    rng = np.random.default_rng(0)
    made = np.array([0.0, 1.0, -2.0, 0.5, 0.3, 0.2, 0.0])
    t = np.arange(210)
    assert sorted(pattern(made[t % 7], 7)) == pytest.approx(sorted(made))
    assert np.ptp(pattern(made[t % 7] - 0.02 * t + 0.1 * rng.normal(size=210), 7)) == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize(("rows", "steps"), [(0, 5), (1, 5), (9, 5), (100, 5)])
def test_there_is_no_pattern_where_nothing_changes(rows: int, steps: int) -> None:
    """Nor where there is too little to see two cycles."""
    assert pattern(np.ones(rows), steps) == pytest.approx(np.zeros(steps))
