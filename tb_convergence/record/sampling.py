"""Which elements of a large variable are looked at: always the same ones, in blocks of one cache line.

In two stages. The observer does not know yet who will be recorded together and keeps up to ``SAMPLE`` elements of a
variable; a group of many variables looks at fewer of these, so that recording stays cheap beside training.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

SAMPLE = 4096  # elements of a variable that are looked at in a group of few; up to this size it is taken whole
LEAST = 1024  # elements in a group of many; norms then come within 0.7 % (median) to 3 % (worst of MobileNetV2, Adam)
BUDGET = 65536  # elements of a group, V · K, at which a step costs about one more millisecond on one core
BLOCK = 16  # elements, one cache line of float32; longer blocks see too few rows of a matrix: worst error 41 % at 64


def limit_for(variables: int) -> int:
    """How many elements of each of so many variables are looked at, a multiple of ``BLOCK``."""
    return int(np.clip(BUDGET // max(variables, 1) // BLOCK * BLOCK, LEAST, SAMPLE))


@lru_cache(maxsize=4096)
def _strata(size: int, limit: int) -> NDArray[np.int32]:
    """Starts of blocks, int32 [limit / BLOCK], in units of blocks, increasing, no two the same.

    One block is drawn from each of equally long strata. Equal spacing would fall in step with the rows of a matrix.
    """
    edges = np.linspace(0, size // BLOCK, limit // BLOCK + 1)
    offsets = np.random.default_rng(size).random(len(edges) - 1)
    return np.floor(edges[:-1] + offsets * np.maximum(np.diff(edges) - 1, 0)).astype(np.int32)


def blocks(size: int, limit: int = SAMPLE) -> NDArray[np.int32]:
    """The sampled blocks of a variable larger than ``limit``, int32 [limit / BLOCK], in units of blocks."""
    if size <= SAMPLE or limit == SAMPLE:
        return _strata(size, limit)
    kept = _strata(size, SAMPLE)
    return kept[_strata(SAMPLE, limit)]


def take(flat: Any, size: int, limit: int = SAMPLE) -> Any:
    """The sampled elements of a whole variable.

    Args:
      flat: tensor of ``size`` elements in any shape.
      size: number of elements, known when the graph is built.
      limit: how many to look at.

    Returns:
      A tensor [min(size, limit)] of the same dtype.
    """
    return _gathered(flat, size, limit, blocks(size, limit) if size > limit else None)


def thin(kept: Any, size: int, limit: int) -> Any:
    """``take(variable, size, limit)`` of what ``take(variable, size)`` has kept, or of the whole."""
    held = kept.shape.num_elements()
    if held == size:
        return take(kept, size, limit)
    return _gathered(kept, held, limit, _strata(held, limit) if held > limit else None)


def _gathered(flat: Any, size: int, limit: int, starts: NDArray[np.int32] | None) -> Any:
    if starts is None:
        return tf.reshape(flat, [size])
    if size % BLOCK == 0:
        return tf.reshape(tf.gather(tf.reshape(flat, [size // BLOCK, BLOCK]), starts), [limit])
    elements = starts[:, None] * BLOCK + np.arange(BLOCK, dtype=np.int32)
    return tf.gather(tf.reshape(flat, [size]), elements.reshape(-1))
