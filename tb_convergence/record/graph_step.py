"""One step measured by TensorFlow: what is carried on, and a cell of the ring; as part of a graph, or eagerly.

What is carried is assigned at every step and branches only compute: a branch around a variable would have XLA copy it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.assembly import BLOCK
from tb_convergence.record.branches import chosen, either, in_xla
from tb_convergence.record.exact import exact_gradient
from tb_convergence.record.loss_probe import Step
from tb_convergence.record.observation import Look
from tb_convergence.record.parts import Parts
from tb_convergence.record.statistics import cosine_of, gradient_extremes, measured
from tb_convergence.record.untouched import untouched
from tb_convergence.schema.statistics import UPDATE_SKIPPED


def advance(parts: Parts, seen: tuple[Any, ...], look: Look | None = None) -> None:
    """Takes in one step.

    Args:
      parts: of the group.
      seen: the fields of an ``Observation``, in order.
      look: measures ``extras`` that ``seen`` does not hold.
    """
    before, after, gradients, references, loss, rates, step, more, settled, scales, loss_scaled = seen
    sampled, turns, state = parts.sampled, parts.turns, parts.state
    gradients = untouched(gradients, parts.ring.count)
    w_next = sampled.batch(after, one_by_one=True)
    w = _before(parts, before, w_next)
    pieces = sampled.pieces(gradients, turns.parts)
    g = turns.joined(pieces)
    call = state.calls.read_value()
    if look is not None:
        more = {**more, **look(lambda: step_of(parts, gradients, scales, (w, w_next, g)), call)}
    last, g_last, g_older, u_last = (v.read_value() for v in state.vectors)
    waiting = state.waiting.read_value()
    u = w_next - w
    updated = tf.constant(True) if settled else _moved(u)
    extremes = gradient_extremes(g, sampled.taken.astype(np.float64))
    exact = turns.read(sampled.present(gradients), pieces, call, whole=scales is not None)
    if scales is not None:
        skipped = tf.reduce_any(exact[:, 1] > 0)
        scale = tf.where(skipped, scales[2], tf.where(updated, scales[1], scales[0]))
        g, exact = g / tf.cast(scale, sampled.dtype), exact / tf.stack([scale, 1.0, 1.0])
        extremes = extremes / tf.stack([scale, 1.0, scale])
        loss = loss / scale if loss_scaled else loss
        more = {**more, UPDATE_SKIPPED: tf.cast(skipped, tf.float64)}
    extras = tf.cast(tf.concat([extremes, exact, *_compared(parts, g, references)], 1), tf.float32)  # [V, E]
    both = waiting & updated
    u_now = chosen(waiting, lambda: w - last, lambda: u_last)
    earlier, now = (last, g_last, w - last, g_older, u_last), (w, g, u, g_last, u_now)
    block = measured(chosen(waiting, lambda: earlier, lambda: now))
    second = either(both, lambda: measured(now), lambda: tf.zeros([len(sampled.shapes), BLOCK]))
    statistics = [
        parts.counter.next() if step is None else step,
        loss,
        tf.where(updated, rates[1], rates[0]),
        *_listed(parts, more),
    ]
    heads = [_head(call, flags, statistics) for flags in ((waiting, updated & ~waiting), (False, both))]
    written = cells([(h(~updated), b) for h, b in zip(heads, (block, second), strict=True)], extras)
    parts.ring.write(*written, tf.stack([tf.constant(True), both]))
    newest = chosen(updated, lambda: u, lambda: u_now)
    for variable, value in zip(state.vectors, (w_next, g, g_last, newest), strict=True):
        variable.assign(value)
    state.waiting.assign(~updated)
    state.calls.assign_add(1)


def samples(parts: Parts, before: Sequence[Any], after: Sequence[Any], gradients: Sequence[Any]) -> tuple[Any, ...]:
    """The weights before and after, and the gradients, [V, K] each."""
    w_next = parts.sampled.batch(after, one_by_one=True)
    return _before(parts, before, w_next), w_next, parts.sampled.batch(gradients)


def step_of(parts: Parts, gradients: Sequence[Any], scales: Any, sampled: tuple[Any, ...]) -> Step:
    """What a probe of the loss asks for; ``sampled``: of ``samples``."""
    w, w_next, g = sampled
    update = w_next - w
    moved = tf.reduce_any(update != 0) & tf.reduce_all(tf.math.is_finite(update))
    scale = tf.constant(1.0, tf.float64) if scales is None else scales[1]
    return Step(update, g, gradients, scale, parts.sampled.factors, parts.sampled.batch, moved)


def cells(both: Sequence[tuple[Any, Any]], extras: Any) -> tuple[Any, Any]:
    """Heads [2, head] and values [2, V·(BLOCK + E)] of two cells, given as head and block, with the same extras."""
    flat = tf.reshape(extras, [-1])
    values = [tf.concat([tf.reshape(block, [-1]), flat], 0) for _, block in both]
    return tf.stack([head for head, _ in both]), tf.stack(values)


def _head(call: Any, flags: Sequence[Any], statistics: Sequence[Any]) -> Callable[[Any], Any]:
    """Whether it waits → float64 [head]."""
    return lambda waits: tf.stack([tf.cast(x, tf.float64) for x in (call, *flags, waits, *statistics)])


def _listed(parts: Parts, more: Mapping[str, Any]) -> list[Any]:
    """The values of ``extras``; NaN for what was not measured."""
    return [more.get(name, tf.constant(np.nan, tf.float64)) for name in parts.extras]


def _compared(parts: Parts, sample: Any, references: Sequence[Any] | None) -> list[Any]:
    """``REFERENCE``, float64 [V, 2], where there are references."""
    if references is None:
        return []
    norms = exact_gradient(parts.sampled.present(references), parts.sampled.shapes)[:, 0]
    return [tf.stack([norms, cosine_of(parts.sampled.batch(references), sample)], 1)]


def _before(parts: Parts, kept: Sequence[Any], now: Any) -> Any:
    """[V, K]: the weights at the gradient; where nobody saw them, those after the previous step.

    Where some were seen, and have not changed since, the others have not either: they are those of ``now``.
    """
    missing = np.array([[k is None] for k in kept])
    last = parts.state.weight.read_value() if missing.any() else None
    if missing.all():
        return last
    found = parts.sampled.batch(kept, one_by_one=True)
    if last is None:
        return found
    moved = _moved(tf.gather(now - found, np.flatnonzero(~missing)))
    return tf.where(missing, tf.where(moved, last, now), found)


def _moved(update: Any) -> Any:
    """Whether any element is not 0, or is NaN; in a graph, to compare every element with 0 takes ten times as long."""
    if in_xla():  # where a maximum passes over NaN
        return ~tf.equal(tf.reduce_sum(tf.abs(update)), 0)
    return ~tf.reduce_all(tf.equal(tf.reduce_max(update, 1), 0) & tf.equal(tf.reduce_min(update, 1), 0))
