"""Many steps in few buckets."""

import numpy as np
import pytest

from tb_convergence.report.buckets import last_rows, starts, within


@pytest.mark.parametrize(("rows", "buckets"), [(10, 3), (7, 7), (3, 10), (1, 1), (10_000, 1200), (0, 5)])
def test_buckets_cover_every_row_once_and_evenly(rows: int, buckets: int) -> None:
    """No row is left out, none is empty, lengths differ by one at most."""
    first = starts(rows, buckets)
    lengths = last_rows(first, rows) - first + 1
    assert len(first) == min(rows, buckets)
    assert lengths.sum() == rows
    assert not len(lengths) or (lengths.min() >= 1 and np.ptp(lengths) <= 1)


def test_a_range_includes_both_ends() -> None:
    """And may begin and end between steps, or beyond them."""
    steps = np.array([0, 10, 20, 30])
    assert steps[within(steps, 10, 20)].tolist() == [10, 20]
    assert steps[within(steps, 9.5, 20.5)].tolist() == [10, 20]
    assert steps[within(steps, None, None)].tolist() == [0, 10, 20, 30]
    assert steps[within(steps, 31, None)].tolist() == []
    assert steps[within(steps, 20, 10)].tolist() == []
    assert steps[within(steps, None, -1)].tolist() == []
