"""The layers that variables belong to: looked for once for a set of variables, never at a step.

Nothing links a variable to its layer, so without a model to ask every object of the process is looked at, in about
0.1 s. Facts about Keras that are used: a layer lists its own variables in ``_trainable_variables`` and
``_non_trainable_variables``, and gives all that is below it by ``_flatten_layers()``.
"""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from tb_convergence.record.living import living
from tb_convergence.record.weights import raw

ORDERED = {"Functional", "Sequential"}  # Keras models that list their variables in the order of the computation
PASSING = {"BatchNormalization", "LayerNormalization", "GroupNormalization", "Dropout", "Rescaling", "ZeroPadding2D"}
DROPPING = ("Dropout", "Dropout1D", "Dropout2D", "Dropout3D")
RECURRENT = ("dropout", "recurrent_dropout")
_NUMBER = re.compile(r"_(\d+)$")
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def alive(base: str) -> list[Any]:
    """Every object whose class descends from a class of Keras with this name."""
    if "keras" not in sys.modules:
        return []
    return living(lambda kind: _descends(kind, base))


def _descends(kind: type, base: str) -> bool:
    return any(b.__name__ == base and b.__module__.startswith("keras.") for b in kind.__mro__)


class Layers:
    """The layers that own some variables, and the models around them.

    Args:
      sources: the variables; plain tensors have no layer.
      model: the model they belong to, a Keras layer or a ``tf.Module``; ``None``: Keras layers are looked for.
    """

    def __init__(self, sources: Sequence[Any], model: Any = None) -> None:
        self._sources = [id(raw(s)) for s in sources]
        wanted = set(self._sources)
        candidates = alive("Layer") if model is None else _below(model)
        self._owners = {i: layer for layer in candidates for i in _own(layer) if i in wanted}
        owning = {id(layer) for layer in self._owners.values()}
        self._around = [c for c in candidates if not owning.isdisjoint(id(layer) for layer in _below(c))]

    def activations(self) -> list[str | None]:
        """The name of the activation that follows each variable in its layer; ``None`` where it is not known."""
        return [_activation(self._owners[i]) if i in self._owners else None for i in self._sources]

    def order(self) -> list[int] | None:
        """The place of each variable in a sequential or functional model of all of them, if there is one."""
        for layer in self._around:
            if any(b.__name__ in ORDERED and b.__module__.startswith("keras.") for b in type(layer).__mro__):
                places: Mapping[int, int] = {id(raw(v)): i for i, v in reversed(list(enumerate(layer.variables)))}
                if all(i in places for i in self._sources):
                    return [places[i] for i in self._sources]
        return None

    def dropout(self) -> dict[str, float]:
        """Layer of these models → share of its inputs that it drops while training; the larger of two of one name."""
        found: dict[str, float] = {}
        for layer in self._members():
            for rate in _dropped(layer):
                found[str(layer.name)] = max(rate, found.get(str(layer.name), 0.0))
        return found

    def untrained(self) -> tuple[str, ...]:
        """Attributes that hold a trainable ``tf.Variable`` which Keras does not know: Keras 3 counts its own alone."""
        members = [layer for layer in self._members() if hasattr(layer, "_flatten_layers")]
        known = {id(raw(v)) for layer in members for v in layer.variables} | set(self._sources)
        return tuple(
            f"{layer.name}.{name}"
            for layer in members
            if not type(layer).__module__.startswith("keras.")
            for name, held in vars(layer).items()
            if not name.startswith("_") and any(_trainable(v) and id(v) not in known for v in _elements(held))
        )

    def _members(self) -> list[Any]:
        """Each layer of these models once."""
        return list({id(below): below for around in self._around for below in _below(around)}.values())

    def state(self) -> list[tf.Variable]:
        """What a call of these models may change: moving averages, seeds, what metrics hold; no trained variable."""
        held = ("non_trainable_variables", "metrics_variables")
        found = {id(raw(v)): raw(v) for layer in self._around for name in held for v in getattr(layer, name, ())}
        return [
            v for i, v in found.items() if isinstance(v, tf.Variable) and not v.trainable and i not in self._sources
        ]


