"""What is carried from one step of a set of variables to the next."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


class Carried(NamedTuple):
    """What is carried, on the host; see ``State``."""

    weight: NDArray[Any]
    gradient: NDArray[Any]
    older_gradient: NDArray[Any]
    update: NDArray[Any]
    waiting: bool
    calls: int


class State:
    """What is carried: in variables, which graphs read and assign; on the host as long as no graph does.

    To assign a variable takes a while, eagerly.

    Args:
      shape: [V, K].
      dtype: of samples.

    Attributes:
      weight: after the newest step. While this waits for its update, the same weight is that before it, too.
      gradient: of the newest step.
      older_gradient: of the step before.
      update: of the newest step; while it waits, of the one before.
      waiting: boolean, whether the newest step waits.
      calls: int64, how many there were.
    """

    def __init__(self, shape: tuple[int, int], dtype: Any) -> None:
        missing = np.full(shape, np.nan)
        self.weight, self.gradient, self.older_gradient, self.update = (
            tf.Variable(missing, dtype=dtype, trainable=False, name="convergence_state") for _ in range(4)
        )
        self.waiting = tf.Variable(False, trainable=False, name="convergence_waiting")
        self.calls = tf.Variable(0, dtype=tf.int64, trainable=False, name="convergence_calls")
        self._in_graphs = False  # once a graph may change what is carried, nobody but the variables knows it
        self._here: Carried | None = None

    @property
    def vectors(self) -> tuple[Any, Any, Any, Any]:
        """The variables of samples."""
        return self.weight, self.gradient, self.older_gradient, self.update

    def here(self) -> Carried:
        """What is carried, on the host."""
        if self._here is not None:
            return self._here
        weight, gradient, older, update = (v.numpy() for v in self.vectors)
        return Carried(weight, gradient, older, update, bool(self.waiting.numpy()), int(self.calls.numpy()))

    def keep(self, carried: Carried) -> None:
        """Carries this on."""
        self._here = carried
        if self._in_graphs:
            self.settle()

    def settle(self) -> None:
        """Puts what is carried into the variables; eagerly."""
        carried, self._here = self._here, None
        if carried is not None:
            for variable, value in zip((*self.vectors, self.waiting, self.calls), carried, strict=True):
                variable.assign(value)

    def enter_graph(self) -> None:
        """From now on graphs may read and assign the variables; eagerly."""
        self._in_graphs = True
        self.settle()
