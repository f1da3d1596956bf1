"""One set of variables: what is carried from step to step, and the row of each step.

Δ_t = w_{t+1} − w_t, where w_t is the weight at which the gradient was taken. When ``log_step`` comes after the update,
w_{t+1} can be read at once. When it comes before, or when a weight is a plain tensor that is bound anew, nothing has
changed yet: the row waits, and is completed at the next step with the weight its gradient is taken at. A step without
any update takes the same way and gets Δ = 0.

What is carried is assigned at every step and branches only compute: a branch around a variable would have XLA copy it.
Here is only measured; how rows are made of it, ``assembly`` says. Where training runs eagerly on a CPU, all is measured
in numpy, see ``host``.

Shapes: V variables, K sampled elements of the largest; shorter ones are padded with zeros.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from threading import RLock
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_convergence.record import host
from tb_convergence.record.assembly import BLOCK, SAMPLE_NORM, Assembly
from tb_convergence.record.assembly import EXTRAS as MEASURED
from tb_convergence.record.branches import chosen, either, in_xla
from tb_convergence.record.carried import Carried, State
from tb_convergence.record.exact import exact_gradient
from tb_convergence.record.loss_probe import Step
from tb_convergence.record.observation import Look, Observation
from tb_convergence.record.ring import Ring, apart
from tb_convergence.record.samples import Samples
from tb_convergence.record.statistics import cosine_of, gradient_extremes, measured
from tb_convergence.record.turns import Turns
from tb_convergence.record.untouched import untouched
from tb_convergence.schema.manifest import Variable
from tb_convergence.schema.statistics import COSINES, EXTREMES, LENGTHS, REFERENCE, STEP_STATISTICS, UPDATE_SKIPPED

LEAD = 2  # what stands before the statistics of a step in a row: its number, and whether the row had to wait


class Group:
    """The carried state of one set of variables and the ring of the newest calls.

    Attributes:
      variables: V of them.
      statistics: names of the S statistics of a variable.
      step_statistics: names of the P statistics of a step.
      extras: those of them that not every session holds.
      header: how many numbers of a row stand before its values.
      whole_every: at every how manyth step each gradient is read whole.
      ring: cells, see ``assembly``.
      assembly: makes rows of them: step, waited (0 or 1), P step statistics, and values [V, S].
      lock: held while a step is taken in eagerly, and while one that waits is completed.
    """

    def __init__(
        self,
        variables: Sequence[Variable],
        counter: Any,
        *,
        limit: int,
        reference: bool,
        extras: Sequence[str] = (),
    ) -> None:
        self.variables = tuple(variables)
        self.extras = tuple(extras)
        self.step_statistics = (*STEP_STATISTICS, *self.extras)
        self.header = LEAD + len(self.step_statistics)
        self.statistics = (*LENGTHS, *COSINES, *EXTREMES, *(REFERENCE if reference else ()))
        self._counter = counter
        self._sampled = Samples(self.variables, limit)
        self._turns = Turns(self._sampled.shapes)
        self.whole_every = self._turns.every
        self.assembly = Assembly(
            self._sampled.sizes,
            len(self.step_statistics),
            len(MEASURED) + (len(REFERENCE) if reference else 0),
            self._turns.several,
        )
        self.ring = Ring(self.assembly.head, self.assembly.values)
        self._state = State((len(self.variables), self._sampled.width), self._sampled.dtype)
        self._advance_eagerly = tf.function(self._advance, autograph=False)
        self._samples_eagerly = tf.function(self._samples, autograph=False)
        self.lock = RLock()
        self._only_cpu = all(d.device_type == "CPU" for d in tf.config.list_logical_devices())

    def advance(self, seen: Observation, look: Look | None = None) -> None:
        """Takes in one step: adds what it measures to the ring; may be part of a graph.

        Args:
          seen: the step.
          look: measures ``extras`` that ``seen`` does not hold; called eagerly when this is, with a Python number.
        """
        before = [None if k is None or not self._sampled.enough(k, i) else k for i, k in enumerate(seen.before)]
        seen = replace(seen, before=before)
        if not tf.executing_eagerly():
            apart(self._state.enter_graph)
            self._advance(tuple(getattr(seen, f.name) for f in fields(seen)), look)
            return
        with self.lock:
            self._advance_now(seen, look)

    def _advance_now(self, seen: Observation, look: Look | None) -> None:
        """Eagerly."""
        if look is not None:
            more = look(partial(self._step_eagerly, seen), self._state.here().calls)
            seen = replace(seen, extras={**seen.extras, **more})
        if self._only_cpu and seen.scales is None:
            self._advance_on_host(seen)
        else:
            self._state.enter_graph()
            self._advance_eagerly(tuple(getattr(seen, f.name) for f in fields(seen)))

    @property
    def waiting(self) -> bool:
        """Whether the newest step waits for its update; on the host."""
        return self._state.here().waiting

    def changed(self, weights: Sequence[Any]) -> bool:
        """Whether the weights differ from those of the waiting row; on the host."""
        known = self._state.here().weight
        return bool(np.any((self._sampled.batch(weights).numpy() != known) & ~np.isnan(known)))

    def finish(self, weights: Sequence[Any] | None) -> None:
        """Completes the waiting row with the weights as they are now; ``None``: they are not known, Δ is NaN."""
        state = self._state
        state.settle()
        unknown = tf.fill(state.weight.shape, tf.constant(np.nan, self._sampled.dtype))
        now = unknown if weights is None else self._sampled.batch(weights)
        update = now - state.weight
        block = measured([state.weight, state.gradient, update, state.older_gradient, state.update])
        flags = tf.constant([1.0, 0.0, 0.0], tf.float64)
        head = tf.concat([[tf.cast(state.calls, tf.float64)], flags, np.full(1 + len(self.step_statistics), np.nan)], 0)
        extras = np.full((len(self.variables), self.assembly.extras), np.nan, np.float32)
        self.ring.write(*self._cells([(head, block), (head, block)], extras), [True, False])
        state.update.assign(update)
        state.weight.assign(now)
        state.waiting.assign(False)

    def _samples(self, before: Sequence[Any], after: Sequence[Any], gradients: Sequence[Any]) -> tuple[Any, Any, Any]:
        """The weights before and after, and the gradients, [V, K] each."""
        w_next = self._sampled.batch(after, one_by_one=True)
        return self._before(before, w_next), w_next, self._sampled.batch(gradients)

    def _step_eagerly(self, seen: Observation) -> Step:
        self._state.settle()  # the weights of the step before may be asked for
        sampled = self._samples_eagerly(seen.before, seen.after, seen.gradients)
        return self._step(seen.gradients, seen.scales, *sampled)

    def _step(self, gradients: Sequence[Any], scales: Any, w: Any, w_next: Any, g: Any) -> Step:
        update = w_next - w
        moved = tf.reduce_any(update != 0) & tf.reduce_all(tf.math.is_finite(update))
        scale = tf.constant(1.0, tf.float64) if scales is None else scales[1]
        return Step(update, g, gradients, scale, self._sampled.factors, self._sampled.batch, moved)

    def _advance(self, seen: tuple[Any, ...], look: Look | None = None) -> None:
        before, after, gradients, references, loss, rates, step, more, settled, scales, loss_scaled = seen
        gradients = untouched(gradients, self.ring.count)
        w_next = self._sampled.batch(after, one_by_one=True)
        w = self._before(before, w_next)
        pieces = self._sampled.pieces(gradients, self._turns.parts)
        g = self._turns.joined(pieces)
        call = self._state.calls.read_value()
        if look is not None:
            more = {**more, **look(lambda: self._step(gradients, scales, w, w_next, g), call)}
        last, g_last, g_older, u_last = (v.read_value() for v in self._state.vectors)
        waiting = self._state.waiting.read_value()
        u = w_next - w
        updated = tf.constant(True) if settled else _moved(u)
        extremes = gradient_extremes(g, self._sampled.taken.astype(np.float64))
        exact = self._turns.read(self._sampled.present(gradients), pieces, call, whole=scales is not None)
        if scales is not None:
            skipped = tf.reduce_any(exact[:, 1] > 0)
            scale = tf.where(skipped, scales[2], tf.where(updated, scales[1], scales[0]))
            g, exact = g / tf.cast(scale, self._sampled.dtype), exact / tf.stack([scale, 1.0, 1.0])
            extremes = extremes / tf.stack([scale, 1.0, scale])
            loss = loss / scale if loss_scaled else loss
            more = {**more, UPDATE_SKIPPED: tf.cast(skipped, tf.float64)}
        extras = tf.cast(tf.concat([extremes, exact, *self._compared(g, references)], 1), tf.float32)  # [V, E]
        both = waiting & updated
        u_now = chosen(waiting, lambda: w - last, lambda: u_last)
        earlier, now = (last, g_last, w - last, g_older, u_last), (w, g, u, g_last, u_now)
        block = measured(chosen(waiting, lambda: earlier, lambda: now))
        none = tf.zeros([len(self.variables), BLOCK])
        second = either(both, lambda: measured(now), lambda: none)
        statistics = [self._number(step), loss, tf.where(updated, rates[1], rates[0]), *self._listed(more)]
        heads = [self._head(call, flags, statistics) for flags in ((waiting, updated & ~waiting), (False, both))]
        cells = self._cells([(h(~updated), b) for h, b in zip(heads, (block, second), strict=True)], extras)
        self.ring.write(*cells, tf.stack([tf.constant(True), both]))
        newest = chosen(updated, lambda: u, lambda: u_now)
        for variable, value in zip(self._state.vectors, (w_next, g, g_last, newest), strict=True):
            variable.assign(value)
        self._state.waiting.assign(~updated)
        self._state.calls.assign_add(1)

    def _head(self, call: Any, flags: Sequence[Any], statistics: Sequence[Any]) -> Callable[[Any], Any]:
        """Whether it waits → float64 [head]."""
        return lambda waits: tf.stack([tf.cast(x, tf.float64) for x in (call, *flags, waits, *statistics)])

    def _cells(self, parts: Sequence[tuple[Any, Any]], extras: Any) -> tuple[Any, Any]:
        """Heads [2, head] and values [2, V·(BLOCK + E)] of two cells with the same extras."""
        flat = tf.reshape(extras, [-1])
        values = [tf.concat([tf.reshape(block, [-1]), flat], 0) for _, block in parts]
        return tf.stack([head for head, _ in parts]), tf.stack(values)

    def _listed(self, more: Mapping[str, Any]) -> list[Any]:
        """The values of ``extras``; NaN for what was not measured."""
        return [more.get(name, tf.constant(np.nan, tf.float64)) for name in self.extras]

    def _number(self, step: Any) -> Any:
        if step is not None:
            return step
        number = tf.cast(self._counter.read_value(), tf.float64)
        self._counter.assign_add(1)
        return number

    def _next_number(self) -> int:
        number = int(self._counter.numpy())
        self._counter.assign_add(1)
        return number

    def _compared(self, sample: Any, references: Sequence[Any] | None) -> list[Any]:
        """``REFERENCE``, float64 [V, 2], where there are references."""
        if references is None:
            return []
        norms = exact_gradient(self._sampled.present(references), self._sampled.shapes)[:, 0]
        return [tf.stack([norms, cosine_of(self._sampled.batch(references), sample)], 1)]

    def _before(self, kept: Sequence[Any], now: Any) -> Any:
        """[V, K]: the weights at the gradient; where nobody saw them, those after the previous step.

        Where some were seen, and have not changed since, the others have not either: they are those of ``now``.
        """
        missing = np.array([[k is None] for k in kept])
        last = self._state.weight.read_value() if missing.any() else None
        if missing.all():
            return last
        found = self._sampled.batch(kept, one_by_one=True)
        if last is None:
            return found
        moved = _moved(tf.gather(now - found, np.flatnonzero(~missing)))
        return tf.where(missing, tf.where(moved, last, now), found)

    @np.errstate(all="ignore")  # what is not finite is recorded, and no reason to warn
    def _advance_on_host(self, seen: Observation) -> None:
        """``_advance`` in numpy."""
        gradients, kept = [self._whole(g) for g in seen.gradients], [_array(k) for k in seen.before]
        batch = self._sampled.batch_on_host
        last, g_last, g_older, u_last, waiting, call = self._state.here()
        w, w_next, g = batch(kept), batch([_array(a) for a in seen.after]), batch(gradients)
        missing = np.array([[k is None] for k in kept])
        if missing.any():  # see ``_before``
            moved = missing.all() or np.any((w_next - w)[~missing[:, 0]])
            w = np.where(missing, last if moved else w_next, w)
        u = w_next - w
        updated = seen.settled or bool(np.any(u))
        extremes = host.extremes(g, self._sampled.taken)
        odd = [g is not None and not np.isfinite(e[SAMPLE_NORM]) for g, e in zip(gradients, extremes, strict=True)]
        exact = host.exact(gradients, self._turns.due(call, odd))
        columns = [extremes, exact, *self._compared_on_host(g, seen.references)]
        u_now = w - last if waiting else u_last
        now, earlier = (w, g, u, g_last, u_now), (last, g_last, w - last, g_older, u_last)
        step = self._next_number() if seen.step is None else seen.step
        statistics = [step, seen.loss, seen.rates[int(updated)], *self._listed(seen.extras)]
        rest = [float(not updated), *(float(x) for x in statistics)]
        heads = [[call, 1.0, 0.0, *rest]] if waiting else [[call, 0.0, float(updated), *rest]]
        blocks = [host.measured(earlier if waiting else now)]
        if waiting and updated:
            heads.append([call, 0.0, 1.0, *rest])
            blocks.append(host.measured(now))
        flat = np.concatenate(columns, 1).ravel()
        self.ring.write_on_host(heads, [np.concatenate([b.ravel(), flat]) for b in blocks])
        self._state.keep(Carried(w_next, g, g_last, u if updated else u_now, not updated, call + 1))

    def _whole(self, tensor: Any) -> NDArray[Any] | None:
        """All numbers of a gradient, in a type that holds their squares."""
        found = _array(tensor)
        return None if found is None else found.astype(self._sampled.dtype.as_numpy_dtype, copy=False)

    def _compared_on_host(self, sample: NDArray[Any], references: Sequence[Any] | None) -> list[NDArray[np.float64]]:
        if references is None:
            return []
        given = [self._whole(r) for r in references]
        norms = host.exact(given, range(len(given)))[:, 0]
        return [np.stack([norms, host.cosines(self._sampled.batch_on_host(given), sample)], 1)]


def _array(x: Any) -> NDArray[Any] | None:
    """The numbers of an eager tensor, not copied; of complex ones the real part, as in a graph."""
    found = x if x is None or isinstance(x, np.ndarray) else x._numpy()
    return found.real if found is not None and np.iscomplexobj(found) else found


def _moved(update: Any) -> Any:
    """Whether any element is not 0, or is NaN; in a graph, to compare every element with 0 takes ten times as long."""
    if in_xla():  # where a maximum passes over NaN
        return ~tf.equal(tf.reduce_sum(tf.abs(update)), 0)
    return ~tf.reduce_all(tf.equal(tf.reduce_max(update, 1), 0) & tf.equal(tf.reduce_min(update, 1), 0))
