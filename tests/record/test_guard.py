"""What goes wrong in recording is told once, and ends no training."""

import warnings

import pytest
import tensorflow as tf

from tb_convergence.record.guard import Guard, RecordingWarning


def _fails() -> None:
    tf.raw_ops.Reshape(tensor=tf.zeros([3]), shape=[2])


def test_an_error_becomes_one_warning_for_each_kind() -> None:
    """Its first line, without the names that TensorFlow gives its own operations."""
    guard = Guard()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert [guard.guarded(_fails) for _ in range(3)] == [None] * 3
        guard.guarded(lambda: int("x"))
    assert [w.category for w in told] == [RecordingWarning] * 2
    assert "InvalidArgumentError" in str(told[0].message)
    assert "ValueError" in str(told[1].message)
    assert not any(part in str(told[0].message) for part in ("{{", "[Op:", "\n"))


def test_what_does_not_fail_is_handed_on() -> None:
    """Without a word."""
    assert Guard().guarded(lambda: 3) == 3


def test_a_warning_that_was_made_an_error_is_one() -> None:
    """As under ``python -W error``: who asked for it gets it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        guard = Guard()
        with pytest.raises(RecordingWarning):
            guard.guarded(_fails)
