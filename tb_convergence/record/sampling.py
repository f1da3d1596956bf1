"""Which elements of a large variable are looked at: always the same ones, in blocks of one cache line.

In two stages. The observer does not know yet who will be recorded together and keeps up to ``SAMPLE`` elements of a
variable; a group of many variables looks at every j-th block of these, so that recording stays cheap beside training.
Blocks follow each other at one distance, so that they can be taken by slices.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

BLOCK = 16  # elements, one cache line of float32; longer blocks see too few rows of a matrix: worst error 41 % at 64
BLOCKS = 240  # with many divisors: a group takes every j-th
SAMPLE = BLOCKS * BLOCK  # elements of a variable looked at in a group of few; up to this size it is taken whole
LEAST = 160  # elements in a group of many
BUDGET = 32768  # elements of a group, V · K; each costs four times 4 bytes of memory, too
NEAR = 0.03  # share by which the distance may fall short of the longest, and the end of the variable not be seen
TRIED = 32  # distances compared, once for each shape
PARTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 24)  # every how manyth block groups of different sizes take


class Blocks(NamedTuple):
    """So many blocks, the first at element ``first``, one every ``distance`` elements."""

    blocks: int
    first: int
    distance: int


def limit_for(variables: int) -> int:
    """How many elements of each of so many variables are looked at: ``SAMPLE`` or a whole part of it."""
    wanted = max(LEAST, BUDGET // max(variables, 1))
    return BLOCK * next(b for b in range(BLOCKS, 0, -1) if BLOCKS % b == 0 and b * BLOCK <= wanted)


@lru_cache(maxsize=4096)
def blocks(shape: tuple[int, ...], limit: int = SAMPLE) -> Blocks | None:
    """The sampled blocks of a variable; ``None``: it is taken whole.

    The distance is chosen so that blocks visit all columns (the last axis) of a matrix evenly. In step with its rows,
    they would see a few columns only.
    """
    size = math.prod(shape)
    if size <= limit:
        return None
    count = BLOCKS if size > SAMPLE else limit // BLOCK
    distance = _distance(size // count, shape[-1])
    return _every(Blocks(count, (distance - BLOCK) // 2, distance), limit)


def _distance(longest: int, width: int) -> int:
    """At most ``longest`` and near it, such that every j-th block too visits as many columns of ``width`` as it can."""
    least = max(BLOCK, math.ceil(longest * (1 - NEAR)))
    tried = sorted({int(d) for d in np.linspace(longest, least, TRIED)}, reverse=True)
    return max(tried, key=lambda d: min(_visited(d * j, width, BLOCKS // j) for j in PARTS))


def _visited(distance: int, width: int, count: int) -> float:
    """The share of columns that blocks at this distance begin in, of those that so many blocks could."""
    columns = np.arange(count) * distance % width // BLOCK
    return len(np.unique(columns)) / min(count, -(-width // BLOCK))


def _every(found: Blocks, limit: int) -> Blocks:
    """Every j-th of the blocks, so that ``limit`` elements remain."""
    j = max(1, found.blocks * BLOCK // limit)
    return Blocks(found.blocks // j, found.first + j // 2 * found.distance, found.distance * j)


def take(whole: Any, shape: tuple[int, ...], limit: int = SAMPLE) -> Any:
    """The sampled elements of a whole variable.

    Args:
      whole: tensor of the variable's elements in any shape.
      shape: of the variable.
      limit: how many to look at, from ``limit_for``.

    Returns:
      A tensor [min(size, limit)] of the same dtype.
    """
    return _taken(whole, blocks(shape, limit))


def take_now(whole: Any) -> Any:
    """``take(whole, shape)`` of an eager tensor; through numpy, for TensorFlow's slices take ten times as long here."""
    chosen = blocks(tuple(whole.shape))
    if chosen is None or "CPU" not in whole.device:
        return take(whole, tuple(whole.shape))
    count, first, distance = chosen
    table = whole._numpy().reshape(-1)[: count * distance].reshape(count, distance)  # a view: nothing is copied yet
    return tf.constant(np.array(table[:, first : first + BLOCK]).reshape(-1))


def thin(kept: Any, shape: tuple[int, ...], limit: int) -> Any:
    """``take(variable, shape, limit)`` of what ``take(variable, shape)`` has kept, or of the whole."""
    if kept.shape.num_elements() == math.prod(shape):
        return take(kept, shape, limit)
    return _taken(kept, _every(Blocks(BLOCKS, 0, BLOCK), limit) if limit < SAMPLE else None)


def _taken(x: Any, chosen: Blocks | None) -> Any:
    """[elements] of a tensor, by slices: XLA's gather copies number by number, and TensorFlow's is no faster."""
    flat = x if x.shape.rank == 1 else tf.reshape(x, [x.shape.num_elements()])
    if chosen is None:
        return flat
    count, first, distance = chosen
    table = tf.reshape(flat[: count * distance], [count, distance])
    return tf.reshape(table[:, first : first + BLOCK], [count * BLOCK])
