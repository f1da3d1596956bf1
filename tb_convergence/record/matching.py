"""Which gradient belongs to which variable. In this order, the first that answers:

1. pairs ``(gradient, variable)``, or ``variables=``: what the caller says;
2. the call of ``tape.gradient`` that returned one of these very tensors;
3. the only call whose sources have these shapes, in this order: gradients that were clipped or scaled since;
4. no call at all, gradients made by hand: the watched variables, when their shapes leave one way only.

Order and shape alone are no safe key: ``watched_variables()`` is sorted by creation, and two layers of one shape would
be mixed up in silence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.observer import GradientCall, Notes
from tb_convergence.record.weights import is_variable, raw

LISTED = 12  # variables named in one message
_NO_GRADIENT = (
    "expected log_step(tape, grads) with what tape.gradient() returned: tensors, tf.IndexedSlices or None, in a list, "
    "tuple or dict, or pairs (gradient, variable); got {got}"
)


_WEIGHTS = (
    "expected log_step(tape, grads) with gradients, got the variables themselves: pass what "
    "tape.gradient(loss, variables) returned"
)


class AmbiguousGradientsError(ValueError):
    """It cannot be told which variable a gradient belongs to."""


@dataclass(frozen=True, slots=True)
class Match:
    """Gradients and what they are the gradients of, in one order.

    Attributes:
      gradients: tensors, ``tf.IndexedSlices`` or ``None``.
      sources: variables or tensors, as the caller knows them.
      call: the call of ``tape.gradient`` they came from; ``None`` when they were made by hand.
    """

    gradients: tuple[Any, ...]
    sources: tuple[Any, ...]
    call: GradientCall | None


def match(grads: Any, variables: Any, known: Notes, watched: Sequence[Any]) -> Match:
    """Finds the variable of every gradient.

    Args:
      grads: gradients in any structure, or an iterable of (gradient, variable) pairs.
      variables: the variables in the same structure, or ``None``.
      known: what was observed of the tape.
      watched: ``tape.watched_variables()``.

    Raises:
      AmbiguousGradientsError: none or several answers fit; the message lists them and the call that settles it.
      TypeError: something among ``grads`` is no gradient.
    """
    exact = _as_returned(grads, known) if variables is None else None
    if exact is not None:
        return exact
    if grads is None or isinstance(grads, str):
        raise TypeError(_NO_GRADIENT.format(got=repr(grads)))
    if not isinstance(grads, dict | list | tuple) and not tf.is_tensor(grads) and isinstance(grads, Iterable):
        grads = list(grads)  # zip(gradients, variables)
    if variables is None and _are_pairs(grads):
        return _said([_gradient(p[0]) for p in grads], [p[1] for p in grads], known)
    flat = [_gradient(g) for g in tf.nest.flatten(grads)]
    if not flat:
        raise AmbiguousGradientsError(
            "log_step got no gradients: an iterator such as zip(grads, variables) is empty after its first use; "
            "pass the list itself"
        )
    if variables is not None:
        return _said(flat, tf.nest.flatten(variables), known)
    found = _by_identity(flat, known) or _by_shape(flat, known) or _by_hand(flat, known, watched)
    if any(raw(g) is raw(s) for g, s in zip(found.gradients, found.sources, strict=True)):
        raise TypeError(_WEIGHTS)
    return found


def _gradient(value: Any) -> Any:
    """A gradient as it is; a Python number, of a scalar variable, as a tensor."""
    if value is None or tf.is_tensor(value) or is_variable(value) or isinstance(value, np.ndarray | np.generic):
        return value
    if isinstance(value, int | float):
        return tf.constant(float(value))
    raise TypeError(_NO_GRADIENT.format(got=f"a {type(value).__name__}, {value!r:.80}"))


def _are_pairs(grads: Any) -> bool:
    return (
        isinstance(grads, list | tuple)
        and bool(grads)
        and all(isinstance(p, list | tuple) and len(p) == 2 and is_variable(p[1]) for p in grads)
    )


def _said(gradients: Sequence[Any], sources: Sequence[Any], known: Notes) -> Match:
    """What the caller says, checked; the call, if there is one, that had these sources."""
    problem = _misfit(gradients, sources)
    if problem:
        raise AmbiguousGradientsError(f"the gradients do not fit the variables given with them: {problem}")
    asked = [c for c in known.calls if {id(s) for s in sources} <= {id(s) for s in c.sources}]
    return Match(tuple(gradients), tuple(sources), asked[-1] if asked else None)


def _as_returned(grads: Any, known: Notes) -> Match | None:
    """The usual case, found at a glance: what one call returned, each gradient in its place."""
    if not isinstance(grads, list | tuple) or all(g is None for g in grads):
        return None
    for call in reversed(known.calls):
        if len(call.gradients) == len(grads) and all(
            g is None if r is None else r() is g for g, r in zip(grads, call.gradients, strict=True)
        ):
            return Match(tuple(grads), call.sources, call)
    return None


def _by_identity(gradients: Sequence[Any], known: Notes) -> Match | None:
    mine = {id(g) for g in gradients if g is not None}
    for call in reversed(known.calls):
        answers = [None if r is None else r() for r in call.gradients]
        if len(answers) == len(gradients) and any(id(a) in mine for a in answers if a is not None):
            return _in_order(gradients, answers, call)
    return None


def _in_order(gradients: Sequence[Any], answers: Sequence[Any], call: GradientCall) -> Match | None:
    """The call's sources in the order of ``gradients``: sorted or filtered gradients are told apart by identity."""
    if all(
        a is None or g is None or a is g or id(g) not in {id(x) for x in answers}
        for g, a in zip(gradients, answers, strict=True)
    ):
        return Match(tuple(gradients), call.sources, call) if not _misfit(gradients, call.sources) else None
    place = {id(a): s for a, s in zip(answers, call.sources, strict=True) if a is not None}
    if all(id(g) in place for g in gradients):
        return Match(tuple(gradients), tuple(place[id(g)] for g in gradients), call)
    return None