def depths(sources: Sequence[Any], layers: Layers) -> list[int]:
    """The rank of each variable in forward order, from 0 at the input.

    Known from a sequential or functional model. Otherwise the order of creation: a layer that is built when it is
    first called makes its variables in the order of the calls, and a ``tf.Module`` in the order of its constructor,
    while lists of variables are in the order of attributes, a ``tf.Module``'s alphabetical. Tensors have neither; with
    one among them the order of the sources stands.
    """
    places = layers.order() or _creation(sources) or list(range(len(sources)))
    rank = {place: depth for depth, place in enumerate(sorted(places))}
    return [rank[place] for place in places]


def _creation(sources: Sequence[Any]) -> list[int] | None:
    """Increasing numbers in order of creation; TensorFlow ends a variable's unique id with one."""
    found = [_NUMBER.search(getattr(raw(s), "_unique_id", None) or "") for s in sources]
    numbers = [int(match[1]) for match in found if match]
    return numbers if len(set(numbers)) == len(sources) else None


def _below(model: Any) -> list[Any]:
    """A model and all layers or modules in it."""
    flatten = getattr(model, "_flatten_layers", None)
    return list(flatten()) if flatten is not None else [model, *getattr(model, "submodules", ())]


def _own(layer: Any) -> Iterable[int]:
    """Ids of the variables of a layer itself, not of layers in it."""
    if hasattr(layer, "_flatten_layers"):
        held = [
            *(getattr(layer, "_trainable_variables", None) or ()),
            *(getattr(layer, "_non_trainable_variables", None) or ()),
        ]
    else:
        held = list(vars(layer).values())
    return [id(raw(v)) for v in held if isinstance(raw(v), tf.Variable)]


def _elements(held: Any) -> Iterable[Any]:
    """What a list, tuple or dict holds, whatever its keys; anything else is one thing."""
    if isinstance(held, Mapping):
        return held.values()
    return held if isinstance(held, list | tuple) else (held,)


def _trainable(value: Any) -> bool:
    return isinstance(value, tf.Variable) and value.trainable and value.dtype.is_floating


def _dropped(layer: Any) -> list[float]:
    """The rates of a layer of Keras that drops any: a dropout's own, and those of a recurrent layer."""
    kind = type(layer)
    if not kind.__module__.startswith("keras.") or kind.__name__.endswith("Cell"):  # of which the layer tells
        return []
    names = ("rate",) if kind.__name__.endswith(DROPPING) else RECURRENT
    rates = [getattr(layer, name, None) for name in names]
    return [float(r) for r in rates if isinstance(r, int | float) and 0.0 < r < 1.0]


def _activation(layer: Any) -> str | None:
    """The layer's own activation; where that is none, the one of the only layer behind it, as in Conv, Norm, ReLU."""
    own = _named(getattr(layer, "activation", None))
    if own != "linear":
        return own
    for _ in PASSING:
        nodes = getattr(layer, "_outbound_nodes", ())
        following = {id(n.operation): n.operation for n in nodes}
        if len(following) != 1:
            return own
        (layer,) = following.values()
        if type(layer).__name__ not in PASSING:
            return _activating(layer) or own
    return own


def _activating(layer: Any) -> str | None:
    """What a layer that is an activation computes; ``None`` for other layers."""
    if not type(layer).__module__.startswith("keras.") or ".activations." not in type(layer).__module__:
        return None
    return _named(layer.activation) if hasattr(layer, "activation") else _named(layer)


def _named(activation: Any) -> str | None:
    """The name of a function or of an object's class, as Keras writes it: ``relu``, ``leaky_relu``."""
    if activation is None or not callable(activation):
        return None
    name = getattr(activation, "__name__", None) or _WORD.sub("_", type(activation).__name__)
    return None if name == "<lambda>" else str(name).lower().replace("re_lu", "relu")
