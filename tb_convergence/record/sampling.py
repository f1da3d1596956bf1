"""Which elements of a large variable are looked at: always the same ones, one every so many.

Single elements far from each other say more than as many side by side, which share a row of a matrix, and with it an
input. They reach from the first row to the last, for the rows in the middle may be the only ones that live. There are
few sizes of samples: what is kept of a weight, before it is known who will be recorded together, is most often just
what a group looks at.
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
    they would see a few columns only. So there may be fewer of them than ``limit``.
    """
    size = math.prod(shape)
    if size <= limit:
        return None
    distance = _distance(size, limit, shape[-1] if len(shape) > 1 else 1)
    number = -(-size // distance)
    return Places(number, (size - 1 - (number - 1) * distance) // 2, distance)


def _distance(size: int, limit: int, width: int) -> int:
    """The one that visits the most of the columns with the most elements, up to ``limit``."""
    least = -(-size // limit)
    return max(range(least, least + TRIED), key=lambda d: size // d * min(width // math.gcd(d, width), size // d))


def limit_of(kept: int, shape: tuple[int, ...]) -> int:
    """The one of ``LIMITS`` of which a sample of so many elements is."""
    return next((n for n in LIMITS if (places(shape, n) or (0,))[0] == kept), LEAST)


def take(whole: Any, shape: tuple[int, ...], limit: int = SAMPLE) -> Any:
    """The sampled elements of a whole variable.

    Args:
      whole: tensor of the variable's elements in any shape.
      shape: of the variable.
      limit: how many to look at, from ``limit_for``.

    Returns:
      A tensor [elements] of the same dtype.
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