def _by_shape(gradients: Sequence[Any], known: Notes) -> Match | None:
    fitting = [c for c in known.calls if not _misfit(gradients, c.sources)]
    different = {tuple(id(s) for s in c.sources): c for c in fitting}
    if len(different) > 1:
        raise AmbiguousGradientsError(
            f"{len(different)} calls of tape.gradient() fit these {len(gradients)} gradients: "
            + "; or ".join(_listed(c.sources) for c in different.values())
            + ". Say which with log_step(tape, grads, variables=[...])"
        )
    return Match(tuple(gradients), fitting[-1].sources, fitting[-1]) if fitting else None


def _by_hand(gradients: Sequence[Any], known: Notes, watched: Sequence[Any]) -> Match:
    candidates = [c for c in ([*watched], [*known.watched], [*watched, *known.watched]) if c]
    for sources in candidates:
        shapes = [tuple(s.shape) for s in sources]
        if not _misfit(gradients, sources) and len(set(shapes)) == len(shapes):
            return Match(tuple(gradients), tuple(sources), None)
    raise AmbiguousGradientsError(_no_answer(gradients, known, candidates))


def _no_answer(gradients: Sequence[Any], known: Notes, candidates: Sequence[Sequence[Any]]) -> str:
    shapes = ", ".join("None" if g is None else str(tuple(g.shape)) for g in gradients[:LISTED])
    calls = "; ".join(_listed(c.sources) for c in known.calls) or "none"
    watched = _listed(candidates[-1]) if candidates else "none"
    return (
        f"it cannot be told which variables these {len(gradients)} gradients belong to (shapes {shapes}). "
        f"Calls of tape.gradient() on this tape: {calls}. Watched: {watched}. "
        "Say it with log_step(tape, grads, variables=[...]) or log_step(tape, zip(grads, variables))"
    )


def _misfit(gradients: Sequence[Any], sources: Sequence[Any]) -> str:
    """Why the gradients cannot belong to the sources in this order; empty when they can."""
    if len(gradients) != len(sources):
        hint = "" if all(hasattr(s, "shape") for s in sources) else "; variables= wants a list such as model.variables"
        return f"{len(gradients)} gradients, {len(sources)} variables{hint}"
    wrong = [
        f"{_name(s)} has shape {tuple(s.shape)}, its gradient {tuple(g.shape)}"
        for g, s in zip(gradients, sources, strict=True)
        if g is not None and not tf.TensorShape(g.shape).is_compatible_with(s.shape)
    ]
    return "; ".join(wrong[:LISTED])


def _listed(sources: Sequence[Any]) -> str:
    names = [f"{_name(s)} {tuple(s.shape)}" for s in sources[:LISTED]]
    more = len(sources) - len(names)
    return "[" + ", ".join(names) + (f" and {more} more" if more else "") + "]"


def _name(source: Any) -> str:
    if not is_variable(source):
        return "a tensor"
    return str(getattr(source, "path", None) or source.name)
