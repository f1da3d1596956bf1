"""The steps of a stream, counted: on the host as long as no graph counts, for to assign a variable takes a while."""

from typing import Any

import tensorflow as tf


class Counter:
    """The number of the next step, from 0."""

    def __init__(self) -> None:
        self._variable = tf.Variable(0, dtype=tf.int64, trainable=False, name="convergence_step")
        self._here: int | None = 0  # ``None``: it stands in the variable

    def next(self) -> Any:
        """The number of this step, float64 scalar; counts on. May be part of a graph."""
        if self._here is not None and tf.executing_eagerly():
            self._here += 1
            return float(self._here - 1)
        number = tf.cast(self._variable.read_value(), tf.float64)
        self._variable.assign_add(1)
        return number

    def at_least(self, number: int) -> None:
        """Goes on at ``number``, unless it is further already; eagerly."""
        if self._here is None:
            self._variable.assign(tf.maximum(self._variable, number))
        else:
            self._here = max(self._here, number)

    def enter_graph(self) -> None:
        """From now on graphs may count; eagerly."""
        if self._here is not None:
            self._variable.assign(self._here)
            self._here = None
