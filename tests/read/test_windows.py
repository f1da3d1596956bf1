"""No step is counted twice."""

import numpy as np

from tb_convergence.read.windows import cut_windows, written_again


def cut(steps: list[int], windows: list[int]) -> list[int]:
    """As lists."""
    return cut_windows(np.array(steps, np.int64), np.array(windows, np.int32)).tolist()


def test_windows_that_follow_one_another_stay() -> None:
    """As the recorder writes them."""
    assert cut([0, 1, 2, 6, 10, 11], [1, 1, 4, 4, 1, 1]) == [1, 1, 4, 4, 1, 1]
    assert cut([0, 10, 20], [1, 1, 1]) == [1, 1, 1]
    assert cut([0, 40, 80], [4, 4, 4]) == [4, 4, 4]  # a counter that counts by tens


def test_a_window_ends_where_the_next_row_begins() -> None:
    """A job that was restarted at step 6 replaces the rest of the window from 4 on."""
    assert cut([0, 4, 6, 7], [4, 4, 1, 1]) == [4, 2, 1, 1]


def test_no_rows_and_one_row() -> None:
    """Nothing to cut."""
    assert cut([], []) == []
    assert cut([7], [64]) == [64]


def test_a_row_with_the_same_time_is_the_same_row() -> None:
    """A step that was taken again has another time; another session is another row."""
    steps = np.array([0, 10, 20, 10, 11, 20, 20])
    times = np.array([0.0, 1.0, 2.0, 1.0, 1.1, 2.0, 5.0])
    same = np.zeros(7, np.int64)
    assert written_again(steps, times, same).tolist() == [False, True, True, False, False, False, False]
    assert not written_again(steps, times, np.arange(7)).any()
    assert written_again(steps[:0], times[:0], same[:0]).tolist() == []
