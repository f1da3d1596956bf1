"""The samples of a set of variables in one piece, so that all of them are treated by the same few operations."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.compiler.tf2xla.ops.gen_xla_ops import xla_dynamic_update_slice

from tb_convergence.record.assembly import Sizes
from tb_convergence.record.branches import in_xla
from tb_convergence.record.sampling import limit_of, thin
from tb_convergence.record.sampling import places as places_of
from tb_convergence.record.statistics import LANES
from tb_convergence.schema.manifest import Variable


class Samples:
    """How V variables are laid out in a batch [V, K], K being that of the largest sample; zeros follow shorter ones.

    Args:
      variables: V of them.
      limit: of ``sampling``, how many elements of each are looked at.

    Attributes:
      shapes: of the variables.
      dtype: of a batch.
      taken: int [V], how many elements each sample has.
      width: K.
      factors: float64 [V], sqrt(elements / sampled elements).
    """

    def __init__(self, variables: Sequence[Variable], limit: int) -> None:
        self.dtype = tf.float64 if any(v.dtype == "float64" for v in variables) else tf.float32
        self.shapes = [v.shape for v in variables]
        self._limit = limit
        sizes = np.array([v.size for v in variables], np.float64)
        places = [places_of(s, limit) for s in self.shapes]
        self.taken = np.array([v.size if p is None else p.number for v, p in zip(variables, places, strict=True)], int)
        longest = max(1, *self.taken)
        self.width = longest if longest < LANES else -(-longest // LANES) * LANES
        self.factors = np.sqrt(sizes / np.maximum(self.taken, 1))
        chosen = [slice(None) if p is None else p.slice for p in places]
        self._chosen, self._sizes = chosen, [v.size for v in variables]
        full = np.arange(self.width) < self.taken[:, None]
        self._full = None if full.all() else full

    @property
    def sizes(self) -> Sizes:
        """Of the samples."""
        return Sizes(self.factors, self.taken)

    def present(self, tensors: Sequence[Any]) -> list[Any]:
        """Whole tensors, or ``None``, in the common dtype."""
        return [None if t is None else tf.cast(t, self.dtype) for t in tensors]

    def enough(self, kept: Any, place: int) -> bool:
        """Whether the sample is among what was kept of a variable: the whole, or a sample of a larger limit."""
        shape = self.shapes[place]
        size = kept.size if isinstance(kept, np.ndarray) else kept.shape.num_elements()
        if size in {self.taken[place], self._sizes[place]}:
            return True
        limit = limit_of(size, shape)
        return limit is not None and limit >= self._limit

    def batch(self, tensors: Sequence[Any], *, one_by_one: bool = False) -> Any:
        """[V, K]: the samples of whole tensors, or of what was kept of them; a row of NaN for ``None``.

        Args:
          tensors: V of them.
          one_by_one: XLA is to put each in its place by itself. What is there from the beginning, as weights are, it
            can take while it computes something else; all in one piece would come at the end of the step.
        """
        rows = self._thinned(tensors)
        return self._placed(rows) if one_by_one and in_xla() else self._stacked(rows, self.taken.tolist())

    def pieces(self, tensors: Sequence[Any], parts: Sequence[Sequence[int]]) -> list[Any]:
        """Of each part, the rows of ``batch`` at these places: they are there before those of other parts."""
        rows = self._thinned(tensors)
        return [
            self._stacked([rows[i] for i in part], [self.taken[i] for i in part])
            if part
            else tf.zeros([0, self.width], self.dtype)
            for part in parts
        ]

    def _thinned(self, tensors: Sequence[Any]) -> list[Any]:
        return [None if t is None else thin(t, s, self._limit) for t, s in zip(tensors, self.shapes, strict=True)]

    def _placed(self, rows: Sequence[Any]) -> Any:
        table = tf.fill([len(rows), self.width], tf.constant(0.0, self.dtype))
        for i, row in enumerate(rows):
            new = tf.fill([self.taken[i]], tf.constant(np.nan, self.dtype)) if row is None else tf.cast(row, self.dtype)
            table = xla_dynamic_update_slice(table, new[None, :], [i, 0])
        return table

    def batch_on_host(self, arrays: Sequence[Any]) -> NDArray[Any]:
        """``batch`` of arrays."""
        kind = self.dtype.as_numpy_dtype
        parts = [
            np.full(taken, np.nan, kind)
            if array is None
            else array.reshape(-1)[chosen]
            if array.size == size
            else array.reshape(-1)
            if array.size == taken
            else thin(array, shape, self._limit)
            for array, chosen, size, shape, taken in zip(
                arrays, self._chosen, self._sizes, self.shapes, self.taken.tolist(), strict=True
            )
        ]
        flat = np.concatenate(parts, dtype=kind, casting="same_kind")
        if self._full is None:
            return flat.reshape(len(parts), self.width)
        found = np.zeros(self._full.shape, kind)
        found[self._full] = flat
        return found

    def _stacked(self, rows: Sequence[Any], lengths: Sequence[int]) -> Any:
        """[rows, K]: all in one piece, with zeros after the short ones; a pad for each would cost as much again."""
        padding = {n: tf.zeros([self.width - n], self.dtype) for n in set(lengths) if n < self.width}
        parts = []
        for row, length in zip(rows, lengths, strict=True):
            parts.append(tf.fill([length], tf.constant(np.nan, self.dtype)) if row is None else row)
            parts += [padding[length]] if length in padding else []
        parts = [tf.cast(part, self.dtype) for part in parts]
        return tf.reshape(tf.concat(parts, 0), [len(rows), self.width])
