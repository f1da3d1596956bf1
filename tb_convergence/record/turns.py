"""Which gradients are read whole at a step: of a small group all, of a large one an eighth, each in its turn.

To read five million numbers takes as long as a twelfth of a step that makes them from 64 examples. Between its turns,
what is known of a gradient's length is that of its sample times what the sample fell short of at the last turn, see
``assembly``. Those whose turn comes together are also read when the sample of one of them is not finite, and all at the
first step.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.assembly import UNREAD
from tb_convergence.record.branches import either
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
      parts: the places of those that are read together; first those that are read always, if there are several turns.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        self._shapes = list(shapes)
        self._turns = turns(shapes)
        self._always = sorted(set(range(len(shapes))) - {i for turn in self._turns for i in turn})
        self.every = len(self._turns)
        self.several = self.every > 1
        self.parts = [self._always, *self._turns] if self.several else self._turns
        self._order = np.argsort([i for part in self.parts for i in part])

    def due(self, number: int, odd: Sequence[bool]) -> list[int]:
        """The places read whole at a step of this number, on the host; ``odd``: whether a sample is not finite."""
        if not self.several or number == 0:
            return list(range(len(self._shapes)))
        turn = self._turns[number % TURNS]
        others = [part for part in self._turns if any(odd[i] for i in part)]
        return sorted({i for part in (self._always, turn, *others) for i in part})

    def joined(self, pieces: Sequence[Any]) -> Any:
        """What is known of each of ``parts``, with a row for each place, in the order of the group."""
        found = tf.concat(list(pieces), 0)
        return found if np.array_equal(self._order, np.arange(len(self._order))) else tf.gather(found, self._order)

    def read(self, gradients: Sequence[Any], samples: Sequence[Any], number: Any, *, whole: bool = False) -> Any:
        """‖g‖, the number of non-finite elements and the share of dead units, as ``exact_gradient`` has them.

        Where it is not a variable's turn, the norm and the share are ``assembly.UNREAD``, and the number is 0. No more
        is asked for a part than its own gradients: these can be let go of while others are still to be computed. To
        keep all until the end of the step would cost more than to read them.

        Args:
          gradients: V dense tensors; ``None`` where there is no gradient.
          samples: of each of ``parts``, [places, K].
          number: of the step, from 0.
          whole: all are read.
        """
        if whole or not self.several:
            return exact_gradient(gradients, self._shapes)
        found = [self._exact(gradients, self._always)] if self._always else []
        for k, places in enumerate(self._turns):
            if places:
                due = self._due(gradients, places, samples[1 + k]) | tf.equal(number, 0) | tf.equal(number % TURNS, k)
                found.append(either(due, partial(self._exact, gradients, places), partial(_unread, gradients, places)))
        return self.joined(found)

    def _due(self, gradients: Sequence[Any], places: Sequence[int], sample: Any) -> Any:
        """Whether a sample is not finite, of the gradients that there are."""
        present = [row for row, i in enumerate(places) if gradients[i] is not None]
        seen = sample if len(present) == len(places) else tf.gather(sample, np.array(present, int))
        return ~tf.math.is_finite(tf.reduce_sum(seen))

    def _exact(self, gradients: Sequence[Any], places: Sequence[int]) -> Any:
        return exact_gradient([gradients[i] for i in places], [self._shapes[i] for i in places])


def _unread(gradients: Sequence[Any], places: Sequence[int]) -> Any:
    """float64 [places, 3]."""
    return tf.constant([[np.nan] * 3 if gradients[i] is None else [UNREAD, 0.0, UNREAD] for i in places], tf.float64)
