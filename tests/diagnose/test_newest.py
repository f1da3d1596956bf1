"""Statistics of a run are put together once while a rule asks for the same ones again and again."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from tb_convergence.diagnose.newest import KEPT, Newest, held
from tb_convergence.series import Values
from tests.diagnose.simulate import parabola, sgd


class Counted(Mapping[str, Values]):
    """Makes each statistic anew, and counts how often."""

    def __init__(self, names: str) -> None:
        self.names = names
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> Values:
        if name not in self.names:
            raise KeyError(name)
        self.asked.append(name)
        return np.full((2, 1), float(ord(name)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def test_what_is_asked_for_in_a_row_is_made_once() -> None:
    """Three statistics in turns, as a rule asks for them of one layer after another."""
    made = Counted("abc")
    newest = Newest(made)
    for _ in range(5):
        for name in "abc":
            assert newest[name][0, 0] == ord(name)
    assert made.asked == list("abc")


def test_no_more_than_a_few_are_held() -> None:
    """The one that was asked for longest ago gives way; the answers stay the same."""
    made = Counted("abcdef")
    newest = Newest(made)
    for name in "abcdba":
        assert newest[name][0, 0] == ord(name)
    assert made.asked == list("abcda")
    assert len("dba") == KEPT


def test_it_reads_as_what_it_stands_for() -> None:
    """Names, number, and a statistic that is not there."""
    newest = Newest(Counted("ab"))
    assert list(newest) == ["a", "b"]
    assert len(newest) == 2
    assert "c" not in newest
    with pytest.raises(KeyError):
        newest["c"]


def test_a_run_stays_the_same() -> None:
    """All of its numbers."""
    series = parabola(sgd(0.1), 5)
    again = held(series)
    assert set(again.values) == set(series.values)
    for name in series.values:
        np.testing.assert_array_equal(again.values[name], series.values[name])
