"""Values of variables, read without telling any tape, and what is kept of them until their update.

Eagerly, to ask a variable for what never changes about it takes longer than to read it, and to read a hundred one by
one takes twice as long as at once.
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
        facts = [_facts(v) for v in variables]
        if all(f.on_cpu for f in facts):
            handles, count = [v.handle for v in variables], len(variables)
            types = ("N", count, "dtypes", [f.dtype for f in facts])
            try:
                return list(execute.execute(_AT_ONCE, count, handles, types, context.context()))
            except (tf.errors.OpError, AttributeError, TypeError):  # an operation of TensorFlow's own, not promised
                pass
    return [read(v) for v in variables]


class _Facts(NamedTuple):
    """What never changes about a variable.

    Attributes:
      variable: a weak reference.
      dtype: TensorFlow's number for it.
      chosen: of a limit, which elements of the flat variable are looked at.
    """

    variable: Callable[[], Any]
    shape: tuple[int, ...]
    size: int
    dtype: int
    is_floating: bool
    on_cpu: bool
    chosen: dict[int, slice]


_FACTS: dict[int, _Facts] = {}


def _facts(variable: Any) -> _Facts:
    known = _FACTS.get(id(variable))
    if known is None or known.variable() is not variable:
        key, size, dtype = id(variable), variable.shape.num_elements(), variable.dtype
        gone = weakref.ref(variable, lambda _: _FACTS.pop(key, None))
        shape = () if size is None else tuple(variable.shape)
        on_cpu = "CPU" in variable.device
        known = _FACTS[key] = _Facts(gone, shape, size or 0, dtype.as_datatype_enum, dtype.is_floating, on_cpu, {})
    return known


def kept(variables: Sequence[Any], group: int) -> dict[int, tuple[Any, Any]]:
    """What is kept of the weights among variables of a ``group`` of so many: id → (variable, value or sample).

    Eagerly it is a sample, for the whole would have its update copy it. In a graph it is a name for the value only, of
    which nothing is computed unless it is asked for. On a CPU it is an array, for TensorFlow's slices take ten times as
    long there.
    """
    facts = [_facts(v) for v in variables]
    wanted = [(v, f) for v, f in zip(variables, facts, strict=True) if f.size and f.is_floating]
    values = read_all([v for v, _ in wanted])
    if tf.executing_eagerly():
        limit = limit_for(group)
        values = [_sample(value, f, limit) for value, (_, f) in zip(values, wanted, strict=True)]
    return {id(v): (v, value) for (v, _), value in zip(wanted, values, strict=True)}


def _sample(value: Any, facts: _Facts, limit: int) -> Any:
    if not facts.on_cpu:
        return take(value, facts.shape, limit)
    if limit not in facts.chosen:
        found = places(facts.shape, limit)
        facts.chosen[limit] = slice(None) if found is None else found.slice
    return value._numpy().reshape(-1)[facts.chosen[limit]].copy()
