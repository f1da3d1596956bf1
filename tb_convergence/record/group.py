"""One set of variables: what is carried from step to step, and the row of each step.

Δ_t = w_{t+1} − w_t, where w_t is the weight at which the gradient was taken. When ``log_step`` comes after the update,
w_{t+1} can be read at once. When it comes before, or when a weight is a plain tensor that is bound anew, nothing has
changed yet: the row waits, and is completed at the next step with the weight its gradient is taken at. A step without
any update takes the same way and gets Δ = 0.

What is carried is assigned at every step and branches only compute: a branch around a variable would have XLA copy it.

Shapes: V variables, K sampled elements of the largest; shorter ones are padded with zeros.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.branches import chosen, either, in_xla
from tb_convergence.record.exact import exact_gradient
from tb_convergence.record.loss_probe import Step
from tb_convergence.record.ring import Ring
from tb_convergence.record.samples import Samples
from tb_convergence.record.statistics import calibrated, cosine_of, gradient_extremes, lengths_and_cosines
from tb_convergence.record.turns import Turns
from tb_convergence.record.untouched import untouched
from tb_convergence.schema.manifest import Variable
from tb_convergence.schema.statistics import COSINES, EXTREMES, LENGTHS, REFERENCE, STEP_STATISTICS, UPDATE_SKIPPED

DEAD = 5  # place of the share of dead units among what does not speak of Δ
LEAD = 2  # what stands before the statistics of a step in a row: its number, and whether the row had to wait


@dataclass(frozen=True, slots=True)
class Observation:
    """What one step shows of V variables.

    Attributes:
      before: the weights at which the gradient was taken, or samples of them; ``None`` where nobody saw them.
      after: the weights now, whole.
      gradients: dense, whole, ``None`` where there is none.
      references: the tape's own gradients, where ``gradients`` were made by hand; else ``None``.
      loss: float64 scalar, NaN when unknown.
      rates: float64 [2], learning rate of the coming step and of the one just made.
      step: float64 scalar; ``None``: count.
      extras: step statistics that not every session holds, float64 scalars by name.
      settled: whether ``after`` is known to follow the update, so that the same weights mean that there was none.
      scales: what the loss was multiplied by before its gradient was taken, see ``optimizer.scales``; or ``None``.
      loss_scaled: whether ``loss`` is that product.
    """

    before: Sequence[Any]
    after: Sequence[Any]
    gradients: Sequence[Any]
    references: Sequence[Any] | None
    loss: Any
    rates: Any
    step: Any
    extras: Mapping[str, Any] = field(default_factory=dict)
    settled: bool = False
    scales: Any = None
    loss_scaled: bool = False


Look = Callable[[Callable[[], Step], Any], Mapping[str, Any]]
"""Measures further step statistics: of a step, made when asked for, and of its number in this group, from 0."""


class Group:
    """The carried state of one set of variables and the ring of its newest rows.

    Attributes:
      variables: V of them.
      statistics: names of the S statistics of a variable.
      step_statistics: names of the P statistics of a step.
      extras: those of them that not every session holds.
      header: how many numbers of a row stand before its values.
      whole_every: at every how manyth step each gradient is read whole.
      ring: rows of a head, step, waited (0 or 1), P step statistics, and values [V, S].
    """

    def __init__(
        self, variables: Sequence[Variable], counter: Any, *, reference: bool, extras: Sequence[str] = ()
    ) -> None:
        self.variables = tuple(variables)
        self.extras = tuple(extras)
        self.step_statistics = (*STEP_STATISTICS, *self.extras)
        self.header = LEAD + len(self.step_statistics)
        self.statistics = (*LENGTHS, *COSINES, *EXTREMES, *(REFERENCE if reference else ()))
        self.ring = Ring(self.header, len(self.variables) * len(self.statistics))
        self._counter = counter
        self._sampled = Samples(self.variables)
        self._turns = Turns(self._sampled.shapes, self._sampled.factors)
        self.whole_every = self._turns.every
        self._make_state(len(self.variables), 6 + 2 * reference)
        self._advance_eagerly = tf.function(self._advance, autograph=False)
        self._samples_eagerly = tf.function(self._samples, autograph=False)

    def _make_state(self, v: int, extras: int) -> None:
        """The newest step: w after it, its g and the g before; its Δ, or while it waits the one before; its numbers.

        While it waits, w has not changed: the same variable holds it before and after the step.
        """
        missing = np.full((v, self._sampled.width), np.nan)
        self._weight, self._gradient, self._older_gradient, self._update = (
            tf.Variable(missing, dtype=self._sampled.dtype, trainable=False, name="convergence_state") for _ in range(4)
        )
        self._extras = tf.Variable(np.full((v, extras), np.nan), trainable=False, name="convergence_extras")
        self._header = tf.Variable(np.full(self.header - 1, np.nan), trainable=False, name="convergence_header")
        self._waiting = tf.Variable(False, trainable=False, name="convergence_waiting")
        self._steps = tf.Variable(0, dtype=tf.int64, trainable=False, name="convergence_steps")

    def advance(self, seen: Observation, look: Look | None = None) -> None:
        """Takes in one step: adds its row to the ring, or lets it wait for its update; may be part of a graph.

        Args:
          seen: the step.
          look: measures ``extras`` that ``seen`` does not hold; called eagerly when this is, with a Python number.
        """
        if tf.executing_eagerly():
            if look is not None:
                sampled = partial(self._samples_eagerly, seen.before, seen.after, seen.gradients)
                more = look(lambda: self._step(seen.gradients, seen.scales, *sampled()), int(self._steps.numpy()))
                seen = replace(seen, extras={**seen.extras, **more})
            self._advance_eagerly(tuple(getattr(seen, f.name) for f in fields(seen)))
        else:
            self._advance(tuple(getattr(seen, f.name) for f in fields(seen)), look)

    @property
    def waiting(self) -> bool:
        """Whether the newest step waits for its update; on the host."""
        return bool(self._waiting.numpy())

    def changed(self, weights: Sequence[Any]) -> bool:
        """Whether the weights differ from those of the waiting row; on the host."""
        return bool(tf.reduce_any(self._sampled.batch(weights) != self._weight).numpy())

    def finish(self, weights: Sequence[Any] | None) -> None:
        """Completes the waiting row with the weights as they are now; ``None``: they are not known, Δ is NaN."""
        unknown = tf.fill(self._weight.shape, tf.constant(np.nan, self._sampled.dtype))
        now = unknown if weights is None else self._sampled.batch(weights)
        head, values = self._late_row(now)
        self.ring.write(tf.stack([head, head]), tf.stack([values, values]), [True, False])
        self._update.assign(now - self._weight)
        self._weight.assign(now)
        self._waiting.assign(False)

    def _samples(self, before: Sequence[Any], after: Sequence[Any], gradients: Sequence[Any]) -> tuple[Any, Any, Any]:
        """The weights before and after, and the gradients, [V, K] each."""
        return self._before(before), self._sampled.batch(after), self._sampled.batch(gradients)

    def _step(self, gradients: Sequence[Any], scales: Any, w: Any, w_next: Any, g: Any) -> Step:
        update = w_next - w
        moved = tf.reduce_any(update != 0) & tf.reduce_all(tf.math.is_finite(update))
        scale = tf.constant(1.0, tf.float64) if scales is None else scales[1]
        return Step(update, g, gradients, scale, self._sampled.factors, self._sampled.batch, moved)

    def _advance(self, seen: tuple[Any, ...], look: Look | None = None) -> None:
        before, after, gradients, references, loss, rates, step, more, settled, scales, loss_scaled = seen
        gradients = untouched(gradients, self.ring.count)
        w, w_next, g = self._samples(before, after, gradients)
        if look is not None:
            more = {**more, **look(lambda: self._step(gradients, scales, w, w_next, g), self._steps.read_value())}
        g_last, waiting = self._gradient.read_value(), self._waiting.read_value()
        u_last = chosen(waiting, lambda: w - self._weight.read_value(), self._update.read_value)
        u = w_next - w
        updated = tf.constant(True) if settled else _moved(u)
        number, dead = self._steps.read_value(), self._extras[:, DEAD]
        whole = self._sampled.present(gradients)
        exact = self._turns.read(whole, g, number, dead, whole=scales is not None)
        if self.extras or self._turns.several:
            self._steps.assign_add(1)
        if scales is not None:
            skipped = tf.reduce_any(exact[:, 1] > 0)
            scale = tf.where(skipped, scales[2], tf.where(updated, scales[1], scales[0]))
            g, exact = g / tf.cast(scale, self._sampled.dtype), exact / tf.stack([scale, 1.0, 1.0])
            loss = loss / scale if loss_scaled else loss
            more = {**more, UPDATE_SKIPPED: tf.cast(skipped, tf.float64)}
        extras = self._extras_of(g, exact, references)
        header = tf.stack([self._number(step), loss, tf.where(updated, rates[1], rates[0]), *self._listed(more)])
        now = self._if(updated, lambda: self._row(header, extras, (w, g, u, g_last, u_last), waited=0.0))
        late = self._if(waiting, lambda: self._late_row(w))
        heads, values = (tf.stack([tf.where(waiting, a, b), b]) for a, b in zip(late, now, strict=True))
        self.ring.write(heads, values, tf.stack([waiting | updated, waiting & updated]))
        newest = chosen(updated, lambda: u, lambda: u_last)
        state = (self._weight, self._gradient, self._older_gradient, self._update)
        for variable, value in zip(state, (w_next, g, g_last, newest), strict=True):
            variable.assign(value)
        self._extras.assign(extras)
        self._header.assign(header)
        self._waiting.assign(~updated)

    def _listed(self, more: Mapping[str, Any]) -> list[Any]:
        """The values of ``extras``; NaN for what was not measured."""
        return [more.get(name, tf.constant(np.nan, tf.float64)) for name in self.extras]

    def _number(self, step: Any) -> Any:
        if step is not None:
            return step
        number = tf.cast(self._counter.read_value(), tf.float64)
        self._counter.assign_add(1)
        return number

    def _if(self, wanted: Any, row: Callable[[], tuple[Any, Any]]) -> tuple[Any, Any]:
        """The row where it is wanted, else zeros."""
        width = len(self.variables) * len(self.statistics)
        nothing = tf.zeros([self.header], tf.float64), tf.zeros([width], tf.float32)
        found: tuple[Any, Any] = either(wanted, row, lambda: nothing)
        return found

    def _late_row(self, w_next: Any) -> tuple[Any, Any]:
        """The row of the step that waited."""
        w = self._weight.read_value()
        vectors = (
            w,
            self._gradient.read_value(),
            w_next - w,
            self._older_gradient.read_value(),
            self._update.read_value(),
        )
        return self._row(self._header.read_value(), self._extras.read_value(), vectors, waited=1.0)

    def _row(self, header: Any, extras: Any, vectors: tuple[Any, ...], *, waited: float) -> tuple[Any, Any]:
        """float64 [header] and float32 [V·S]; the gradients' exact norms stand in for those of the samples."""
        found = lengths_and_cosines(vectors, self._sampled.factors)  # [V, 15]
        if np.any(self._sampled.factors > 1):
            found = calibrated(calibrated(found, "previous_gradient", extras[:, 1]), "gradient", extras[:, 0])
        mean = tf.cast(tf.reduce_sum(vectors[0], 1), tf.float64) / np.maximum(self._sampled.taken, 1)
        columns = [found[:, :1], extras[:, :1], found[:, 2:3], extras[:, 1:2], found[:, 4:]]
        values = tf.concat([*columns, extras[:, 2:6], mean[:, None], extras[:, 6:]], 1)  # [V, S]
        return tf.concat([header[:1], [waited], header[1:]], 0), tf.cast(tf.reshape(values, [-1]), tf.float32)

    def _extras_of(self, sample: Any, exact: Any, references: Sequence[Any] | None) -> Any:
        """float64 [V, 6 or 8], what does not speak of Δ: ‖g‖, ‖g⁻‖, ``EXTREMES`` of g, ``REFERENCE``."""
        largest, zeros = gradient_extremes(sample, self._sampled.taken.astype(np.float64))
        columns = [exact[:, 0], self._extras[:, 0], largest, zeros, exact[:, 1], exact[:, 2]]
        if references is not None:
            norms = exact_gradient(self._sampled.present(references), self._sampled.shapes)[:, 0]
            columns += [norms, cosine_of(self._sampled.batch(references), sample)]
        return tf.stack(columns, 1)

    def _before(self, kept: Sequence[Any]) -> Any:
        """[V, K]: the weights at the gradient; where nobody saw them, those after the previous step."""
        if all(k is None for k in kept):
            return self._weight.read_value()
        found = self._sampled.batch(kept)
        missing = np.array([[k is None] for k in kept])
        return tf.where(missing, self._weight.read_value(), found) if missing.any() else found


def _moved(update: Any) -> Any:
    """Whether any element is not 0, or is NaN; in a graph, to compare every element with 0 takes ten times as long."""
    if in_xla():  # where a maximum passes over NaN
        return ~tf.equal(tf.reduce_sum(tf.abs(update)), 0)
    return ~tf.reduce_all(tf.equal(tf.reduce_max(update, 1), 0) & tf.equal(tf.reduce_min(update, 1), 0))
