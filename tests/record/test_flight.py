"""The newest steps, and the moment at which something breaks."""

from typing import Any

import numpy as np
import pytest

from tb_convergence.record.flight import FEWEST, KEPT, Break, Newest, Watch
from tb_convergence.record.rows import Rows
from tb_convergence.schema.statistics import STEP_STATISTICS
from tests.record.synthetic import STATISTICS, in_pieces, rows


def watch() -> Watch:
    """A new one."""
    return Watch(STATISTICS, STEP_STATISTICS)


def breaks(single: Rows, piece: int = 10**6) -> list[tuple[int, Break]]:
    """All steps at which something breaks."""
    eye, found, start = watch(), [], 0
    while start < len(single):
        at = eye.first(single[start : start + piece])
        if at is not None:
            found.append((int(single.steps[start + at[0]]), at[1]))
        start += piece if at is None else at[0] + 1
    return found


def test_the_newest_come_out_oldest_first() -> None:
    """In whatever pieces they came."""
    newest = Newest()
    for part in in_pieces(10, 4):
        newest.add(part)
    assert newest.take(0) is None
    assert newest.take(-3) is None
    for count, want in ((5, [0, 1, 2, 3, 4]), (2, [5, 6]), (9, [7, 8, 9])):
        taken = newest.take(count)
        assert taken is not None
        assert taken.steps.tolist() == want
    assert newest.take(1) is None
    assert newest.length == 0


def noisy(seed: int, tails: float) -> Rows:
    """A loss that falls and gradients that fade, in noise with Student's t of so many degrees of freedom."""
    rng = np.random.default_rng(seed)
    steps = np.arange(5000)
    loss = np.exp(-steps / 3000 + 0.2 * rng.standard_t(tails, len(steps)))
    norm = np.exp(-steps / 5000 + 0.3 * rng.standard_t(tails, len(steps)))
    return rows(steps, loss=loss, gradient_norm=norm)


@pytest.mark.parametrize("seed", range(8))
def test_healthy_noise_breaks_nothing(seed: int) -> None:
    """Five thousand steps; with heavy tails a step in thousands stands out."""
    assert breaks(noisy(seed, tails=50)) == []
    assert len(breaks(noisy(seed, tails=5))) <= 3


@pytest.mark.parametrize("piece", [1, 7, 64, 1000])
def test_the_first_value_that_is_not_finite_is_seen_at_its_step(piece: int) -> None:
    """In the loss or in a gradient; once, while it lasts."""
    loss = np.ones(300)
    loss[201:] = np.nan
    assert breaks(rows(range(300), loss=loss), piece) == [(201, Break.NOT_FINITE)]
    count = np.zeros(300)
    count[77:] = 3
    assert breaks(rows(range(300), gradient_nonfinite_count=count), piece) == [(77, Break.NOT_FINITE)]


def test_later_ones_are_no_first() -> None:
    """Loss scaling skips a step now and then."""
    count = np.zeros(300)
    count[[50, 150, 250]] = 1
    want = [(50, Break.NOT_FINITE), (150, Break.LEAP), (250, Break.LEAP)]
    assert breaks(rows(range(300), gradient_nonfinite_count=count)) == want


@pytest.mark.parametrize("piece", [1, 64, 1000])
@pytest.mark.parametrize(("name", "size"), [("loss", 10.0), ("gradient_norm", 1000.0)])
def test_a_leap_is_seen_at_its_step(name: str, size: float, piece: int) -> None:
    """Of the loss, or of the gradient."""
    x = np.exp(0.1 * np.random.default_rng(0).normal(size=300))
    x[222] *= size
    given: dict[str, Any] = {name: x}
    assert breaks(rows(range(300), **given), piece) == [(222, Break.LEAP)]


@pytest.mark.parametrize("piece", [1, 7, 50, 64, 1000])
def test_the_same_steps_break_in_whatever_pieces_they_come(piece: int) -> None:
    """As fast as training runs, and as seldom as the ring is emptied: each is judged against the ones before it."""
    single = noisy(1, tails=2.0)
    single.step_values[[400, 1007, 1008, 3000], STEP_STATISTICS.index("loss")] = np.nan
    found = breaks(single, piece)
    assert len(found) > 4
    assert found == breaks(single, 3)


def test_a_leap_is_one_of_the_definition() -> None:
    """Step by step, in plain numpy: ten robust deviations above the median of the 64 before it, and three times it."""
    single = noisy(2, tails=2.0)
    norm = single.values[:, :, STATISTICS.index("gradient_norm")].astype(float)
    loss, gradient = (
        np.log(x) for x in (single.step_values[:, STEP_STATISTICS.index("loss")], np.linalg.norm(norm, axis=1))
    )

    def leaps(x: Any, t: int, least: float) -> bool:
        before = x[max(0, t - KEPT) : t]
        spread = 1.4826 * np.median(np.abs(before - np.median(before)))
        return bool(x[t] > np.median(before) + max(10 * spread, np.log(least)))

    want = [t for t in range(FEWEST, len(single)) if leaps(loss, t, 3.0) or leaps(gradient, t, 30.0)]
    assert [step for step, _ in breaks(single)] == want
    assert want


def test_a_loss_that_may_be_negative_leaps_by_its_size() -> None:
    """There is no logarithm of it."""
    loss = np.random.default_rng(0).normal(size=200)
    loss[100] = 40.0
    assert breaks(rows(range(200), loss=loss)) == [(100, Break.LEAP)]


def test_nothing_stands_out_from_too_few() -> None:
    """A first loss may be anything."""
    loss = np.ones(FEWEST)
    loss[-1] = 1e6
    assert breaks(rows(range(FEWEST), loss=loss)) == []


@pytest.mark.parametrize("loss", [np.nan, 0.0, 1.0])
def test_a_loss_that_is_never_known_or_constant_is_quiet(loss: float) -> None:
    """NaN means unknown until it was known; no gradient at all is none too large."""
    assert breaks(rows(range(4 * KEPT), loss=np.full(4 * KEPT, loss), gradient_norm=np.zeros(4 * KEPT))) == []
