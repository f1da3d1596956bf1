"""The outcome of a run, from the loss alone."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.noise import trend
from tb_convergence.diagnose.estimators.outcome import SHORT, judge
from tb_convergence.diagnose.finding import Outcome
from tb_convergence.series import Values

RNG = np.random.default_rng(0)
NOISE = np.exp(0.1 * RNG.normal(size=300))
T = np.arange(300.0)

CURVES: dict[str, tuple[Values, Outcome]] = {
    "falls": (2.3 * np.exp(-T / 200) * NOISE, Outcome.CONVERGING),
    "fell, flat now": (0.3 + 2.0 * np.exp(-T / 10), Outcome.CONVERGED),
    "fell, noise now": ((0.3 + 2.0 * np.exp(-T / 10)) * NOISE, Outcome.CONVERGED),
    "flat": (2.3 * NOISE, Outcome.STALLED),
    "guesses among ten classes": (2.3026 + 0.6 * np.exp(-T / 5), Outcome.STALLED),
    "hardly falls": (2.3 - 1e-4 * T, Outcome.SLOW),
    "rises": (2.3 * np.exp(T / 50) * NOISE, Outcome.DIVERGED),
    "fell and came back": (2.3 * np.exp(-2.0 * np.sin(np.pi * T / 299)) * NOISE, Outcome.DIVERGED),
    "jumps": (np.exp(2.0 * RNG.normal(size=300)), Outcome.OSCILLATING),
    "jumps, and has probably fallen": (np.exp(RNG.normal(size=300) - np.minimum(T / 100, 1.0)), Outcome.TOO_EARLY),
    "zero": (np.zeros(300), Outcome.CONVERGED),
    "zero, one short spike": (np.where(T == 50, 1.0, 0.0), Outcome.CONVERGED),
    "of both signs, no trend": (RNG.normal(size=300), Outcome.TOO_EARLY),
    "of both signs, its mean below zero": (RNG.normal(size=300) - 1.0, Outcome.TOO_EARLY),
    "negative, no trend": (RNG.normal(size=300) - 8.0, Outcome.STALLED),
    "negative, falls": (-T / 10 + RNG.normal(size=300), Outcome.CONVERGING),
    "negative, explodes": (-RNG.normal(size=300) * np.exp(T / 8) + np.exp(T / 8), Outcome.DIVERGED),
    "constant": (np.full(300, 2.0), Outcome.STALLED),
    "three losses": (np.array([1.0, 2.0, 4.0]), Outcome.TOO_EARLY),
    "five that quadruple": (4.0 * 4.0 ** np.arange(5.0), Outcome.DIVERGED),
    "rose, and falls since": (np.where(T < 150, 0.1, 0.3 - 3e-4 * T) * NOISE, Outcome.TOO_EARLY),
    "thirty noisy ones": (2.3 * NOISE[:30] ** 3, Outcome.TOO_EARLY),
    "thirty that are sure to lie flat": (2.3 * NOISE[:30] ** 0.1, Outcome.STALLED),
    "ten of one noisy start": (2.3 * NOISE[:10], Outcome.TOO_EARLY),
    "none": (np.array([]), Outcome.TOO_EARLY),
    "unknown": (np.full(9, np.nan), Outcome.TOO_EARLY),
}


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_has_the_outcome_that_people_see(name: str) -> None:
    """Without looking at anything but the loss."""
    loss, outcome = CURVES[name]
    assert judge(loss, trend(loss), broken=None, classes=10, short=len(loss) < SHORT).outcome is outcome


@pytest.mark.parametrize(("floor", "outcome"), [(0.0, Outcome.STALLED), (-4.0, Outcome.CONVERGED)])
def test_how_much_a_fall_is_shows_in_its_own_zero_alone(floor: float, outcome: Outcome) -> None:
    """By 15 % of it: little has been learned; of a loss that may be negative it may be all there was."""
    loss = (2.0 + 0.4 * np.exp(-T / 30)) * NOISE**0.1 + floor
    found = judge(loss, trend(loss, floor), broken=None, classes=0)
    assert found.outcome is outcome


def test_what_is_not_finite_comes_first() -> None:
    """With the row at which it began."""
    found = judge(np.array([1.0, np.nan]), trend(np.array([1.0, np.nan])), broken=1, classes=0)
    assert (found.outcome, found.row) == (Outcome.NOT_FINITE, 1)


def test_divergence_has_the_row_at_which_it_left() -> None:
    """A run that was flat for 100 steps diverges from there on."""
    loss = np.concatenate([np.full(100, 2.0), 2.0 * 1.5 ** np.arange(1, 40)])
    found = judge(loss, trend(loss), broken=None, classes=0)
    assert (found.outcome, found.row) == (Outcome.DIVERGED, 100)


@pytest.mark.parametrize("seed", range(30))
def test_a_healthy_noisy_run_is_never_diverging(seed: int) -> None:
    """Over lengths, noises and falls at random."""
    rng = np.random.default_rng(seed)
    n, noise = int(rng.integers(4, 400)), float(rng.uniform(0.0, 1.0))
    loss = 2.3 * np.exp(-np.arange(n) / n * rng.uniform(0, 3) + noise * rng.normal(size=n))
    found = judge(loss, trend(loss), broken=None, classes=10)
    assert found.outcome not in (Outcome.DIVERGED, Outcome.NOT_FINITE)


@pytest.mark.parametrize(
    ("level", "spread", "outcome"),
    [
        (0.07, 0.8, Outcome.CONVERGED),  # single batches scatter by their hardest examples
        (0.07, 0.1, Outcome.CONVERGED),
        (0.3, 0.8, Outcome.OSCILLATING),  # high batches are as bad as a constant answer
        (1.0, 0.1, Outcome.STALLED),
    ],
)
def test_a_net_that_has_learned_need_not_fall(level: float, spread: float, outcome: Outcome) -> None:
    """As one that is trained on; without its labels nobody knows that it has learned."""
    loss = level * np.exp(spread * np.random.default_rng(0).normal(size=200))
    assert judge(loss, trend(loss), broken=None, classes=10, constant=2.3).outcome is outcome
    unknown = Outcome.OSCILLATING if spread > 0.5 else Outcome.STALLED
    assert judge(loss, trend(loss), broken=None, classes=10).outcome is unknown


def test_a_net_that_has_learned_is_not_slow() -> None:
    """It falls by 3 % in 300 steps, from a twentieth of a constant answer's loss."""
    loss = 0.1 * np.exp(-0.0001 * np.arange(300)) * (1.0 + 1e-4 * np.random.default_rng(0).normal(size=300))
    assert judge(loss, trend(loss), broken=None, classes=10).outcome is Outcome.SLOW
    assert judge(loss, trend(loss), broken=None, classes=10, constant=2.3).outcome is Outcome.CONVERGING
