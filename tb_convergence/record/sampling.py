"""Which elements of a large variable are looked at: always the same ones, in blocks of one cache line."""

from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

SAMPLE = 4096  # elements; a variable up to this size is taken whole
BLOCK = 16  # elements, one cache line of float32; longer blocks see too few rows of a matrix: worst error 41 % at 64


def sampled_size(size: int) -> int:
    """How many of ``size`` elements are looked at."""
    return min(size, SAMPLE)


@lru_cache(maxsize=4096)
def blocks(size: int) -> NDArray[np.int32]:
    """Starts of the sampled blocks, int32 [SAMPLE / BLOCK], in units of blocks, increasing, no two the same.

    One block is drawn from each of equally long strata. Equal spacing would fall in step with the rows of a matrix.
    """
    strata = np.linspace(0, size // BLOCK, SAMPLE // BLOCK + 1)
    offsets = np.random.default_rng(size).random(len(strata) - 1)
    return np.floor(strata[:-1] + offsets * np.maximum(np.diff(strata) - 1, 0)).astype(np.int32)


def take(flat: Any, size: int) -> Any:
    """The sampled elements of ``flat``.

    Args:
      flat: tensor of ``size`` elements in any shape.
      size: number of elements, known when the graph is built.

    Returns:
      A tensor [sampled_size(size)] of the same dtype.
    """
    if size <= SAMPLE:
        return tf.reshape(flat, [size])
    if size % BLOCK == 0:
        return tf.reshape(tf.gather(tf.reshape(flat, [size // BLOCK, BLOCK]), blocks(size)), [SAMPLE])
    elements = blocks(size)[:, None] * BLOCK + np.arange(BLOCK, dtype=np.int32)
    return tf.gather(tf.reshape(flat, [size]), elements.reshape(-1))
