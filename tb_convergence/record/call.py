"""One call of ``log_step``: from what its caller says to what its group takes in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import tensorflow as tf

from tb_convergence.record import observer
from tb_convergence.record.loss_probe import Step
from tb_convergence.record.matching import Match
from tb_convergence.record.observation import Look, Observation
from tb_convergence.record.observer import Notes
from tb_convergence.record.optimizer import learning_rates, scales, skips
from tb_convergence.record.probes import Probes, batch_values, loss_values, metric_values
from tb_convergence.record.recorder import Recorder
from tb_convergence.record.recording import Recording
from tb_convergence.record.replicas import Share, several, together
from tb_convergence.record.shown import dense, least_kept, loss_of, reachable, weights_before
from tb_convergence.record.sink import Session
from tb_convergence.record.weights import raw, read, read_all
from tb_convergence.schema.statistics import UPDATE_SKIPPED

_FROZEN_STEP = (
    "step= is a Python number inside a tf.function, where it would stay the same for ever; the steps are counted "
    "instead. Pass a tensor or a variable, for example optimizer.iterations"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the caller of ``log_step`` said beside the gradients."""

    loss: Any
    step: Any
    optimizer: Any
    name: str | None
    model: Any
    probes: Probes
    every: int | None


def record_step(recorder: Recorder, session: Session | None, tape: Any, matched: Match, said: Said) -> None:
    """Has the step taken in by the group of its variables; of several replicas by the first, which hears of all."""
    known = Notes() if tape is None else observer.notes(tape)
    references = None if several() else _references(tape, matched, said.loss)
    step = _step(said.step, recorder)
    raws = [raw(s) for s in matched.sources]
    share = Share(
        weights=weights_before(raws, known),
        gradients=dense(matched.gradients, raws),
        loss=loss_of(matched, said.loss),
        others=[] if step is None else [step],
    )
    keep = partial(_keep, recorder, session, tape, matched, raws, said, references)
    if several():
        together(share, keep)
    else:
        keep(share, {})


def _keep(  # noqa: PLR0917 - bound in ``record_step``, except for the last two
    recorder: Recorder,
    session: Session | None,
    tape: Any,
    matched: Match,
    raws: Sequence[Any],
    said: Said,
    references: Sequence[Any] | None,
    share: Share,
    statistics: Mapping[str, Any],
) -> None:
    if session is None:
        return
    recording = partial(
        recorder.recording,
        session,
        said.name,
        matched.sources,
        raws=raws,
        model=said.model,
        reference=references is not None,
        limit=partial(least_kept, share.weights, raws),
    )
    extras = (*said.probes.names, *statistics)
    found = recording(optimizer=said.optimizer, extras=extras)
    if skips(found.optimizer):  # known only now: the optimizer may have had to be looked for
        found = recording(optimizer=found.optimizer, extras=(*extras, UPDATE_SKIPPED))
    if said.every is not None:
        found.pacing.every = said.every
    seen = Observation(
        before=share.weights,
        after=read_all(raws) if all(isinstance(s, tf.Variable) for s in raws) else [_value(s) for s in raws],
        gradients=share.gradients,
        references=references,
        loss=share.loss,
        rates=learning_rates(found.optimizer),
        step=share.others[0] if share.others else None,
        extras=statistics,
        scales=scales(found.optimizer) if matched.call else None,
        loss_scaled=said.loss is None,
    )
    found.group.advance(seen, looking(said.probes, tape, matched.sources, found, seen, warn=recorder.warn))


def looking(
    probes: Probes,
    tape: Any,
    sources: Sequence[Any],
    recording: Recording,
    seen: Observation,
    *,
    warn: Callable[[str, str], None],
) -> Look | None:
    """Measures what the caller asked for; the loss where the weights before the update were seen, on one device."""
    if not probes.names:
        return None
    loss_fn = None if several() or all(w is None for w in seen.before) else probes.loss_fn
    state = [v for v in (r() for r in recording.state if r is not None) if v is not None]

    def look(step: Callable[[], Step], number: Any) -> dict[str, Any]:
        due = number % probes.every == 0
        found = metric_values(probes, warn) | batch_values(probes, due, warn)
        if loss_fn is not None and due is not False:
            with observer.aside(tape):
                found |= loss_values(loss_fn, sources, state, step=step(), due=due, warn=warn)
        return found

    return look


def _value(source: Any) -> Any:
    return read(source) if isinstance(source, tf.Variable) else tf.convert_to_tensor(source)


def _references(tape: Any, matched: Match, loss: Any) -> list[Any] | None:
    """The tape's own gradients, where those given were made by hand and the tape can still say."""
    if tape is None or matched.call is not None or not tf.is_tensor(loss) or not reachable(loss):
        return None
    if tape._tape is None and not tape._persistent:
        return None
    return dense(observer.gradient_unobserved(tape, loss, list(matched.sources)), matched.sources)


def _step(step: Any, recorder: Recorder) -> Any:
    """float64 scalar, or ``None``: count."""
    found = tf.summary.experimental.get_step() if step is None else step
    frozen = not tf.executing_eagerly() and not tf.is_tensor(raw(found)) and not isinstance(raw(found), tf.Variable)
    if frozen and step is not None:
        recorder.warn(_FROZEN_STEP, "frozen step")
    return None if found is None or frozen else tf.cast(tf.convert_to_tensor(raw(found)), tf.float64)
