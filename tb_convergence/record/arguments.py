"""What ``log_step`` is called with, checked before anything is recorded: a slip is told where it was made."""

import os
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.weights import is_variable, raw

LARGEST_STEP = 2**53  # beyond, float64 does not hold every whole number
NOT_EXPECTED = "log_step was called with something else than it expects: "


def check(tape: Any, *, loss: Any, step: Any, optimizer: Any, name: Any, model: Any = None) -> None:
    """Lets a right call pass.

    Raises:
      TypeError: an argument is of another kind than expected; the message names all of them.
      ValueError: ``step`` is no whole number from 0 to 2**53.
    """
    wrong = [
        f"{argument}: expected {expected}, got {said(value)}"
        for argument, value, expected, right in (
            ("tape", tape, "a tf.GradientTape or None", tape is None or isinstance(tape, tf.GradientTape)),
            ("loss", loss, "a tensor or a number", _is_numeric(loss)),
            ("step", step, "a number, a tensor or a variable", _is_numeric(step)),
            ("optimizer", optimizer, "an optimizer object", not isinstance(optimizer, str | int | float | type)),
            ("name", name, "a string", name is None or isinstance(name, str)),
            ("model", model, "a model, such as a keras.Model or a tf.Module", not isinstance(model, str | int | type)),
        )
        if not right
    ]
    if wrong:
        raise TypeError(NOT_EXPECTED + "; ".join(wrong) + ". It is called as log_step(tape, grads)")
    if isinstance(step, int | float | np.number) and not (0 <= float(step) <= LARGEST_STEP and float(step) % 1 == 0):
        raise ValueError(f"step: expected a whole number from 0 to 2**53, got {step!r}")


def said(value: Any) -> str:
    """A value in a few words of a message; tensors without their numbers, which would fill the screen."""
    if isinstance(value, list | tuple) and any(hasattr(v, "shape") for v in value):
        return f"a {type(value).__name__} of {len(value)}, first {said(value[0])}"
    if tf.is_tensor(value) or isinstance(value, np.ndarray):
        return f"{'a tensor' if tf.is_tensor(value) else 'an array'} of shape {tuple(value.shape)}"
    return f"{value!r:.80}"


def path_of(logdir: Any) -> str:
    """The path of a log directory.

    Raises:
      TypeError: it is no path.
      ValueError: it is an empty text.
    """
    if not isinstance(logdir, str | os.PathLike):
        raise TypeError(f"logdir: expected the path of a directory, got {said(logdir)}")
    path = os.fspath(logdir)
    if not path:
        raise ValueError("logdir is an empty text; is the variable that holds it set?")
    return str(path)


def _is_numeric(value: Any) -> bool:
    """Whether it is nothing, a number, or something that holds numbers."""
    if value is None or tf.is_tensor(value) or is_variable(value):
        return True
    if isinstance(value, list | tuple | dict):
        return all(_is_numeric(v) for v in tf.nest.flatten(value))
    return isinstance(raw(value), int | float | np.number | np.ndarray)


def check_pace(*, every: Any, max_megabytes: Any) -> None:
    """Lets right settings of how much is written pass; ``None``: nothing was said.

    Raises:
      ValueError: ``every`` is no whole number from 1 on, or ``max_megabytes`` is not above 0.
    """
    whole = isinstance(every, int | np.integer) and not isinstance(every, bool)
    if every is not None and not (whole and every >= 1):
        raise ValueError(f"every: expected a whole number from 1 on, got {every!r}")
    number = isinstance(max_megabytes, int | float | np.number) and not isinstance(max_megabytes, bool)
    if max_megabytes is not None and not (number and max_megabytes > 0):
        raise ValueError(f"max_megabytes: expected a number above 0, got {max_megabytes!r}")
