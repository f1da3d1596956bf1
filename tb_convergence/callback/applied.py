"""``optimizer.apply``, seen from both sides: what the optimizer is given, and what becomes of the weights.

Keras brings every gradient through this one method: in ``fit`` and in a ``train_step`` of one's own, eagerly, in graphs
and under XLA. Before it the weights are those at which the gradient was taken; after it they are those of the next
step, with everything that the optimizer does on the way: clipping, accumulation, decay, averages, constraints.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import record

from tb_convergence.callback.batch import Batch, noted
from tb_convergence.callback.optimizers import loss_scale, skipped, unscaled
from tb_convergence.callback.replaced import replaced
from tb_convergence.record import observer
from tb_convergence.record.call import looking
from tb_convergence.record.log_step import recorder
from tb_convergence.record.matching import Match, match
from tb_convergence.record.observation import Observation
from tb_convergence.record.observer import Notes
from tb_convergence.record.optimizer import learning_rates
from tb_convergence.record.probes import Probes
from tb_convergence.record.replicas import UNSUPPORTED, Share, several, supported, together
from tb_convergence.record.shown import dense, least_kept, loss_of, weights_before
from tb_convergence.record.sink import Session
from tb_convergence.record.weights import raw, read
from tb_convergence.schema.statistics import METRIC_PREFIX, UPDATE_SKIPPED

APPLY = "apply"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the steps of one optimizer go.

    Attributes:
      name: of the stream, where a model has several optimizers.
      model: names the variables.
      probes: which of ``batch.PROBES`` are looked at, and whether ``batch.LOSS`` is.
      probe_every: at every how manyth step.
      metrics: further numbers, which are noted after the step.
    """

    session: Session
    name: str | None
    model: Any
    probes: Sequence[str] = ()
    probe_every: int = 10
    metrics: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of the step outside of the optimizer."""

    tapes: Sequence[Notes]
    batch: Batch


@dataclass(frozen=True, slots=True)
class _Before:
    """What is known of a step before its update; gradients and loss are those of the model, not scaled.

    Attributes:
      rate: float64 scalar, the learning rate.
      skipped: float64 scalar, whether loss scaling leaves the update out; ``None`` without loss scaling.
    """

    matched: Match
    weights: Sequence[Any]
    gradients: Sequence[Any]
    loss: Any
    rate: Any
    skipped: Any


@contextmanager
def observed(model: Any, optimizers: Sequence[tuple[Any, Destination]]) -> Iterator[None]:
    """While it lasts, every update that these optimizers make of ``model`` is recorded."""
    with ExitStack() as stack:
        seen = _Seen(stack.enter_context(observer.heard()), stack.enter_context(noted(model)))
        for optimizer, destination in optimizers:
            stack.enter_context(replaced(optimizer, APPLY, partial(_recording, optimizer, destination, seen)))
        yield


def _recording(
    optimizer: Any, destination: Destination, seen: _Seen, original: Callable[..., Any]
) -> Callable[..., Any]:
    def apply(grads: Any, trainable_variables: Any = None) -> Any:
        sources = list(optimizer._trainable_variables if trainable_variables is None else trainable_variables)
        with record.stop_recording():
            before = recorder().guarded(lambda: _before(optimizer, list(grads), sources, seen.tapes))
        result = original(grads, trainable_variables)
        if before is not None:
            with record.stop_recording():
                model = destination.model if destination.name is None else None  # of several optimizers, whose loss?
                probes = seen.batch.probes(destination.probes, destination.probe_every, model)
                recorder().guarded(lambda: _record(optimizer, destination, before, probes))
        return result

    return apply


def _before(optimizer: Any, gradients: list[Any], sources: list[Any], tapes: Sequence[Notes]) -> _Before | None:
    if not gradients:
        return None
    if several() and not supported():
        recorder().warn(UNSUPPORTED, "replicas")
        return None
    known = _tape_of(gradients, sources, tapes)
    matched = match(gradients, sources, known, ())
    observer.sample(known, sources)
    scale = loss_scale(optimizer)
    return _Before(
        matched=matched,
        weights=weights_before([raw(s) for s in sources], known),
        gradients=[unscaled(g, scale) for g in dense(gradients, sources)],
        loss=unscaled(loss_of(matched, None), scale),
        rate=learning_rates(optimizer)[0],
        skipped=skipped(optimizer, gradients),
    )


def _tape_of(gradients: Sequence[Any], sources: Sequence[Any], tapes: Sequence[Notes]) -> Notes:
    """The tape that returned one of these very gradients; else the newest that was asked about these variables."""
    mine = {id(g) for g in gradients if g is not None}
    asking = [known for known in reversed(tapes) if match(gradients, sources, known, ()).call is not None]
    returned = (known for known in asking if mine & _returned(known))
    return next(returned, None) or (asking[0] if asking else Notes(entered=True))


def _returned(known: Notes) -> set[int]:
    return {id(r()) for call in known.calls for r in call.gradients if r is not None and r() is not None}


def _record(optimizer: Any, destination: Destination, before: _Before, probes: Probes) -> None:
    others = [before.rate, *([] if before.skipped is None else [before.skipped])]
    share = Share(before.weights, before.gradients, before.loss, others)
    keep = partial(_keep, optimizer, destination, before.matched, probes)
    if several():
        together(share, keep)
    else:
        keep(share, {})


def _keep(  # noqa: PLR0917 - bound in ``_record``, except for the last two
    optimizer: Any,
    destination: Destination,
    matched: Match,
    probes: Probes,
    share: Share,
    statistics: Mapping[str, Any],
) -> None:
    rate, *skipped = share.others
    extras = {**statistics, **dict(zip([UPDATE_SKIPPED], skipped, strict=False))}
    raws = [raw(s) for s in matched.sources]
    recording = recorder().recording(
        destination.session,
        destination.name,
        matched.sources,
        raws=raws,
        model=destination.model,
        optimizer=optimizer,
        reference=False,
        limit=partial(least_kept, share.weights, raws),
        extras=(*extras, *probes.names, *(METRIC_PREFIX + name for name in destination.metrics)),
    )
    seen = Observation(
        before=share.weights,
        after=[read(s) for s in raws],
        gradients=share.gradients,
        references=None,
        loss=share.loss,
        rates=tf.stack([rate, rate]),
        step=None,
        extras=extras,
        settled=True,
    )
    recording.group.advance(seen, looking(probes, None, matched.sources, recording, seen, warn=recorder().warn))
