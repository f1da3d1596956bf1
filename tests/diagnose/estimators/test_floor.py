"""How far down a loss without a natural zero could go."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.floor import SCATTER, STILL_TO_COME, floor
from tb_convergence.series import Values

RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=200)
T = np.arange(200.0)


@pytest.mark.parametrize("loss", [np.exp(-T / 20), np.zeros(9), np.array([]), np.full(9, np.nan), np.array([0.0])])
def test_a_loss_that_is_never_negative_is_counted_from_zero(loss: Values) -> None:
    """Its zero is its own."""
    assert floor(loss) == 0.0


def test_a_loss_that_swings_around_zero_has_no_floor() -> None:
    """A policy's need not fall; one that falls across zero has one, and so has one whose batches do now and then."""
    assert floor(NOISE) == 0.0
    assert floor(NOISE - 1.0) == 0.0
    assert floor(1.5 - 0.015 * T + 0.001 * NOISE) < -1.5
    assert floor(0.2 + 2.0 * np.exp(-T / 10) + 0.3 * NOISE) < -1.0


def test_an_exponential_is_counted_from_where_it_leads() -> None:
    """Closed form: what is still to come is all that is left of it."""
    assert floor(-5.0 + np.exp(-T / 80)) == pytest.approx(-5.0, abs=0.03)


def test_a_straight_line_shows_no_end() -> None:
    """Then it may fall by so many times as much as it did."""
    assert floor(-1.0 - 0.01 * T) == pytest.approx(-1.0 - 1.99 - STILL_TO_COME * 1.8, abs=0.15)


def test_a_flat_loss_lies_as_far_above_its_floor_as_its_noise_tells() -> None:
    """Of batches of 32 the loss scatters by a tenth of itself."""
    assert -8.0 - floor(0.1 * NOISE - 8.0) == pytest.approx(0.1 / SCATTER, rel=0.3)


@pytest.mark.parametrize("added", [-20.0, -7.0, -4.0])
@pytest.mark.parametrize(
    "loss",
    [np.exp(-T / 80), np.exp(-T / 20) + 0.02 * NOISE, 0.1 * NOISE, 1.02 ** np.minimum(T, 150.0) + 0.02 * NOISE],
    ids=["slow", "fell", "flat", "rises"],
)
def test_a_constant_moves_the_floor_by_itself(added: float, loss: Values) -> None:
    """However low the loss lies."""
    low = floor(loss - 50.0)
    assert floor(loss - 50.0 + added) - low == pytest.approx(added, abs=0.03)


def test_losses_that_are_not_finite_are_left_out() -> None:
    """Wherever they stand."""
    loss = -5.0 + np.exp(-T / 80)
    for row in (0, 100, 199):
        assert floor(np.insert(loss, row, np.nan)) == floor(np.insert(loss, row, np.inf)) == floor(loss)
