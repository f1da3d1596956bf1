"""Numbers that are not finite are told from such that were never known."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.breakdown import broken, broken_since
from tb_convergence.series import Series
from tests.diagnose.simulate import parabola, sgd


def _series(rows: int = 12) -> Series:
    return parabola(sgd(0.1), rows)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 5, 11])
def test_an_infinite_loss_breaks_its_row(value: float, row: int) -> None:
    """At the start, in the middle, at the end."""
    series = _series()
    assert not broken(series).any()
    series.step("loss")[row] = value
    assert np.flatnonzero(broken(series)).tolist() == [row]


def test_a_loss_that_is_nan_is_lost_only_if_it_was_known_in_every_row_before() -> None:
    """Else it is one that is recorded now and then."""
    series = _series()
    series.step("loss")[7:] = np.nan
    assert np.flatnonzero(broken(series)).tolist() == [7, 8, 9, 10, 11]
    series.step("loss")[2] = np.nan
    assert not broken(series).any()
    series.step("loss")[:] = np.nan
    assert not broken(series).any()


@pytest.mark.parametrize(
    ("rows", "since"),
    [
        ([], None),
        ([False], None),
        ([True], 0),
        ([True, True], 0),
        ([True, False, True, True], 2),
        ([True, False], None),
    ],
)
def test_a_run_is_broken_since_the_first_row_after_which_all_are(rows: list[bool], since: int | None) -> None:
    """And not, if it ends in finite numbers."""
    assert broken_since(np.array(rows, np.bool_)) == since
