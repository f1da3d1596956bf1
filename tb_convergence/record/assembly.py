"""From what was measured of each call to the rows of steps, in numpy, outside of the training.

A call of ``log_step`` leaves its numbers in the ring as they come: inner products, largest elements, norms of the
gradients whose turn it is. Here they become lengths and cosines, and the row of a step is put together, which may take
two calls: where the update comes after ``log_step``, the weights that it leaves are seen at the next one.

A cell is a head of float64 and float32 values. The head: the number of the call, ``LATE``, ``NOW``, ``WAITS`` (0 or 1),
the step, and P statistics of the step. The values, for each of V variables: ``BLOCK`` numbers of five vectors, see
``statistics.measured``, and the extras: those of ``EXTRAS``, and what ``schema.statistics.REFERENCE`` names.

The vectors are those of the call before where ``LATE`` is 1, of this call where ``NOW`` is 1. ``WAITS``: the step of
this call is completed by a later one. Where both a late row and one of this call are due, a second cell follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tb_convergence.schema.statistics import VECTORS

Floats = NDArray[np.float64]

CALL, LATE, NOW, WAITS = range(4)
FLAGS = 4  # numbers of a head before the step
EXTRAS = ("largest", "zeros", "sample_norm", "norm", "nonfinite", "dead")
LARGEST, ZEROS, SAMPLE_NORM, NORM, NONFINITE, DEAD = range(len(EXTRAS))
UNREAD = -1.0  # norm and share of dead units of a gradient that was not read whole

_N = len(VECTORS)
PAIRS = [(i, i) for i in range(_N)] + list(combinations(range(_N), 2))
"""Which vectors the squares and products of a block are of, in their order."""

BLOCK = len(PAIRS) + _N + 1  # products, scales, and the sum of the weights
_FIRST, _SECOND = np.array(PAIRS[_N:]).T
_WITH = [  # place among the cosines of that of each vector with each; after the last stands 1, with itself
    [len(_FIRST) if i == k else PAIRS[_N:].index((min(i, k), max(i, k))) for i in range(_N)] for k in range(_N)
]
_GRADIENT, _PREVIOUS_GRADIENT = VECTORS.index("gradient"), VECTORS.index("previous_gradient")
_KEPT = 3  # cells from one look to the next: a step may need the two calls before it, of which one may have two cells

TRUSTED = 0.5  # largest error of a sample's ‖v‖², in shares of it, at which the angles of the sample are believed
PARALLEL = 0.9  # squared cosine above which they are believed at any error


class Sizes(NamedTuple):
    """Of the samples of V variables.

    Attributes:
      factors: float64 [V], sqrt(elements / sampled elements).
      taken: int [V], sampled elements.
    """

    factors: Floats
    taken: NDArray[np.int64]


@dataclass(slots=True)
class Assembly:
    """Puts the rows of one group together.

    Attributes:
      step_statistics: P.
      extras: E, the extras of a variable.
      several: whether gradients are read whole in turns.
    """

    sizes: Sizes
    step_statistics: int
    extras: int
    several: bool
    _tail: Floats | None = None
    _ratios: Floats | None = None
    _dead: Floats | None = None

    @property
    def head(self) -> int:
        """Numbers of a head."""
        return FLAGS + 1 + self.step_statistics

    @property
    def _statistics(self) -> int:
        """S, of a variable: those of ``EXTRAS`` that help only, and the norms, which are lengths, do not count."""
        return len(PAIRS) + self.extras - 1

    @property
    def values(self) -> int:
        """Values of a cell."""
        return len(self.sizes.taken) * (BLOCK + self.extras)

    @np.errstate(all="ignore")  # what is not finite is written, and no reason to warn
    def rows(self, cells: Floats) -> Floats:
        """The rows that are complete now.

        Args:
          cells: float64 [n, head + values], the newest, in order.

        Returns:
          float64 [rows, 2 + P + V·S]: the step, whether it had to wait (0 or 1), the statistics of the step, and of the
          variables: ``LENGTHS``, ``COSINES``, ``EXTREMES``, ``REFERENCE`` where they are measured.
        """
        v = len(self.sizes.taken)
        fresh = cells.copy()
        if not len(fresh):
            return np.empty((0, 2 + self.step_statistics + v * self._statistics))
        if self.several:
            own = (fresh[:, NOW] == 1) | (fresh[:, WAITS] == 1)  # others complete a step only, and measure no gradient
            extras = fresh[:, self.head + v * BLOCK :].reshape(len(fresh), v, self.extras)  # a view
            self._complete([e for e, is_own in zip(extras, own, strict=True) if is_own])
        known = fresh if self._tail is None else np.concatenate([self._tail, fresh])
        new = np.arange(len(known) - len(fresh), len(known))
        self._tail = known[-_KEPT:]
        return self._rows(known, new)

    def _complete(self, extras: Sequence[Floats]) -> None:
        """Norms and shares of dead units that were not read, from what is known of them; in place, [V, E] each."""
        for e in extras:
            if self._ratios is None or self._dead is None:
                self._ratios, self._dead = np.ones(len(e)), np.full(len(e), np.nan)
            unread = e[:, NORM] == UNREAD
            guess = e[:, SAMPLE_NORM] * self.sizes.factors
            with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
                measured = e[:, NORM] / guess
            usable = ~unread & np.isfinite(measured) & (measured > 0)
            self._ratios = np.where(usable, measured, self._ratios)
            self._dead = np.where(unread, self._dead, e[:, DEAD])
            e[:, NORM] = np.where(unread, guess * self._ratios, e[:, NORM])
            e[:, DEAD] = self._dead

    def _rows(self, known: Floats, new: NDArray[np.intp]) -> Floats:
        v, head = len(self.sizes.taken), self.head
        calls, late = known[:, CALL], known[:, LATE] == 1
        before = _before(calls)
        of_call = new[known[new, NOW] == 1]
        earlier = new[late[new]]
        earlier = earlier[(before[earlier] >= 0) & (known[before[earlier], WAITS] == 1)]
        block_of = np.sort(np.concatenate([of_call, earlier]))
        step_of = np.where(late[block_of], before[block_of], block_of)
        blocks = known[block_of, head : head + v * BLOCK].reshape(-1, v, BLOCK)
        extras = known[:, head + v * BLOCK :].reshape(len(known), v, self.extras)
        last = before[step_of]
        last_norm = np.where((last >= 0)[:, None], extras[last, :, NORM], np.nan)
        values = _values(blocks, extras[step_of], last_norm, self.sizes)
        front = [known[step_of, FLAGS][:, None], late[block_of][:, None], known[step_of, FLAGS + 1 : head]]
        return np.concatenate([*front, values.reshape(len(step_of), v * self._statistics)], 1)


def _before(calls: Floats) -> NDArray[np.intp]:
    """For each cell, the last one of the call before; −1: there is none."""
    found = np.searchsorted(calls, calls - 1, side="right") - 1
    return np.where((found >= 0) & (calls[found] == calls - 1), found, -1)


def _values(blocks: Floats, extras: Floats, last_norm: Floats, sizes: Sizes) -> Floats:
    """[rows, V, S]; the gradients' exact norms stand in for those of the samples."""
    found = lengths_and_cosines(blocks, sizes.factors)
    if np.any(sizes.factors > 1):
        found = calibrated(found, _PREVIOUS_GRADIENT, last_norm)
        found = calibrated(found, _GRADIENT, extras[..., NORM])
    mean = blocks[..., -1] / np.maximum(sizes.taken, 1)
    columns: Sequence[Floats] = (
        found[..., :_GRADIENT],
        extras[..., NORM, None],
        found[..., _GRADIENT + 1 : _PREVIOUS_GRADIENT],
        last_norm[..., None],
        found[..., _PREVIOUS_GRADIENT + 1 :],
        extras[..., [LARGEST, ZEROS, NONFINITE, DEAD]],
        mean[..., None],
        extras[..., len(EXTRAS) :],
    )
    return np.concatenate(columns, -1)


