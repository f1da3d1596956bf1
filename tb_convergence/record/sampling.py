"""Which elements of a large variable are looked at: always the same ones, one every so many.

Single elements far from each other say more than as many side by side, which share a row of a matrix, and with it an
input. There are few sizes of samples: what is kept of a weight, before it is known who will be recorded
together, is most often just what a group looks at.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import tensorflow as tf
from numpy.typing import NDArray

LIMITS = (3456, 1152, 384, 128)  # elements of a variable looked at, in a group of few and of many
SAMPLE, LEAST = LIMITS[0], LIMITS[-1]
BUDGET = 40960  # elements of a group, V · K; each costs four times 4 bytes of memory, too
TRIED = 32  # distances compared, once for each shape


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

    The distance is chosen so that they visit all columns (the last axis) of a matrix evenly. In step with its rows,
    they would see a few columns only. Ends that are not reached are left out on both sides alike.
    """
    size = math.prod(shape)
    if size <= limit:
        return None
    distance = _distance(size // limit, limit, shape[-1])
    return Places(limit, (size - (limit - 1) * distance) // 2, distance)


def _distance(longest: int, count: int, width: int) -> int:
    """At most ``longest``: which visits the most of the columns, and reaches the most of the rows."""
    tried = range(longest, max(longest - TRIED, longest // 2, 0), -1)
    return max(tried, key=lambda d: d * min(width // math.gcd(d, width), count))


def take(whole: Any, shape: tuple[int, ...], limit: int = SAMPLE) -> Any:
    """The sampled elements of a whole variable.

    Args:
      whole: tensor of the variable's elements in any shape.
      shape: of the variable.
      limit: how many to look at, from ``limit_for``.

    Returns:
      A tensor [min(size, limit)] of the same dtype.
    """
    found = places(shape, limit)
    flat = whole if whole.shape.rank == 1 else tf.reshape(whole, [whole.shape.num_elements()])
    return flat if found is None else flat[found.slice]


def take_on_host(whole: NDArray[Any], shape: tuple[int, ...], limit: int) -> NDArray[Any]:
    """``take`` of an array: a view, nothing is copied yet."""
    found = places(shape, limit)
    flat = whole.reshape(-1)
    return flat if found is None else flat[found.slice]


def thin(kept: Any, shape: tuple[int, ...], limit: int) -> Any:
    """``take(variable, shape, limit)`` of what was kept of it: the whole, or that very sample; tensor or array."""
    if math.prod(kept.shape) != math.prod(shape):
        return kept
    return take(kept, shape, limit) if tf.is_tensor(kept) else take_on_host(kept, shape, limit)
