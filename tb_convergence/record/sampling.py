"""Which elements of a large variable are looked at: always the same ones, one every so many.

Single elements far from each other say more than as many side by side, which share a row of a matrix, and with it an
input. They reach from the first row to the last, for the rows in the middle may be the only ones that live. A smaller
sample is every so many elements of the next larger one: so what was kept of a weight, before it is known who will be
recorded together, can be thinned to what a group looks at.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

LIMITS = (3456, 1152, 384, 128)  # elements of a variable looked at, in a group of few and of many
SAMPLE, LEAST = LIMITS[0], LIMITS[-1]
BUDGET = 40960  # elements of a group, V · K; each costs four times 4 bytes of memory, too
TRIED = 32  # distances compared, once for each shape and limit


class Places(NamedTuple):
    """So many elements, the first at ``first``, one every ``distance``."""

    number: int
    first: int
    distance: int

    @property
    def slice(self) -> slice:
        """Of the flat variable."""
        return slice(self.first, self.first + (self.number - 1) * self.distance + 1, self.distance)


def limit_for(variables: int) -> int:
    """How many elements of each of so many variables are looked at: one of ``LIMITS``."""
    return next((n for n in LIMITS if n * variables <= BUDGET), LEAST)


@lru_cache(maxsize=4096)
def places(shape: tuple[int, ...], limit: int = SAMPLE) -> Places | None:
    """The sampled elements of a variable; ``None``: it is taken whole.

    Distances are chosen so that they visit all columns (the last axis) of a matrix evenly. In step with its rows, they
    would see a few columns only. So there may be fewer of them than ``limit``, one of ``LIMITS``.
    """
    size, width = math.prod(shape), shape[-1] if len(shape) > 1 else 1
    if size <= limit:
        return None
    found = Places(size, 0, 1)
    for most in LIMITS[: LIMITS.index(limit) + 1]:
        found = _every(found, _step(found, most, width)) if found.number > most else found
    return found


def _step(found: Places, limit: int, width: int) -> int:
    """Every how manyth of these visits the most of the columns with the most elements, up to ``limit``.

    At first columns count more, for those that are not seen here are seen in no smaller sample either.
    """
    weight = 2 if found.distance == 1 else 1

    def worth(step: int) -> int:
        number = found.number // step
        return number * min(width // math.gcd(found.distance * step, width), number) ** weight

    least = -(-found.number // limit)
    return max(range(least, least + TRIED), key=worth)


def _every(found: Places, step: int) -> Places:
    """Every ``step``-th of these; what does not come out even is left out on both sides alike."""
    number = -(-found.number // step)
    skipped = (found.number - 1 - (number - 1) * step) // 2
    return Places(number, found.first + skipped * found.distance, found.distance * step)


def limit_of(kept: int, shape: tuple[int, ...]) -> int | None:
    """The one of ``LIMITS`` of which a sample of so many elements is; ``None``: it is the whole, or no sample."""
    return next((n for n in LIMITS if (places(shape, n) or (0,))[0] == kept), None)


def take(whole: Any, shape: tuple[int, ...], limit: int = SAMPLE) -> Any:
    """The sampled elements of a whole variable.

    Args:
      whole: tensor or array of the variable's elements in any shape.
      shape: of the variable.
      limit: how many to look at, from ``limit_for``.

    Returns:
      [elements] of the same dtype: a tensor; of an array a view, nothing is copied yet.
    """
    return thin(whole, shape, limit)


def thin(kept: Any, shape: tuple[int, ...], limit: int) -> Any:
    """``take(variable, shape, limit)`` of what was kept of it: the whole, or its sample of this limit or a larger one.

    Args:
      kept: tensor or array, of the variable's elements in any shape.
      shape: of the variable.
      limit: one of ``LIMITS``.
    """
    number = math.prod(kept.shape)
    flat = kept if len(kept.shape) == 1 else _flat(kept, number)
    wanted, known = places(shape, limit), Places(number, 0, 1)
    if number != math.prod(shape):
        known = places(shape, limit_of(number, shape) or limit) or known
    if wanted is None or wanted == known:
        return flat
    first, step = (wanted.first - known.first) // known.distance, wanted.distance // known.distance
    return flat[first : first + (wanted.number - 1) * step + 1 : step]


def _flat(x: Any, number: int) -> Any:
    return x.reshape(-1) if isinstance(x, np.ndarray) else tf.reshape(x, [number])
