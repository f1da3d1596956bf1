"""Values of variables, read without telling any tape, and what is kept of them until their update.

Eagerly, to ask a variable for what never changes about it takes longer than to read it, and to read a hundred one by
one takes twice as long as at once. So what never changes is remembered, of all that are read together.
"""

import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf
from tensorflow.python.eager import context, execute
from tensorflow.python.ops.gen_resource_variable_ops import read_variable_op
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from tb_convergence.record.sampling import limit_for, places, take

_FIRST = "_primary"  # of a variable that tf.distribute keeps on several devices
_AT_ONCE = "_ReadVariablesOp"


def raw(source: Any) -> Any:
    """The ``tf.Variable`` inside a ``keras.Variable``; anything else is returned as it is."""
    if type(source) is ResourceVariable:  # at a glance: it is asked of every variable at every step
        return source
    known = _INNER.get(id(source))
    if known is not None and known[0]() is source:
        return known[1]
    inner = getattr(source, "value", None)
    if not isinstance(inner, tf.Variable):
        return source
    key = id(source)
    _INNER[key] = weakref.ref(source, lambda _: _INNER.pop(key, None)), inner
    return inner


_INNER: dict[int, tuple[Callable[[], Any], Any]] = {}
"""Of a ``keras.Variable``, what is inside: it stays the same, and takes a while to ask for."""


def is_variable(source: Any) -> bool:
    """Whether ``source`` can be read again later: a ``tf.Variable`` or a ``keras.Variable``."""
    return isinstance(raw(source), tf.Variable)


def read(variable: Any) -> Any:
    """The value of a variable now, without telling any tape that it was read; of one on several devices, the first."""
    if (
        type(variable) is not ResourceVariable
        and hasattr(variable, _FIRST)
        and (tf.distribute.in_cross_replica_context() or not tf.distribute.has_strategy())
    ):
        variable = getattr(variable, _FIRST)
    return read_variable_op(variable.handle, variable.dtype)


def read_all(variables: Sequence[Any]) -> list[Any]:
    """``read`` of each."""
    if len(variables) > 1 and tf.executing_eagerly() and all(type(v) is ResourceVariable for v in variables):
        types = _known(variables).types
        if types is not None:
            try:
                return list(
                    execute.execute(_AT_ONCE, len(variables), [v.handle for v in variables], types, context.context())
                )
            except (tf.errors.OpError, AttributeError, TypeError):  # an operation of TensorFlow's own, not promised
                pass
    return [read(v) for v in variables]


class _Known(NamedTuple):
    """What never changes about some variables.

    Attributes:
      variables: weak references.
      shapes: of them, those of unknown size being ().
      on_cpu: whether all are.
      types: what it takes to read them at once; ``None`` where they are not on a CPU.
      worth: the places of those of which anything is kept: floating, not empty, of a known size.
      chosen: of a limit, which elements of each flat variable are looked at.
    """

    variables: Sequence[Callable[[], Any]]
    shapes: Sequence[tuple[int, ...]]
    on_cpu: bool
    types: tuple[Any, ...] | None
    worth: Sequence[int]
    chosen: dict[int, list[slice]]


_KNOWN: dict[tuple[int, ...], _Known] = {}
LISTS = 256  # of variables, of which this is remembered


def _known(variables: Sequence[Any]) -> _Known:
    key = tuple(map(id, variables))
    known = _KNOWN.get(key)
    if known is None or any(r() is not v for r, v in zip(known.variables, variables, strict=True)):
        if len(_KNOWN) >= LISTS:
            _KNOWN.clear()
        known = _KNOWN[key] = _look(variables)
    return known


def _look(variables: Sequence[Any]) -> _Known:
    sizes = [v.shape.num_elements() or 0 for v in variables]
    on_cpu = all("CPU" in v.device for v in variables)
    return _Known(
        variables=[weakref.ref(v) for v in variables],
        shapes=[tuple(v.shape) if size else () for v, size in zip(variables, sizes, strict=True)],
        on_cpu=on_cpu,
        types=("N", len(variables), "dtypes", [v.dtype.as_datatype_enum for v in variables]) if on_cpu else None,
        worth=[i for i, v in enumerate(variables) if sizes[i] and v.dtype.is_floating],
        chosen={},
    )


def kept(variables: Sequence[Any], group: int) -> dict[int, tuple[Any, Any]]:
    """What is kept of the weights among variables of a ``group`` of so many: id → (variable, value or sample).

    Eagerly it is a sample, for the whole would have its update copy it. In a graph it is a name for the value only, of
    which nothing is computed unless it is asked for. On a CPU it is an array, for TensorFlow's slices take ten times as
    long there.
    """
    known = _known(variables)
    if len(known.worth) < len(variables):
        variables = [variables[i] for i in known.worth]
        known = _known(variables)
    values = read_all(variables)
    if tf.executing_eagerly():
        values = _samples(values, known, limit_for(group))
    return {id(v): (v, value) for v, value in zip(variables, values, strict=True)}


def _samples(values: Sequence[Any], known: _Known, limit: int) -> list[Any]:
    if not known.on_cpu:
        return [take(value, shape, limit) for value, shape in zip(values, known.shapes, strict=True)]
    if limit not in known.chosen:
        found = [places(shape, limit) for shape in known.shapes]
        known.chosen[limit] = [slice(None) if p is None else p.slice for p in found]
    chosen = known.chosen[limit]
    return [v._numpy().reshape(-1)[c].copy() for v, c in zip(values, chosen, strict=True)]
