"""Names of variables that people know and that stay the same from run to run."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from tb_convergence.record.observer import is_variable, raw

DEEPEST = 12  # nested attributes followed in a model
_PRIVATE = "_"


def names(sources: Sequence[Any], model: Any = None) -> tuple[str, ...]:
    """A name for each source, no two the same.

    The attribute path in ``model`` (``encoder.kernel``) when it is given, for neither Keras paths nor names of variables
    tell two layers of one name apart; else the Keras path; else the name; ``w0``, ``w1``, … for tensors.
    """
    paths = attribute_paths(model) if model is not None else {}
    return _unique([paths.get(id(raw(s))) or _own_name(s, i) for i, s in enumerate(sources)])


def _own_name(source: Any, position: int) -> str:
    if not is_variable(source):
        return f"w{position}"
    return str(getattr(source, "path", None) or source.name.split(":")[0])


def _unique(wanted: Sequence[str]) -> tuple[str, ...]:
    """The names, the second of a kind followed by ``#2``."""
    seen: Counter[str] = Counter()
    found = []
    for name in wanted:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(found)


def attribute_paths(model: Any) -> dict[int, str]:
    """The id of each variable → its shortest attribute path in ``model``."""
    paths: dict[int, str] = {}
    seen = {id(model)}
    level: list[tuple[str, Any]] = [("", model)]
    for _ in range(DEEPEST):
        below = [child for path, owner in level for child in _children(path, owner)]
        level = []
        for path, child in below:
            if is_variable(child):
                paths.setdefault(id(raw(child)), path)
            elif id(child) not in seen:
                seen.add(id(child))
                level.append((path, child))
    return paths


def _children(path: str, owner: Any) -> Iterator[tuple[str, Any]]:
    """Variables, modules and containers right below ``owner``, public attributes before private ones."""
    if isinstance(owner, dict):
        items = [(str(k), v) for k, v in owner.items()]
    elif isinstance(owner, list | tuple):
        items = [(str(getattr(v, "name", i)) if _is_layer(v) else str(i), v) for i, v in enumerate(owner)]
    else:
        attributes = [(k, v) for k, v in vars(owner).items() if not k.startswith("__")]
        items = sorted(attributes, key=lambda item: (item[0].startswith(_PRIVATE), item[0] != "layers"))
    for key, child in items:
        if is_variable(child) or isinstance(child, tf.Module | dict | list | tuple):
            yield f"{path}.{key}".lstrip("."), child


def _is_layer(value: Any) -> bool:
    return isinstance(value, tf.Module) and bool(getattr(value, "name", None))
