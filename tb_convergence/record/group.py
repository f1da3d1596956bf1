"""One set of variables: what is carried from step to step, and the row of each step.

Δ_t = w_{t+1} − w_t, where w_t is the weight at which the gradient was taken. When ``log_step`` comes after the update,
w_{t+1} can be read at once. When it comes before, or when a weight is a plain tensor that is bound anew, nothing has
changed yet: the row waits, and is completed at the next step with the weight its gradient is taken at. A step without
any update takes the same way and gets Δ = 0.

Shapes: V variables, K sampled elements of the largest; shorter ones are padded with zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.ring import Ring
from tb_convergence.record.sampling import limit_for, take, thin
from tb_convergence.record.statistics import (
    dead_units,
    exact_gradient,
    gradient_extremes,
    lengths_and_cosines,
    safe_norm,
)
from tb_convergence.schema.manifest import Variable
from tb_convergence.schema.statistics import COSINES, EXTREMES, LENGTHS, REFERENCE, STEP_STATISTICS

HEADER = 2 + len(STEP_STATISTICS)  # step, whether the row had to wait, the statistics of the step


@dataclass(frozen=True, slots=True)
class Observation:
    """What one step shows of V variables.

    Attributes:
      before: samples of the weights at which the gradient was taken, ``None`` where nobody saw them.
      after: the weights now, whole.
      gradients: dense, whole, ``None`` where there is none.
      references: the tape's own gradients, where ``gradients`` were made by hand; else ``None``.
      loss: float64 scalar, NaN when unknown.
      rates: float64 [2], learning rate of the coming step and of the one just made.
      step: float64 scalar; ``None``: count.
    """

    before: Sequence[Any]
    after: Sequence[Any]
    gradients: Sequence[Any]
    references: Sequence[Any] | None
    loss: Any
    rates: Any
    step: Any


class Group:
    """The carried state of one set of variables and the ring of its newest rows.

    Attributes:
      variables: V of them.
      statistics: names of the S statistics of a variable.
      ring: rows of ``HEADER`` + V·S float64: step, waited (0 or 1), loss, learning rate, values [V, S].
    """

    def __init__(self, variables: Sequence[Variable], counter: Any, *, reference: bool) -> None:
        self.variables = tuple(variables)
        self.statistics = (*LENGTHS, *COSINES, *EXTREMES, *(REFERENCE if reference else ()))
        self.ring = Ring(HEADER + len(self.variables) * len(self.statistics))
        self._counter = counter
        self._dtype = tf.float64 if any(v.dtype == "float64" for v in variables) else tf.float32
        self._shapes = [v.shape for v in variables]
        self._limit = limit_for(len(self.variables))
        self._taken = np.minimum([v.size for v in variables], self._limit)
        self._width = max(1, *self._taken)
        sizes = np.array([v.size for v in variables], np.float64)
        self._factors = np.sqrt(sizes / np.maximum(self._taken, 1))
        self._make_state(len(self.variables), 6 + 2 * reference)
        self._advance_eagerly = tf.function(self._advance, autograph=False)

    def _make_state(self, v: int, extras: int) -> None:
        missing = np.full((v, self._width), np.nan)
        self._gradient, self._update, self._weight, self._older_gradient, self._older_update, self._seen = (
            tf.Variable(missing, dtype=self._dtype, trainable=False, name="convergence_state") for _ in range(6)
        )
        self._extras = tf.Variable(np.full((v, extras), np.nan), trainable=False, name="convergence_extras")
        self._header = tf.Variable(np.full(HEADER - 1, np.nan), trainable=False, name="convergence_header")
        self._waiting = tf.Variable(False, trainable=False, name="convergence_waiting")

    def advance(self, seen: Observation) -> None:
        """Takes in one step: adds its row to the ring, or lets it wait for its update; may be part of a graph."""
        advance = self._advance_eagerly if tf.executing_eagerly() else self._advance
        advance(tuple(getattr(seen, f.name) for f in fields(seen)))

    @property
    def waiting(self) -> bool:
        """Whether the newest step waits for its update; on the host."""
        return bool(self._waiting.numpy())

    def changed(self, weights: Sequence[Any]) -> bool:
        """Whether the weights differ from those of the waiting row; on the host."""
        return bool(tf.reduce_any(self._batch(weights) != self._weight).numpy())

    def finish(self, weights: Sequence[Any] | None) -> None:
        """Completes the waiting row with the weights as they are now; ``None``: they are not known, Δ is NaN."""
        now = tf.fill(self._weight.shape, tf.constant(np.nan, self._dtype)) if weights is None else self._batch(weights)
        self._complete(now)
        self._waiting.assign(False)

    def _advance(self, seen: tuple[Any, ...]) -> None:
        before, after, gradients, references, loss, rates, step = seen
        w, w_next, g = self._before(before), self._batch(after), self._batch(gradients)
        g_last = self._gradient.read_value()
        u_last = tf.cond(self._waiting, lambda: self._complete(w), self._update.read_value)
        updated = tf.reduce_any(w_next != w)
        extras = self._extremes(g, gradients, references)
        header = tf.stack([self._number(step), loss, tf.where(updated, rates[1], rates[0])])
        self._gradient.assign(g)
        self._extras.assign(extras)
        self._seen.assign(w_next)
        tf.cond(
            updated,
            lambda: self._emit(header, extras, (w, g, w_next - w, g_last, u_last)),
            lambda: self._hold(header, w, g_last, u_last),
        )

    def _number(self, step: Any) -> Any:
        if step is not None:
            return step
        number = tf.cast(self._counter.read_value(), tf.float64)
        self._counter.assign_add(1)
        return number

    def _emit(self, header: Any, extras: Any, vectors: tuple[Any, ...]) -> Any:
        self._ring_row(header, extras, vectors, waited=0.0)
        self._update.assign(vectors[2])
        self._waiting.assign(False)
        return tf.constant(True)

    def _hold(self, header: Any, w: Any, g_last: Any, u_last: Any) -> Any:
        self._header.assign(header)
        self._weight.assign(w)
        self._older_gradient.assign(g_last)
        self._older_update.assign(u_last)
        self._waiting.assign(True)
        return tf.constant(False)

    def _complete(self, w_next: Any) -> Any:
        """Adds the row that waited; returns its Δ."""
        w = self._weight.read_value()
        vectors = (w, self._gradient, w_next - w, self._older_gradient, self._older_update)
        self._ring_row(self._header, self._extras, tuple(tf.convert_to_tensor(x) for x in vectors), waited=1.0)
        self._update.assign(vectors[2])
        return vectors[2]

    def _ring_row(self, header: Any, extras: Any, vectors: tuple[Any, ...], *, waited: float) -> None:
        found = lengths_and_cosines(vectors, self._factors)
        names = ("gradient_norm", "previous_gradient_norm", *EXTREMES[:4], *REFERENCE)
        found |= dict(zip(names, tf.unstack(tf.convert_to_tensor(extras), axis=1), strict=False))
        found["weight_mean"] = tf.cast(tf.reduce_sum(vectors[0], 1), tf.float64) / np.maximum(self._taken, 1)
        values = tf.stack([found[name] for name in self.statistics], 1)  # [V, S]
        whole = tf.concat([header[:1], [waited], header[1:], tf.reshape(values, [-1])], 0)
        self.ring.write(tf.cast(whole, tf.float64))

    def _extremes(self, sample: Any, gradients: Sequence[Any], references: Sequence[Any] | None) -> Any:
        """float64 [V, 6 or 8]: what does not speak of Δ, see ``_ring_row`` for the names."""
        dense = self._present(gradients)
        norm, nonfinite = exact_gradient(dense)
        largest, zeros = gradient_extremes(sample, self._taken.astype(np.float64))
        dead = dead_units(dense, self._shapes)
        columns = [norm, self._extras[:, 0], largest, zeros, nonfinite, dead]
        if references is not None:
            reference = self._batch(references)
            cosine = tf.reduce_sum(safe_norm(reference)[1] * safe_norm(sample)[1], 1)
            columns += [exact_gradient(self._present(references))[0], tf.cast(cosine, tf.float64)]
        return tf.stack(columns, 1)

    def _present(self, tensors: Sequence[Any]) -> list[Any]:
        return [None if t is None else tf.cast(t, self._dtype) for t in tensors]

    def _batch(self, tensors: Sequence[Any]) -> Any:
        """[V, K]: the samples of whole tensors; a row of NaN for ``None``."""
        return tf.stack([self._row(t, v.size) for t, v in zip(tensors, self.variables, strict=True)])

    def _row(self, tensor: Any, size: int) -> Any:
        return self._padded(None if tensor is None else take(tensor, size, self._limit))

    def _padded(self, flat: Any) -> Any:
        if flat is None:
            return tf.constant(np.nan, self._dtype, [self._width])
        return tf.pad(tf.cast(flat, self._dtype), [[0, self._width - flat.shape[0]]])

    def _before(self, samples: Sequence[Any]) -> Any:
        """[V, K]: the weights at the gradient; where nobody saw them, those after the previous step."""
        seen = self._seen.read_value()
        thinned = [
            None if s is None else thin(s, v.size, self._limit) for s, v in zip(samples, self.variables, strict=True)
        ]
        return tf.stack([seen[i] if s is None else self._padded(s) for i, s in enumerate(thinned)])
