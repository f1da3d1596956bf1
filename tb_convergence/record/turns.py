"""Which gradients are read whole at a step: of a small group all, of a large one an eighth, each in its turn.

To read five million numbers takes as long as a twelfth of a step that makes them from 64 examples. Between its turns,
what is known of a gradient's length is that of its sample times what the sample fell short of at the last turn, see
``assembly``. When any sample is not finite, and at the first step, all gradients are read whole.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.assembly import UNREAD
from tb_convergence.record.branches import either, in_xla, one_of
from tb_convergence.record.exact import LONGEST, exact_gradient

READ_AT_ONCE = 2**19  # elements of a group, all of which are read at every step: 2 MB, as much as a cache holds
TURNS = 8  # steps from one reading of a gradient to the next
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

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        self._shapes = list(shapes)
        self._turns = turns(shapes)
        self._always = sorted(set(range(len(shapes))) - {i for turn in self._turns for i in turn})
        self.every = len(self._turns)
        self.several = self.every > 1

    def due(self, number: int, *, whole: bool) -> Sequence[int] | None:
        """The places read whole at a step of this number; ``None``: all of them. On the host."""
        everything = whole or not self.several or number == 0
        return None if everything else sorted([*self._always, *self._turns[number % TURNS]])

    def read(self, gradients: Sequence[Any], number: Any, *, whole: Any = True) -> Any:
        """‖g‖, the number of non-finite elements and the share of dead units, as ``exact_gradient`` has them.

        Where it is not a variable's turn, the norm and the share are ``assembly.UNREAD``, and the number is 0.

        Args:
          gradients: V dense tensors; ``None`` where there is no gradient.
          number: of the step, from 0.
          whole: whether all are read, a boolean scalar or a Python bool.
        """
        if whole is True or not self.several:
            return exact_gradient(gradients, self._shapes)
        unread = np.tile([UNREAD, 0.0, UNREAD], (len(gradients), 1))
        unread[[g is None for g in gradients]] = np.nan
        known = partial(self._known, gradients, known=tf.constant(unread))
        everything = whole | tf.equal(number, 0)
        if in_xla():  # compiles every branch, so each gradient is read in one only
            found = known(self._always)
            for k, places in enumerate(self._turns):
                due = everything | tf.equal(number % TURNS, k)
                found = either(due, partial(self._known, gradients, places, found), partial(tf.identity, found))
            return found
        turn = tf.where(everything, TURNS, tf.cast(number % TURNS, tf.int32))
        all_of_them = partial(exact_gradient, gradients, self._shapes)
        return one_of(turn, [*(partial(known, [*self._always, *places]) for places in self._turns), all_of_them])

    def _known(self, gradients: Sequence[Any], places: Sequence[int], known: Any) -> Any:
        """float64 [V, 3]: of all elements at some places; else what is known."""
        if not places:
            return tf.identity(known)
        whole = exact_gradient([gradients[i] for i in places], [self._shapes[i] for i in places])
        order = len(places) + np.arange(len(gradients))
        order[list(places)] = np.arange(len(places))
        return tf.gather(tf.concat([whole, known], 0), order)
