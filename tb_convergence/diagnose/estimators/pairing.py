"""Which variable of one run is which of another, where Keras has counted its layers on in between."""

import re
from collections import defaultdict
from collections.abc import Sequence

from tb_convergence.schema.manifest import Variable

_COUNTED = re.compile(r"(.*?)(?:_(0|[1-9]\d*))?")

Path = tuple[str, ...]


def paired(a: Sequence[Variable], b: Sequence[Variable]) -> tuple[tuple[int, int], ...]:
    """(place in ``a``, place in ``b``) of the variables that both have, in the order of ``a``.

    By name. The second model of a process has ``dense_3`` where the first has ``dense``: where more variables of equal
    shape meet once both are counted from zero, they are paired so.
    """
    ours, theirs = ([v.name for v in variables] for variables in (a, b))
    ways = (_by_name(ours, theirs), _by_name(recounted(ours), recounted(theirs)))
    return max(ways, key=lambda found: sum(a[i].shape == b[j].shape for i, j in found))  # the first of two that tie


def _by_name(ours: Sequence[str], theirs: Sequence[str]) -> tuple[tuple[int, int], ...]:
    places = {name: j for j, name in enumerate(theirs)}
    return tuple((i, places[name]) for i, name in enumerate(ours) if name in places)


def recounted(names: Sequence[str]) -> list[str]:
    """The names as if their model were the first of the process: ``dense_3``, ``dense_5`` as ``dense``, ``dense_1``.

    Each part of a path is counted among its siblings, so that unlike names stay unlike.
    """
    separators = ["/" if "/" in name else "." for name in names]  # Keras' own names, or paths of attributes
    paths = [tuple(name.split(separator)) for name, separator in zip(names, separators, strict=True)]
    counts: defaultdict[tuple[Path, str], set[int]] = defaultdict(set)
    for path in paths:
        for depth, part in enumerate(path):
            word, count = _split(part)
            counts[path[:depth], word].add(count)
    ranks = {key: {count: rank for rank, count in enumerate(sorted(found))} for key, found in counts.items()}
    parts = ([_part(ranks, path, depth) for depth in range(len(path))] for path in paths)
    return [separator.join(found) for separator, found in zip(separators, parts, strict=True)]


def _split(part: str) -> tuple[str, int]:
    """Word and count of ``dense_3``; −1 where there is none."""
    found = _COUNTED.fullmatch(part)
    return (part, -1) if found is None else (found[1], -1 if found[2] is None else int(found[2]))


def _part(ranks: dict[tuple[Path, str], dict[int, int]], path: Path, depth: int) -> str:
    word, count = _split(path[depth])
    rank = ranks[path[:depth], word][count]
    return f"{word}_{rank}" if rank else word
