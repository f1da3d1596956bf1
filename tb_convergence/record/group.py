"""One set of variables: what is carried from step to step, and the row of each step.

Δ_t = w_{t+1} − w_t, where w_t is the weight at which the gradient was taken. When ``log_step`` comes after the update,
w_{t+1} can be read at once. When it comes before, or when a weight is a plain tensor that is bound anew, nothing has
changed yet: the row waits, and is completed at the next step with the weight its gradient is taken at. A step without
any update takes the same way and gets Δ = 0.

Steps are only measured: in graphs by ``graph_step``, in eager loops on a CPU by ``host_step``. How rows are
made of what was measured, ``assembly`` says.

Shapes: V variables, K sampled elements of the largest; shorter ones are padded with zeros.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import partial
from threading import RLock
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record import graph_step, host_step
from tb_convergence.record.assembly import EXTRAS as MEASURED
from tb_convergence.record.assembly import Assembly
from tb_convergence.record.carried import State
from tb_convergence.record.counter import Counter
from tb_convergence.record.loss_probe import Step
from tb_convergence.record.observation import Look, Observation
from tb_convergence.record.parts import Parts
from tb_convergence.record.ring import Ring, apart
from tb_convergence.record.samples import Samples
from tb_convergence.record.statistics import measured
from tb_convergence.record.turns import Turns
from tb_convergence.schema.manifest import Variable
from tb_convergence.schema.statistics import COSINES, EXTREMES, LENGTHS, REFERENCE, STEP_STATISTICS

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
        counter: Counter,
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
        sampled = Samples(self.variables, limit)
        turns = Turns(sampled.shapes)
        self.whole_every = turns.every
        self.assembly = Assembly(
            sampled.sizes,
            len(self.step_statistics),
            len(MEASURED) + (len(REFERENCE) if reference else 0),
            turns.several,
        )
        self.ring = Ring(self.assembly.head, self.assembly.values)
        self._state = State((len(self.variables), sampled.width), sampled.dtype)
        self._parts = Parts(sampled, turns, self._state, self.ring, counter, self.extras)
        self._advance_by_tensorflow = tf.function(partial(graph_step.advance, self._parts), autograph=False)
        self._samples = tf.function(partial(graph_step.samples, self._parts), autograph=False)
        self.lock = RLock()
        self._only_cpu = all(d.device_type == "CPU" for d in tf.config.list_logical_devices())

    def advance(self, seen: Observation, look: Look | None = None) -> None:
        """Takes in one step: adds what it measures to the ring; may be part of a graph.

        Args:
          seen: the step.
          look: measures ``extras`` that ``seen`` does not hold; called eagerly when this is, with a Python number.
        """
        before = [None if k is None or not self._parts.sampled.enough(k, i) else k for i, k in enumerate(seen.before)]
        seen = replace(seen, before=before)
        if not tf.executing_eagerly():
            apart(self._enter_graph)
            graph_step.advance(self._parts, _flat(seen), look)
            return
        with self.lock:
            self._advance_now(seen, look)

    def _advance_now(self, seen: Observation, look: Look | None) -> None:
        """Eagerly."""
        if look is not None:
            more = look(partial(self._step_eagerly, seen), self._state.here().calls)
            seen = replace(seen, extras={**seen.extras, **more})
        if self._only_cpu and seen.scales is None:
            host_step.advance(self._parts, seen)
        else:
            self._enter_graph()
            self._advance_by_tensorflow(_flat(seen))

    def _enter_graph(self) -> None:
        for part in (self._state, self.ring, self._parts.counter):
            part.enter_graph()

    @property
    def waiting(self) -> bool:
        """Whether the newest step waits for its update; on the host."""
        return self._state.here().waiting

    def changed(self, weights: Sequence[Any]) -> bool:
        """Whether the weights differ from those of the waiting row; on the host."""
        known = self._state.here().weight
        return bool(np.any((self._parts.sampled.batch(weights).numpy() != known) & ~np.isnan(known)))

    def finish(self, weights: Sequence[Any] | None) -> None:
        """Completes the waiting row with the weights as they are now; ``None``: they are not known, Δ is NaN."""
        state = self._state
        state.settle()
        unknown = tf.fill(state.weight.shape, tf.constant(np.nan, self._parts.sampled.dtype))
        now = unknown if weights is None else self._parts.sampled.batch(weights)
        update = now - state.weight
        block = measured([state.weight, state.gradient, update, state.older_gradient, state.update])
        flags = tf.constant([1.0, 0.0, 0.0], tf.float64)
        head = tf.concat([[tf.cast(state.calls, tf.float64)], flags, np.full(1 + len(self.step_statistics), np.nan)], 0)
        extras = np.full((len(self.variables), self.assembly.extras), np.nan, np.float32)
        self.ring.write(*graph_step.cells([(head, block), (head, block)], extras), [True, False])
        state.update.assign(update)
        state.weight.assign(now)
        state.waiting.assign(False)

    def _step_eagerly(self, seen: Observation) -> Step:
        self._state.settle()  # the weights of the step before may be asked for
        sampled = self._samples(seen.before, seen.after, seen.gradients)
        return graph_step.step_of(self._parts, seen.gradients, seen.scales, sampled)


def _flat(seen: Observation) -> tuple[Any, ...]:
    """The fields of an observation; TensorFlow's functions do not take it as it is."""
    return tuple(getattr(seen, f.name) for f in fields(seen))
