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


def test_pieces_are_put_where_they_belong_as_one_by_one() -> None:
    """Whole ones, others in another order of variables, with rows that do not count, and without the statistic."""
    generator = np.random.default_rng(0)
    pieces = []
    for names, rows, columns in (
        (("x", "y"), [True] * 4, [0, 1, 2]),
        (("y", "x"), [True] * 3, [2, 0, 1]),
        (("x",), [False, True, True], [0, 1, 2]),
        (("y",), [True] * 2, [1]),
        (("x", "y"), [False] * 2, [0, 1, 2]),
    ):
        values = generator.normal(size=(len(names), len(rows), len(columns))).astype(np.float32)
        pieces.append(Piece(values, names, np.array(rows), np.array(columns)))
    found = Columns(pieces, 3)
    for name in ("x", "y"):
        wanted = []
        for p in pieces:
            for row in np.flatnonzero(p.rows):
                line = [np.nan] * 3
                if name in p.statistics:
                    for k, column in enumerate(p.columns):
                        line[column] = float(p.values[p.statistics.index(name), row, k])
                wanted.append(line)
        np.testing.assert_array_equal(found[name], wanted)


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