def lengths_and_cosines(blocks: Floats, factors: Floats) -> Floats:
    """The five lengths and ten cosines.

    Args:
      blocks: [..., V, BLOCK].
      factors: [V], sqrt(elements / sampled elements): a sample's norm times this estimates the whole's.

    Returns:
      [..., V, 15] in the order of ``schema.statistics.LENGTHS`` and ``COSINES``. NaN: whatever speaks of a vector that
      is not finite, and the cosine with a zero vector.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        roots = np.sqrt(blocks[..., :_N])
        lengths = roots * blocks[..., len(PAIRS) : len(PAIRS) + _N] * factors[:, None]
        cosines = blocks[..., _N : len(PAIRS)] / (roots[..., _FIRST] * roots[..., _SECOND])
    lengths = _finite(lengths) + 0.0  # of −0, which a scale may be, a zero
    return np.concatenate([lengths, np.clip(_finite(cosines), -1.0, 1.0)], -1)


def _finite(x: Floats) -> Floats:
    return np.where(np.isfinite(x), x, np.nan)


def calibrated(found: Floats, vector: int, known: Floats) -> Floats:
    """Lengths and cosines of samples, corrected by what the whole of one vector is known to measure.

    Every vector x is split into a multiple of the known one, v, and a rest: x = a·v + r, with a from the sample. What
    the sample says of r stands, ‖v‖ is put right: ⟨x, y⟩ changes by aₓ·a_y·(‖v‖² − the sample's). With ρ the ratio of
    the two norms, xᵥ and yᵥ the cosines with v: ‖x‖² grows by 1 + (ρ² − 1)·xᵥ², and ⟨x, y⟩/(‖x‖·‖y‖) by
    (ρ² − 1)·xᵥ·yᵥ before both lengths do. A length is exact for a multiple of v, such as an update of gradient descent.
    Where the sample met v badly, as in an embedding of which a batch touches few rows, it says little of the angle to
    v either, and only what is nearly parallel is corrected.

    Args:
      found: [..., V, 15] of ``lengths_and_cosines``.
      vector: place of the known one among ``schema.statistics.VECTORS``.
      known: [..., V], its norm; NaN: not known.
    """
    lengths, cosines = found[..., :_N], found[..., _N:]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = np.square(known / lengths[..., vector]) - 1
        ratio = np.where(np.isfinite(ratio), ratio, 0.0)[..., None]  # [..., V, 1]
        to_v = np.concatenate([cosines, np.ones_like(cosines[..., :1])], -1)[..., _WITH[vector]]  # [..., V, 5]
        trusted = np.isfinite(to_v) & ((np.abs(ratio) <= TRUSTED) | (np.square(to_v) >= PARALLEL))
        to_v = np.where(trusted, to_v, 0.0)
        growth = np.sqrt(1 + ratio * np.square(to_v))
        turned = cosines + ratio * to_v[..., _FIRST] * to_v[..., _SECOND]
        turned = _finite(turned / (growth[..., _FIRST] * growth[..., _SECOND]))
    return np.concatenate([lengths * growth, np.clip(turned, -1.0, 1.0)], -1)
