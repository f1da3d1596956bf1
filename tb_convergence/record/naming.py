"""Names of variables that people know and that stay the same from run to run."""

import re
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from typing import Any

from tb_convergence.record.weights import is_variable, raw

DEEPEST = 12  # nested attributes followed in a model
_PRIVATE = "_"
_COUNTED = re.compile(r"_\d+$")


def names(sources: Sequence[Any], model: Any = None) -> tuple[str, ...]:
    """A name for each source, no two the same.

    The attribute path in ``model`` (``encoder.kernel``) when it is given, for neither Keras paths nor names of
    variables tell two layers of one name apart; else the Keras path; else the name; ``w0``, ``w1``, … for tensors.
    """
    paths = attribute_paths(model) if model is not None else {}
    own = without_model([_own_name(s, i) for i, s in enumerate(sources)])
    taken: set[str] = set()
    return tuple(_free(paths.get(id(raw(s))) or name, taken) for s, name in zip(sources, own, strict=True))


class Names:
    """Names of one stream: a variable keeps its own when others are recorded beside it, or no longer."""

    def __init__(self) -> None:
        self._given: dict[int, tuple[Callable[[], Any], str]] = {}

    def of(self, sources: Sequence[Any], model: Any = None) -> tuple[str, ...]:
        """A name for each source, no two the same; see ``names``."""
        wanted = list(zip(sources, names(sources, model), strict=True))
        known = [self._known(s) for s, _ in wanted]
        taken: set[str] = set()
        found = [_free(name, taken) if name else None for name in known]
        found = [have or _free(name, taken) for have, (_, name) in zip(found, wanted, strict=True)]
        for source, name in zip(sources, found, strict=True):
            if is_variable(source) and name:
                self._given[id(raw(source))] = (weakref.ref(raw(source)), name)
        return tuple(str(name) for name in found)

    def _known(self, source: Any) -> str | None:
        reference, name = self._given.get(id(raw(source)), (None, None))
        return name if reference is not None and reference() is raw(source) else None


def without_model(paths: Sequence[str]) -> list[str]:
    """The paths without the model's own name before them, where that is all they share.

    ``sequential_2/hidden/kernel`` → ``hidden/kernel``: Keras counts models per process, so that the first part changes
    from run to run. A layer and its variable always stay.
    """
    parts = [p.split("/") for p in paths]
    shared = bool(parts) and all(len(p) > 2 and p[0] == parts[0][0] for p in parts)
    return ["/".join(p[1:]) for p in parts] if shared else list(paths)


def _own_name(source: Any, position: int) -> str:
    if not is_variable(source):
        return f"w{position}"
    return str(getattr(source, "path", None) or source.name.split(":")[0])


def _free(name: str, taken: set[str]) -> str:
    """The name, followed by ``#2``, ``#3``, … where it is taken; from now on it is."""
    numbered = (f"{name}#{i}" for i in count(2))
    found = next(n for n in chain([name], numbered) if n not in taken)
    taken.add(found)
    return found


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
    """Variables, modules and containers right below ``owner``; the names its author gave come first."""
    for key, child in _items(owner):
        if is_variable(child) or isinstance(child, dict | list | tuple) or hasattr(type(child), "trainable_variables"):
            yield f"{path}.{key}".lstrip("."), child


def _items(owner: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(owner, dict):
        yield from ((str(key), value) for key, value in owner.items())
    elif isinstance(owner, list | tuple):
        yield from ((str(i), value) for i, value in enumerate(owner))
    else:
        attributes = list(vars(owner).items())
        yield from ((key, value) for key, value in attributes if not key.startswith(_PRIVATE))
        yield from _layers(getattr(owner, "layers", ()))
        yield from ((key.lstrip(_PRIVATE), value) for key, value in attributes if key.startswith(_PRIVATE))


def _layers(layers: Any) -> Iterator[tuple[str, Any]]:
    """The layers of a Keras model; names that Keras made up are counted in this model, not in this process."""
    made: Counter[str] = Counter()
    for layer in layers if isinstance(layers, list | tuple) else ():
        name = str(getattr(layer, "name", type(layer).__name__))
        stem = _COUNTED.sub("", name)
        if stem.replace("_", "") == type(layer).__name__.lower():
            name = f"{stem}_{made[stem]}" if made[stem] else stem
            made[stem] += 1
        yield name, layer
