"""A run of any length stays affordable, and no step is counted twice."""

import numpy as np
import pytest

from tb_convergence.record.flight import KEPT
from tb_convergence.record.pacing import AFTER, Batch, Budget, Kind, Pacing
from tb_convergence.schema.statistics import STEP_STATISTICS
from tests.record.synthetic import STATISTICS, in_pieces, of_kind, rows, size, spans


def paced(total: float, *, every: int = 1) -> Pacing:
    """With a budget of its own."""
    return Pacing(Budget(total), STATISTICS, STEP_STATISTICS, every=every)


def assert_tiled(batches: list[Batch], steps: int) -> None:
    """Every step is in one row and in no other."""
    found = spans(batches)
    assert found[0, 0] == 0
    np.testing.assert_array_equal(found[1:, 0], (found[:, 0] + found[:, 1])[:-1])
    assert found[-1].sum() == steps


def test_a_short_run_is_written_as_it_is() -> None:
    """Nothing is held back."""
    pacing, single = paced(1e6), rows(range(100))
    ((kind, written),) = pacing.take(single)
    assert kind is Kind.SINGLE
    assert written is single or np.array_equal(written.steps, single.steps)
    assert pacing.flush() == pacing.end() == []


def test_a_million_steps_stay_within_the_budget() -> None:
    """Half of it single steps, then windows that double; the newest 64 steps one by one at the end."""
    pacing = paced(1e6)
    batches = [b for part in in_pieces(1_000_000, 1999) for b in pacing.take(part)] + pacing.end()
    assert size(batches) <= 1e6
    assert_tiled(batches, 1_000_000)
    windows = spans(batches)[:, 1]
    assert (windows == 1).sum() > 0.4e6 / batches[0][1].width
    lengths = np.unique(windows[windows > 1])
    doubled = 2 ** np.arange(1, len(lengths) + 8)
    assert np.isin(lengths, doubled).sum() >= len(lengths) - 1  # the last one is cut short by the end
    assert (windows[-KEPT:] == 1).all()
    latest = spans(batches)[:, 0] >= 500_000
    assert latest.sum() > 60  # the newer half of the run is still seen in detail


def test_windows_hold_the_exact_inner_products_of_their_steps() -> None:
    """Summed over the run, from windows and from single steps."""
    pacing = paced(2e5)
    parts = list(in_pieces(20_000, 777))
    batches = [b for part in parts for b in pacing.take(part)] + pacing.end()
    assert of_kind(batches, Kind.WINDOW)
    square = STATISTICS.index("gradient_norm")
    want = sum((p.values[:, :, square].astype(np.float64) ** 2).sum(0) for p in parts)
    got = sum((r.windows[:, None] * r.values[:, :, square].astype(np.float64) ** 2).sum(0) for _, r in batches)
    np.testing.assert_allclose(got, want, rtol=1e-5)


def test_a_longer_run_costs_little_more() -> None:
    """Ten times the steps: a few doublings."""
    sizes = []
    for steps in (50_000, 500_000):
        pacing = paced(3e5)
        sizes.append(size([b for part in in_pieces(steps, 2000) for b in pacing.take(part)]))
    assert sizes[1] < 1.2 * sizes[0] < 3e5


def test_what_breaks_is_there_step_by_step() -> None:
    """The 64 steps up to it and some behind it, in the midst of windows; and each step once."""
    loss = np.exp(0.1 * np.random.default_rng(1).normal(size=50_000))
    loss[43_210:] = np.nan
    pacing = paced(4e5)
    whole = rows(range(50_000), loss=loss)
    batches = [b for start in range(0, 50_000, 333) for b in pacing.take(whole[start : start + 333])] + pacing.end()
    assert_tiled(batches, 50_000)
    found = spans(batches)
    single = set(found[found[:, 1] == 1, 0].tolist())
    assert set(range(43_211 - KEPT, 43_211 + AFTER)) <= single
    assert set(range(50_000 - KEPT, 50_000)) <= single
    assert size(batches) <= 4e5


