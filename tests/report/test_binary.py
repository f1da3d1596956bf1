"""A header and arrays in one body."""

import numpy as np
import pytest

from tb_convergence.report.binary import packed
from tests.serve.unpack import unpack


@pytest.mark.parametrize("name", ["", "a", "ab", "abc", "λ", "x" * 100])
def test_arrays_begin_at_a_multiple_of_eight(name: str) -> None:
    """Whatever the header's length: a browser views float64 nowhere else."""
    body = unpack(packed({"run": name}, [np.arange(3.0), np.arange(4, dtype=np.uint8)]))
    assert body.header == {"run": name}
    assert body.floats(3).tolist() == [0, 1, 2]
    assert body.codes(2, 2).tolist() == [[0, 1], [2, 3]]


def test_arrays_are_sent_in_rows_and_little_endian() -> None:
    """However they lie in memory."""
    grid = np.arange(6, dtype=">f8").reshape(2, 3).T
    assert unpack(packed({}, [grid])).floats(6).tolist() == [0, 3, 1, 4, 2, 5]
