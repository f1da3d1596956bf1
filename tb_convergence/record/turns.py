"""Which gradients are read whole at a step: of a small group all, of a large one an eighth, each in its turn.

To read five million numbers takes as long as a twelfth of a step that makes them from 64 examples. Between its turns,
what is known of a gradient's length is that of its sample times what the sample fell short of at the last turn. When
any sample is not finite, and at the first step, all gradients are read whole.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.branches import either, in_xla, one_of
from tb_convergence.record.exact import LONGEST, exact_gradient
from tb_convergence.record.statistics import norms

READ_AT_ONCE = 2**19  # elements of a group, all of which are read at every step: 2 MB, as much as a cache holds
TURNS = 8  # steps from one reading of a gradient to the next
SMALLEST = 1e-15  # a float32 norm below this has lost digits, for its squares underflow
_MATRIX = 2  # axes


def turns(shapes: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """The places of those read whole together, neighbours in depth; of one list, all are read at every step.

    A matrix of very many rows stays in no list of several: it may be an embedding, of which a batch touches few rows
    that a sample would miss; it is read at every step.
    """
    sizes = [math.prod(s) for s in shapes]
    if sum(sizes) <= READ_AT_ONCE:
        return [list(range(len(shapes)))]
    waiting = [i for i, shape in enumerate(shapes) if not _always(shape)]
    ends = np.cumsum([sizes[i] for i in waiting])
    turn = (ends - 1) * TURNS // max(ends[-1], 1) if waiting else ends
    return [[i for i, t in zip(waiting, turn, strict=True) if t == k] for k in range(TURNS)]


def _always(shape: tuple[int, ...]) -> bool:
    return len(shape) == _MATRIX and shape[0] > LONGEST


class Turns:
    """Reads the gradients of a group, each in its turn.

    Attributes:
      several: whether there is more than one turn.
      every: at every how manyth step a gradient is read whole.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]], factors: Any) -> None:
        self._shapes = list(shapes)
        self._turns = turns(shapes)
        self.every = len(self._turns)
        self.several = self.every > 1
        self._factors = np.asarray(factors, np.float64)
        if self.several:
            ones = np.ones(len(shapes))
            self._ratios = tf.Variable(ones, dtype=tf.float64, trainable=False, name="convergence_ratios")

    def read(self, gradients: Sequence[Any], sample: Any, number: Any, dead: Any, *, whole: bool = False) -> Any:
        """‖g‖, the number of non-finite elements and the share of dead units, as ``exact_gradient`` has them.

        Where it is not a variable's turn, its norm is estimated, and its share of dead units is the one read last.

        Args:
          gradients: V dense tensors; ``None`` where there is no gradient.
          sample: [V, K], of the gradients.
          number: of the step, from 0.
          dead: float64 [V], the shares read last.
          whole: read all.
        """
        if whole or not self.several:
            return exact_gradient(gradients, self._shapes)
        present = np.array([g is not None for g in gradients])
        guess = _norms(sample, present) * self._factors
        unusual = tf.equal(number, 0) | tf.reduce_any(present & ~tf.math.is_finite(guess))
        ratios = self._ratios.read_value()
        missing = tf.constant(np.where(present, 0.0, np.nan))
        estimated = tf.stack([guess * ratios + missing, missing, dead + missing], 1)
        found = self._by_turns(gradients, estimated, number, unusual)
        measured = found[:, 0] / guess
        usable = tf.math.is_finite(measured) & (measured > 0)
        self._ratios.assign(tf.where(usable, measured, ratios))
        return found

    def _by_turns(self, gradients: Sequence[Any], estimated: Any, number: Any, unusual: Any) -> Any:
        """float64 [V, 3]: of those whose turn it is, and of those read always, all elements; else the estimate."""
        always = sorted(set(range(len(gradients))) - {i for turn in self._turns for i in turn})
        known = partial(self._known, gradients, estimated=estimated)
        if in_xla():  # compiles every branch, so each gradient is read in one only
            found = known(always)
            for k, places in enumerate(self._turns):
                due = unusual | tf.equal(number % TURNS, k)
                found = either(due, partial(self._known, gradients, places, found), partial(tf.identity, found))
            return found
        turn = tf.where(unusual, TURNS, tf.cast(number % TURNS, tf.int32))
        everything = partial(exact_gradient, gradients, self._shapes)
        return one_of(turn, [*(partial(known, [*always, *places]) for places in self._turns), everything])

    def _known(self, gradients: Sequence[Any], places: Sequence[int], estimated: Any) -> Any:
        """float64 [V, 3]: of all elements at some places; else the estimate."""
        if not places:
            return tf.identity(estimated)
        whole = exact_gradient([gradients[i] for i in places], [self._shapes[i] for i in places])
        order = len(places) + np.arange(len(gradients))
        order[list(places)] = np.arange(len(places))
        return tf.gather(tf.concat([whole, estimated], 0), order)


def _norms(sample: Any, present: Any) -> Any:
    """float64 [V]: ‖x‖ of each row, NaN or infinite as it is; squares too large or small for float32 are made anew."""
    quick = tf.cast(norms(sample), tf.float64)
    usual = ~present | tf.math.is_nan(quick) | (tf.math.is_finite(quick) & (quick > SMALLEST))
    return either(
        tf.reduce_all(usual),
        lambda: quick,
        lambda: tf.sqrt(tf.reduce_sum(tf.square(tf.cast(sample, tf.float64)), 1)),
    )
