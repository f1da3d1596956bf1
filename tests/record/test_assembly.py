"""Rows are put together from calls: at once, or when a later call has shown the update; never from calls apart."""

from typing import Any

import numpy as np
import pytest

from tb_convergence.record import host
from tb_convergence.record.assembly import BLOCK, EXTRAS, NORM, UNREAD, Assembly, Sizes
from tb_convergence.schema.statistics import COSINES, EXTREMES, LENGTHS

V, K = 2, 6
NAMES = (*LENGTHS, *COSINES, *EXTREMES)


def assembly(*, factor: float = 1.0, several: bool = False) -> Assembly:
    """Of two variables of six elements, of which all or a part is known; one statistic of the step."""
    return Assembly(Sizes(np.full(V, factor), np.full(V, K)), 1, len(EXTRAS), several)


def cell(call: int, vectors: Any, *, late: bool = False, now: bool = True, waits: bool = False, **extras: Any) -> Any:
    """Of this call, with vectors [5, V, K]; the loss is ten times the call."""
    found = np.full((V, len(EXTRAS)), 1.0)
    for name, value in extras.items():
        found[:, EXTRAS.index(name)] = value
    head = [call, late, now, waits, 100 + call, 10.0 * call]
    return np.concatenate([head, host.measured(list(vectors)).ravel(), found.ravel()])


def vectors(seed: int) -> Any:
    """[5, V, K]."""
    return np.random.default_rng(seed).normal(size=(5, V, K))


def named(row: Any) -> dict[str, Any]:
    """Statistic → [V]."""
    return dict(zip(NAMES, row[3:].reshape(V, -1).T, strict=True))


def test_a_row_of_one_call() -> None:
    """Its own step and loss, and lengths as numpy has them; norms of gradients are the exact ones."""
    x = vectors(0)
    (row,) = assembly().rows(cell(0, x, norm=7.0)[None])
    assert row[:3].tolist() == [100, 0, 0]
    got = named(row)
    np.testing.assert_allclose(got["weight_norm"], np.linalg.norm(x[0], axis=1), rtol=1e-6)
    np.testing.assert_allclose(got["update_norm"], np.linalg.norm(x[2], axis=1), rtol=1e-6)
    np.testing.assert_array_equal(got["gradient_norm"], 7.0)
    np.testing.assert_allclose(got["weight_mean"], x[0].mean(1), rtol=1e-6)
    assert np.isnan(got["previous_gradient_norm"]).all()


@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_the_norm_before_is_that_of_the_call_before(pieces: int) -> None:
    """Whether both came in one look or not."""
    cells = np.stack([cell(i, vectors(i), norm=float(i + 1)) for i in range(4)])
    whole = assembly()
    rows = np.concatenate([whole.rows(part) for part in np.array_split(cells, pieces)])
    before = np.array([named(row)["previous_gradient_norm"] for row in rows])
    np.testing.assert_array_equal(before, [[np.nan] * V, [1] * V, [2] * V, [3] * V])


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_step_that_waits_is_completed_by_the_next_call(pieces: int) -> None:
    """With its own number, loss and gradient, and the vectors that the later call saw; the last one still waits."""
    cells = np.stack([cell(i, vectors(i), late=i > 0, now=False, waits=True, norm=float(i + 1)) for i in range(3)])
    whole = assembly()
    rows = np.concatenate([whole.rows(part) for part in np.array_split(cells, pieces)])
    assert rows[:, :3].tolist() == [[100, 1, 0], [101, 1, 10]]
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(named(row)["gradient_norm"], i + 1)
        np.testing.assert_allclose(named(row)["update_norm"], np.linalg.norm(vectors(i + 1)[2], axis=1), rtol=1e-6)


def test_one_call_may_complete_two_steps() -> None:
    """A step that waited, and its own: the second cell has the same number."""
    waiting = cell(0, vectors(0), now=False, waits=True, norm=1.0)
    both = cell(1, vectors(1), late=True, now=False, norm=2.0), cell(1, vectors(2), norm=2.0)
    after = cell(2, vectors(3), norm=3.0)
    rows = assembly().rows(np.stack([waiting, *both, after]))
    assert rows[:, :2].tolist() == [[100, 1], [101, 0], [102, 0]]
    before = [named(row)["previous_gradient_norm"][0] for row in rows]
    np.testing.assert_array_equal(before, [np.nan, 1, 2])


def test_calls_that_were_lost_leave_no_mixture() -> None:
    """What waited is not completed by a call that came much later, whose gradient before is not known."""
    rows = assembly().rows(
        np.stack([cell(0, vectors(0), now=False, waits=True), cell(5, vectors(1), late=True, now=False, waits=True)])
    )
    assert len(rows) == 0
    rows = assembly().rows(np.stack([cell(0, vectors(0)), cell(5, vectors(1))]))
    assert np.isnan(named(rows[1])["previous_gradient_norm"]).all()


def test_nothing_new() -> None:
    """No rows, of the right width."""
    width = assembly().rows(cell(0, vectors(0))[None]).shape[1]
    assert assembly().rows(np.empty((0, 6 + V * (BLOCK + len(EXTRAS))))).shape == (0, width)


def test_what_was_not_read_is_the_sample_times_what_it_fell_short_of() -> None:
    """3 of 2 · 1 at the reading, so 6 of 2 · 2 after it; the share of dead units is the one read last."""
    read = cell(0, vectors(0), norm=3.0, sample_norm=1.0, dead=0.25)
    guessed = cell(1, vectors(1), norm=UNREAD, sample_norm=2.0, dead=UNREAD)
    rows = assembly(factor=2.0, several=True).rows(np.stack([read, guessed]))
    np.testing.assert_allclose(named(rows[1])["gradient_norm"], 6.0)
    np.testing.assert_array_equal(named(rows[1])["dead_unit_fraction"], 0.25)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_stay_where_they_are(bad: float) -> None:
    """In their own statistics, of their own variable."""
    x = vectors(0)
    x[1, 0, 3] = bad
    (row,) = assembly().rows(cell(0, x)[None])
    got = named(row)
    assert np.isnan(got["cosine_weight_gradient"][0])
    assert np.isfinite(got["cosine_weight_gradient"][1])
    assert np.isfinite(got["weight_norm"]).all()
    assert EXTRAS.index("norm") == NORM


def test_a_cell_that_only_completes_a_step_reads_no_gradient() -> None:
    """After a flush the share of dead units is still the one read last."""
    whole = assembly(several=True)
    read = cell(0, vectors(0), now=False, waits=True, norm=3.0, sample_norm=1.0, dead=0.25)
    flushed = cell(1, vectors(1), late=True, now=False, norm=np.nan, sample_norm=np.nan, dead=np.nan)
    after = cell(1, vectors(2), norm=UNREAD, sample_norm=2.0, dead=UNREAD)
    rows = whole.rows(np.stack([read, flushed, after]))
    np.testing.assert_array_equal([named(r)["dead_unit_fraction"][0] for r in rows], 0.25)
    np.testing.assert_allclose([named(r)["gradient_norm"][0] for r in rows], [3, 6])