def test_leaps_leave_bytes_for_the_real_break() -> None:
    """A loss that leaps again and again does not use up what a NaN and the end need, nor the budget."""
    loss = np.ones(200_000)
    loss[20_000::150] = 100.0
    loss[190_000:] = np.inf
    pacing = paced(4e5)
    whole = rows(range(200_000), loss=loss)
    batches = [b for start in range(0, 200_000, 500) for b in pacing.take(whole[start : start + 500])] + pacing.end()
    assert_tiled(batches, 200_000)
    found = spans(batches)
    single = set(found[found[:, 1] == 1, 0].tolist())
    assert 190_000 in single
    assert 199_999 in single
    assert size(batches) <= 4e5


def test_every_tenth_step() -> None:
    """From the first on; the newest 64 once more at the end, without a gap."""
    pacing = paced(1e9, every=10)
    batches = [b for part in in_pieces(1000, 37) for b in pacing.take(part)]
    assert spans(batches)[:, 0].tolist() == list(range(0, 1000, 10))
    ((kind, last),) = pacing.end()
    assert kind is Kind.SINGLE
    assert last.steps.tolist() == list(range(1000 - KEPT, 1000))


def test_every_tenth_step_and_what_breaks() -> None:
    """The steps around it, in order, written again with the very times they had."""
    loss = np.ones(1000)
    loss[505:] = np.nan
    pacing = paced(1e9, every=10)
    batches = pacing.take(rows(range(1000), loss=loss))
    flight = batches[[len(r) for _, r in batches].index(KEPT)][1]
    assert flight.steps.tolist() == list(range(506 - KEPT, 506))
    again = spans(batches)[:, 0].tolist()
    assert set(range(506 - KEPT, 506 + AFTER)) <= set(again)
    assert set(range(530, 1000, 10)) <= set(again)


def test_every_tenth_step_turns_into_windows() -> None:
    """Of 20, 40, … steps, all steps in them."""
    pacing = paced(2e5, every=10)
    batches = [b for part in in_pieces(100_000, 500) for b in pacing.take(part)] + pacing.end()
    windows = spans(batches)
    wide = windows[windows[:, 1] > 1]
    assert set(np.unique(wide[:-1, 1]) // 10) <= set((2 ** np.arange(1, 20)).tolist())
    after = windows[np.flatnonzero(windows[:, 1] > 1)[0] :]
    np.testing.assert_array_equal(after[1:, 0], (after[:, 0] + after[:, 1])[:-1])
    assert after[-1].sum() == 100_000
    assert size(batches) <= 2e5


def test_a_counter_that_goes_back_closes_the_window() -> None:
    """A window never holds steps from before and after."""
    pacing = paced(1e5)
    batches = [b for part in in_pieces(3000, 100) for b in pacing.take(part)]
    batches += pacing.take(rows(range(1000, 1300))) + pacing.end()
    found = spans(batches)
    (back,) = np.flatnonzero(np.diff(found[:, 0]) < 0)
    assert found[back].sum() == 3000
    assert found[back + 1, 0] == 1000
    assert found[:, 1].sum() == 3300


def test_flush_writes_what_there_is() -> None:
    """And calls at every step do not break the budget."""
    pacing = paced(2e5)
    batches = [b for part in in_pieces(5000, 100) for b in pacing.take(part)]
    assert spans(batches)[:, 1].sum() < 5000
    batches += pacing.flush()
    assert spans(batches)[:, 1].sum() == 5000
    for part in in_pieces(3000, 1, start=5000):
        batches += pacing.take(part) + pacing.flush()
    batches += pacing.end()
    assert_tiled(batches, 8000)
    assert size(batches) <= 2e5


def test_two_streams_share_one_budget() -> None:
    """Generator and discriminator."""
    budget = Budget(3e5)
    two = [Pacing(budget, STATISTICS, STEP_STATISTICS) for _ in range(2)]
    batches = [b for part in in_pieces(50_000, 500) for p in two for b in p.take(part)] + [
        b for p in two for b in p.end()
    ]
    assert size(batches) <= 3e5


@pytest.mark.parametrize("total", [1.0, 5e3])
def test_a_budget_of_next_to_nothing_still_gives_the_outline(total: float) -> None:
    """A handful of rows: one for each doubling, no flight recordings."""
    pacing = paced(total)
    batches = [b for part in in_pieces(10_000, 100) for b in pacing.take(part)] + pacing.end()
    assert_tiled(batches, 10_000)
    assert 2 <= len(spans(batches)) < 60
