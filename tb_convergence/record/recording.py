"""A group of variables on its way to a record: what it belongs to, its rows, and what is still to be learnt of it."""

import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_convergence import __version__
from tb_convergence.record.group import Group
from tb_convergence.record.layers import Layers, depths
from tb_convergence.record.optimizer import describe, find
from tb_convergence.record.pacing import Kind, Pacing
from tb_convergence.record.ring import apart
from tb_convergence.record.rows import Rows
from tb_convergence.record.sampling import SAMPLE, limit_for, places
from tb_convergence.record.sink import Stream
from tb_convergence.record.weights import is_variable, raw, read_all
from tb_convergence.schema.manifest import Manifest, Variable

SEARCHES = (
    2  # for the optimizer: at the first step, and, where log_step precedes the update that builds it, at the second
)
SELDOM = 0.4  # s after which rows are taken out of a ring, however few
FILLED = 0.2  # share of a ring that is not waited for


class Queued(NamedTuple):
    """Rows that are to be written, and when that was decided."""

    kind: Kind
    rows: Rows
    since: float


@dataclass(slots=True)
class Recording:
    """A group, what it belongs to, and its rows on the way to a record.

    Attributes:
      sources: a weak reference to each variable, ``None`` for a tensor.
      pacing: decides what is written of the rows.
      outbox: what it has decided on, in order.
      announced: the manifests that have been written.
      late_update: whether a row that waited turned out to have an update after all; ``None``: none has waited yet.
      state: a weak reference to each variable that a call of the model may change, beside the trained ones.
      newest: the newest row of the ring, held back where the session waits for numbers about it; or ``None``.
      searches: how often the optimizer was looked for; before its first update it cannot be found.
      last_step: of the newest row that was taken out of the ring.
      repeated: how many rows had the step of the row before, and take its place.
    """

    stream: Stream
    group: Group
    manifest: Manifest
    sources: list[Callable[[], Any] | None]
    pacing: Pacing
    outbox: deque[Queued] = field(default_factory=deque)
    read_at: float = field(default_factory=time.time)
    announced: dict[Kind, Manifest] = field(default_factory=dict)
    late_update: bool | None = None
    optimizer: Any = None
    searches: int = 0
    newest: NDArray[np.float64] | None = None
    state: list[Callable[[], Any] | None] = field(default_factory=list)
    last_step: float = np.nan
    repeated: int = 0

    def fits(self, sources: Sequence[Any], *, reference: bool) -> bool:
        """Whether these are the same variables; a tensor stands for whatever had its place and shape."""
        if reference == self.referenced and self.refers_to(sources):
            return True
        shapes = [tuple(s.shape) for s in sources]
        return (
            shapes == [v.shape for v in self.group.variables]
            and reference == self.referenced
            and all(
                r is None or not is_variable(s) or r() is raw(s) for r, s in zip(self.sources, sources, strict=True)
            )
        )

    @property
    def referenced(self) -> bool:
        """Whether the tape's own gradients are compared with those given."""
        return "reference_norm" in self.group.statistics

    def refers_to(self, sources: Sequence[Any]) -> bool:
        """Whether these are the very variables that are referred to."""
        return len(sources) == len(self.sources) and all(
            r is not None and r() is raw(s) for r, s in zip(self.sources, sources, strict=True)
        )

    def due(self, now: float) -> bool:
        """Whether rows should be taken out: asking how many there are costs a tenth of that."""
        return now - self.read_at > SELDOM or self.group.ring.filled > FILLED

    def renew(self, sources: Sequence[Any], optimizer: Any) -> None:
        """Notes that a variable has become a tensor, so that the old one is not asked any more; and the optimizer."""
        if not self.refers_to(sources):
            self.sources = _references(sources)
        if optimizer is None and self.optimizer is None and self.searches < SEARCHES:
            self.searches += 1
            optimizer = find(sources)
        if optimizer is not None and optimizer is not self.optimizer:
            self.optimizer = optimizer
            self.manifest = replace(self.manifest, optimizer=apart(lambda: describe(optimizer)))

    def weights(self) -> list[Any] | None:
        """The variables' values now; ``None`` when one of them is a tensor or gone."""
        found = [None if r is None else r() for r in self.sources]
        return None if any(v is None for v in found) else read_all(found)


def _references(sources: Sequence[Any]) -> list[Callable[[], Any] | None]:
    return [weakref.ref(raw(s)) if is_variable(s) else None for s in sources]


def new_recording(
    stream: Stream,
    sources: Sequence[Any],
    model: Any,
    *,
    reference: bool,
    limit: Callable[[], int | None],
    extras: Sequence[str] = (),
) -> Recording:
    """A group for these sources, and the manifest that describes it; ``limit`` as in ``Recorder.recording``."""
    layers = Layers(sources, model)
    most = min(limit() or SAMPLE, limit_for(len(sources)))
    variables = _variables(sources, stream.names.of(sources, model), layers, most)
    group = apart(lambda: Group(variables, stream.counter, limit=most, reference=reference, extras=extras))
    session = stream.session
    manifest = Manifest(
        session=session.id,
        started=session.started,
        index=stream.next_manifest(),
        stream=stream.name,
        variables=group.variables,
        statistics=group.statistics,
        step_statistics=group.step_statistics,
        recorder={
            "tb_convergence": __version__,
            "tensorflow": tf.__version__,
            "sample": most,
            "whole_every": group.whole_every,
        },
        dropout=layers.dropout(),
        untrained=layers.untrained(),
    )
    pacing = Pacing(session.budget, group.statistics, group.step_statistics, every=session.every)
    return Recording(stream, group, manifest, _references(sources), pacing, state=_references(layers.state()))


def _variables(sources: Sequence[Any], known: Sequence[str], layers: Layers, limit: int) -> list[Variable]:
    found = []
    for source, name, depth, activation in zip(
        sources, known, depths(sources, layers), layers.activations(), strict=True
    ):
        if source.shape.num_elements() is None if isinstance(source.shape, tf.TensorShape) else None in source.shape:
            raise ValueError(f"{name} has shape {source.shape}: only sources of a fully known shape can be recorded")
        plain = Variable(name, tuple(source.shape), tf.as_dtype(source.dtype).name, depth, activation=activation)
        chosen = places(plain.shape, limit)
        found.append(plain if chosen is None else replace(plain, sampled=chosen.number))
    return found


def finish(recording: Recording, *, final: bool) -> None:
    """Completes the waiting row, unless it may yet get its update: ``log_step`` may have come before it."""
    with recording.group.lock:  # what is read of the weights holds until it is written
        if not recording.group.waiting:
            return
        weights = recording.weights()
        changed = weights is not None and recording.group.changed(weights)
        if final or changed or (recording.late_update is False and weights is not None):
            recording.group.finish(weights)
