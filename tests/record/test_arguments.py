"""A slip in the call of log_step is told at once, with what was expected and what came."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.arguments import check, path_of

RIGHT: dict[str, Any] = {"loss": None, "step": None, "optimizer": None, "name": None}


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("loss", "mse"),
        ("loss", ["mse"]),
        ("step", "1"),
        ("optimizer", "adam"),
        ("optimizer", tf.keras.optimizers.Adam),
        ("optimizer", 0.1),
        ("name", 3),
        ("model", "net"),
    ],
)
def test_another_kind_is_named(argument: str, value: Any) -> None:
    """The argument, what it takes, and what it got."""
    with pytest.raises(TypeError, match=f"{argument}: expected .*, got "):
        check(None, **{**RIGHT, argument: value})


def test_every_slip_is_told_at_once() -> None:
    """Not one after the other."""
    with pytest.raises(TypeError, match=r"tape: .*loss: .*name: "):
        check("tape", loss="mse", step=None, optimizer=None, name=3)


def test_swapped_arguments_fit_on_the_screen() -> None:
    """The kind of thing that came in place of the tape, without its numbers."""
    grads = [tf.ones((40, 3)), tf.ones(3)]
    with pytest.raises(TypeError, match=r"tape: expected .*, got a list of 2, first a tensor of shape \(40, 3\)\."):
        check(grads, **RIGHT)


@pytest.mark.parametrize(("logdir", "kind"), [(None, TypeError), (3, TypeError), ("", ValueError)])
def test_a_log_directory_is_a_path(logdir: Any, kind: type[Exception]) -> None:
    """Nothing would be found again in the directory of no name."""
    with pytest.raises(kind, match="logdir"):
        path_of(logdir)


@pytest.mark.parametrize("step", [0.25, -1, np.nan, np.inf, 2**53 + 2, np.float32(1.5)])
def test_a_step_is_a_whole_number(step: Any) -> None:
    """Fractions would fall on one another, and rows would be lost."""
    with pytest.raises(ValueError, match="whole number"):
        check(None, **{**RIGHT, "step": step})


@pytest.mark.parametrize("step", [None, 0, 7, 3.0, np.int64(5), 2**53])
def test_right_steps_pass(step: Any) -> None:
    """Python, numpy, and floats that are whole."""
    check(None, **{**RIGHT, "step": step})


def test_right_calls_pass() -> None:
    """Tensors, variables, numbers, structures of losses, real optimizers."""
    check(tf.GradientTape(), **RIGHT)
    for loss in (tf.constant(1.0), 1.0, np.float32(1.0), tf.Variable(1.0), [tf.constant(1.0), 2.0]):
        check(None, loss=loss, step=tf.Variable(1), optimizer=tf.keras.optimizers.SGD(0.1), name="g")
