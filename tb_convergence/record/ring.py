"""Rows of the newest steps in a variable: written in the graph, read on the host.

``tf.summary`` cannot be called inside XLA, a variable can be assigned everywhere: eagerly, in a ``tf.function``, with
``jit_compile=True`` and in a ``tf.while_loop``. As long as no graph writes, rows wait on the host: to put one into a
variable takes longer than to measure what stands in it.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

RING_BYTES = 2**19  # of one ring, since XLA copies it at each step; small models get more rows, their steps are fast
MIN_ROWS, MAX_ROWS = 24, 2048
_HALVES = 2  # float32 in a float64
_T = TypeVar("_T")


def apart(make: Callable[[], _T]) -> _T:
    """Calls ``make`` in a thread of its own.

    There no trace, no strategy and no device scope is in force. ``tf.init_scope`` is not enough: inside a function
    that is traced a second time, TensorFlow refuses to make variables even there.
    """
    made: list[_T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            made.append(make())
        except BaseException as error:  # handed to the caller below
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]


def rows_for(width: int) -> int:
    """How many rows of ``width`` float32 a ring holds."""
    return int(np.clip(RING_BYTES // (4 * width), MIN_ROWS, MAX_ROWS))


def _split(numbers: NDArray[np.float64]) -> NDArray[np.float32]:
    """Each as two float32 with its bits."""
    return np.asarray(numbers, np.float64).view(np.float32)


class Ring:
    """The newest rows, each with its number in front: one variable, so a row is there whole or not at all.

    A row is a head of numbers that need float64, such as the step, and values for which float32 will do. It is kept as
    float32; each number of the head takes the place of two.

    Args:
      head: how many numbers need float64.
      width: how many values there are.

    Attributes:
      rows: how many it holds.
      lost: how many were overwritten before they were read.
    """

    def __init__(self, head: int, width: int) -> None:
        self.rows = rows_for(_HALVES * (1 + head) + width)
        self.lost = 0
        self._next = 0  # number of the next row to read
        self._missed = -1  # the row that was counted and not there at the last look
        self._head = 1 + head
        self._width = head + width  # of a row that is read
        empty = np.concatenate([_split(np.full(self._head, -1.0)), np.zeros(width, np.float32)])
        self._cells = tf.Variable(np.tile(empty, (self.rows, 1)), trainable=False, name="convergence_ring")
        self._count = tf.Variable(0, dtype=tf.int64, trainable=False, name="convergence_count")
        self._in_variable = False  # whether any row was ever put there
        self._in_graphs = False
        self._here: deque[NDArray[np.float32]] = deque(maxlen=self.rows)  # later than all in the variable

    @property
    def count(self) -> Any:
        """int64 scalar, how many rows were ever written; may be part of a graph."""
        return self._count.read_value()

    @property
    def filled(self) -> float:
        """Rows that were not read yet, in shares of what it holds; on the host."""
        return (self._written() - self._next + len(self._here)) / self.rows

    def enter_graph(self) -> None:
        """From now on graphs may write; eagerly."""
        self._in_graphs = True
        self._settle()

    def write(self, heads: Any, values: Any, valid: Any) -> None:
        """Adds up to two rows; may be part of a graph.

        Args:
          heads: float64 [2, head].
          values: float32 [2, width].
          valid: boolean [2]; the second only with the first. Always both places are written: a branch in the graph
            around the ring would have XLA copy it. What is not valid gets no number, and is overwritten next.
        """
        if tf.executing_eagerly():
            self._settle()
        self._in_variable = True
        number = self.count + np.arange(2)
        numbered = tf.where(valid, tf.cast(number, tf.float64), tf.constant(-1.0, tf.float64))
        front = tf.bitcast(tf.concat([numbered[:, None], heads], 1), tf.float32)
        rows = tf.concat([tf.reshape(front, [2, _HALVES * self._head]), values], 1)
        self._cells.scatter_nd_update((number % self.rows)[:, None], rows)
        self._count.assign_add(tf.reduce_sum(tf.cast(valid, tf.int64)))

    def write_on_host(self, heads: Sequence[Sequence[float]], values: Sequence[NDArray[np.float64]]) -> None:
        """Adds as many rows as there are heads, eagerly."""
        front = _split(np.asarray(heads, np.float64))
        with np.errstate(over="ignore"):  # a norm beyond float32 is written as infinity
            rows = np.concatenate([front, np.asarray(values, np.float32)], 1)
        self.lost += max(0, len(self._here) + len(rows) - self.rows)
        self._here.extend(rows)
        if self._in_graphs:
            self._settle()

    def _settle(self) -> None:
        """Puts the rows that wait on the host into the variable."""
        for row in self._taken():
            self._in_variable = True
            number = self._written()
            cells = tf.constant([[*_split(np.array([number], np.float64)), *row]])
            at = tf.constant([[number % self.rows]])
            tf.raw_ops.ResourceScatterNdUpdate(ref=self._cells.handle, indices=at, updates=cells)
            tf.raw_ops.AssignAddVariableOp(resource=self._count.handle, value=tf.constant(1, tf.int64))

    def read(self) -> NDArray[np.float64]:
        """The rows not read before, in order, float64 [rows, head + width].

        Only these are gathered: a read of the whole variable would make the next step copy it.
        """
        from_variable = self._read_variable() if self._in_variable else np.empty((0, self._width))
        here = list(self._taken())
        if not here:
            return from_variable
        return np.concatenate([from_variable, _joined(np.stack(here), self._head - 1)])

    def _taken(self) -> Iterator[NDArray[np.float32]]:
        """The rows that wait on the host, each to one who asks only."""
        while self._here:
            try:
                yield self._here.popleft()
            except IndexError:  # another thread was faster
                return

    def _read_variable(self) -> NDArray[np.float64]:
        count = self._written()
        first = max(self._next, count - self.rows + 1)  # one place is always being written
        if count <= first:
            return np.empty((0, self._width))
        wanted = np.arange(first, count)
        cells = self._cells.sparse_read(wanted % self.rows).numpy()
        found = _joined(cells, self._head)
        late = found[:, 0] < wanted  # counted, but not yet written
        if late[0] and self._missed == first and not late.all():  # nor at the last look: two writers took one number
            passed = int(np.argmin(late))
            first, found, wanted, late = first + passed, found[passed:], wanted[passed:], late[passed:]
        self._missed = first if late[0] else -1
        end = int(np.argmax(late)) if late.any() else len(wanted)
        new = found[:end][found[:end, 0] == wanted[:end]]
        self.lost += first + end - self._next - len(new)
        self._next = first + end
        return np.asarray(new[:, 1:], np.float64)

    def _written(self) -> int:
        """How many rows were ever put into the variable, by the shortest way, for it is asked twenty times a second."""
        if not self._in_variable:
            return 0
        return int(tf.raw_ops.ReadVariableOp(resource=self._count.handle, dtype=tf.int64))


def _joined(cells: NDArray[np.float32], head: int) -> NDArray[np.float64]:
    """Rows of which the first ``head`` numbers take the place of two."""
    edge = _HALVES * head
    return np.concatenate([np.ascontiguousarray(cells[:, :edge]).view(np.float64), cells[:, edge:]], 1)
