"""A transparent observer of ``tf.GradientTape``: what it was asked, what it answered, and the weights at that time.

A tape forgets all of this, and ``watched_variables()`` comes in order of creation, which is not the order of the
gradients. The class itself is observed, so tapes made through any import of it are seen. What a tape returns or raises
stays as it is.
"""

import functools
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import record

from tb_convergence.record.weights import is_variable, kept, raw

_NOTES = "_tb_convergence_notes"
_ORIGINAL = "_tb_convergence_original"
CALLS_KEPT = 64  # of one persistent tape
TAPES_HEARD = 64  # the newest ones, by one listener
_LISTENERS: list[deque["Notes"]] = []


@dataclass(frozen=True, slots=True)
class GradientCall:
    """One call of ``tape.gradient``, its structures flattened.

    Attributes:
      sources: variables or tensors, as the caller gave them.
      gradients: weak references to what came back, ``None`` for ``None``.
      targets: what was differentiated; TensorFlow differentiates their sum.
    """

    sources: tuple[Any, ...]
    gradients: tuple[Callable[[], Any] | None, ...]
    targets: tuple[Any, ...]


@dataclass(slots=True)
class Notes:
    """What is known about one tape.

    Attributes:
      calls: the newest calls of ``gradient``, oldest first.
      weights: id of a variable → (the variable, its value when the tape was left or asked, or a sample of it).
      entered: whether the tape was entered under observation.
      watched: tensors given to ``watch`` that are not variables, in order.
    """

    calls: deque[GradientCall] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    weights: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    watched: list[Any] = field(default_factory=list)
    entered: bool = False

    def weight(self, variable: Any) -> Any | None:
        """What was kept of ``variable``, if anything."""
        kept = self.weights.get(id(variable))
        return None if kept is None or kept[0] is not variable else kept[1]


def notes(tape: Any) -> Notes:
    """What is known about ``tape``."""
    found: Notes = tape.__dict__.setdefault(_NOTES, Notes())
    return found


def gradient_unobserved(tape: Any, target: Any, sources: Any) -> Any:
    """``tape.gradient(target, sources)``, of which no note is made."""
    method = type(tape).gradient
    return getattr(method, _ORIGINAL, method)(tape, target, sources)


@contextmanager
def aside(tape: Any) -> Iterator[None]:
    """Keeps a tape that is still recording from seeing what is computed meanwhile, even by other tapes."""
    with tape.stop_recording() if tape is not None and tape._recording else nullcontext():
        yield


@contextmanager
def heard() -> Iterator[deque[Notes]]:
    """What is known about the tapes that are asked for gradients from now on, newest last, in any thread."""
    found: deque[Notes] = deque(maxlen=TAPES_HEARD)
    _LISTENERS.append(found)
    try:
        yield found
    finally:
        _LISTENERS[:] = [x for x in _LISTENERS if x is not found]


def _note_gradient(tape: Any, result: Any, target: Any, sources: Any, *_: Any, **__: Any) -> None:
    known = notes(tape)
    flat = tuple(tf.nest.flatten(sources))
    answers = tuple(None if g is None else weakref.ref(g) for g in tf.nest.flatten(result))
    known.calls.append(GradientCall(flat, answers, tuple(tf.nest.flatten(target))))
    sample(known, flat)
    for listener in _LISTENERS:
        listener.append(known)


def _note_watch(tape: Any, _: None, tensor: Any) -> None:
    notes(tape).watched += [t for t in tf.nest.flatten(tensor) if not is_variable(t)]


def _note_exit(tape: Any, _: None, *__: Any) -> None:
    sample(notes(tape), tape.watched_variables())


def _note_enter(tape: Any, _: Any) -> None:
    tape.__dict__[_NOTES] = Notes(entered=True)


def sample(known: Notes, sources: Any) -> None:
    """Keeps the value of each variable the first time; later its update may have been made inside the tape."""
    given = [raw(s) for s in sources]
    new = [v for v in given if id(v) not in known.weights and isinstance(v, tf.Variable)]
    if new:
        known.weights.update(kept(new, len(given)))


def _unobserved(name: str) -> Any:
    method = getattr(tf.GradientTape, name)
    return getattr(method, _ORIGINAL, method)


class UnobservedTape(tf.GradientTape):
    """A tape of our own, of which no notes are made."""

    __enter__ = _unobserved("__enter__")
    __exit__ = _unobserved("__exit__")
    gradient = _unobserved("gradient")
    watch = _unobserved("watch")


_OBSERVERS: dict[str, Callable[..., None]] = {
    "__enter__": _note_enter,
    "gradient": _note_gradient,
    "watch": _note_watch,
    "__exit__": _note_exit,
}


def _observed(original: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        try:
            with record.stop_recording():
                note(self, result, *args, **kwargs)
        except Exception:  # an observer must never be the reason why training stops
            pass
        return result

    setattr(method, _ORIGINAL, original)
    return tf.autograph.experimental.do_not_convert(method)


def install() -> None:
    """Begins to observe every ``tf.GradientTape``; a second call changes nothing."""
    for name, note in _OBSERVERS.items():
        original = getattr(tf.GradientTape, name)
        if not hasattr(original, _ORIGINAL):
            method = _observed(original, note)
            setattr(method, _ORIGINAL, original)
            setattr(tf.GradientTape, name, method)


def remove() -> None:
    """Gives ``tf.GradientTape`` its own methods back."""
    for name in _OBSERVERS:
        method = getattr(tf.GradientTape, name)
        if hasattr(method, _ORIGINAL):
            setattr(tf.GradientTape, name, getattr(method, _ORIGINAL))
