"""Values by statistic, put together when asked for."""

import numpy as np
import pytest

from tb_convergence.read.columns import Columns, Piece


def piece(value: float, statistics: tuple[str, ...], rows: list[bool], columns: list[int]) -> Piece:
    """A piece that holds one value everywhere."""
    values = np.full((len(statistics), len(rows), len(columns)), value, np.float32)
    return Piece(values, statistics, np.array(rows), np.array(columns))


def test_pieces_fill_their_rows_and_columns() -> None:
    """A frozen layer has no numbers while it is frozen, and none is invented."""
    found = Columns([piece(1, ("x",), [True, False], [0, 1]), piece(2, ("x", "y"), [True], [1])], 2)
    np.testing.assert_array_equal(found["x"], [[1, 1], [np.nan, 2]])
    np.testing.assert_array_equal(found["y"], [[np.nan, np.nan], [np.nan, 2]])
    assert list(found) == ["x", "y"]
    assert len(found) == 2


def test_a_statistic_that_no_piece_holds_is_no_key() -> None:
    """Absent is told from all NaN."""
    found = Columns([piece(1, ("x",), [True], [0])], 1)
    assert "y" not in found
    assert found.get("y") is None
    with pytest.raises(KeyError):
        found["y"]


def test_no_pieces_no_rows() -> None:
    """An empty run."""
    assert dict(Columns([], 3)) == {}


def test_what_is_handed_out_cannot_be_changed() -> None:
    """A rule that wrote into its input would change what the next one sees."""
    values = Columns([piece(1, ("x",), [True], [0])], 1)["x"]
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 2
