"""Layers and blocks as rows: a group's statistic is that of all its variables as one vector, exactly.

Inner products add, so that norms, cosines and what follows from them are not averaged; counts are summed, shares
weighted by their elements, and of largest elements the largest is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.derived import aggregate, compute
from tb_convergence.diagnose.estimators.gram import not_finite
from tb_convergence.report.selection import exists
from tb_convergence.series import Series, Values

Level = Literal["variables", "layers", "blocks"]
LEVELS: tuple[Level, ...] = ("variables", "layers", "blocks")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a variable, or a group whose name is the path of its variables, with the separator at its end."""

    name: str
    columns: tuple[int, ...]
    closed: bool = False


def rows(series: Series, level: Level = "variables", toggled: Sequence[str] = ()) -> tuple[Row, ...]:
    """The rows of a run in order of depth, a group at the place of its first variable.

    Args:
      series: the run.
      level: ``layers`` closes every layer (the path of a variable without its last part), ``blocks`` every first part
        of the paths after what all of them share.
      toggled: names of groups that are closed where ``level`` opens them, and open where it closes them.
    """
    paths = [_path(v.name) for v in series.variables]
    shared = _shared([path[:-1] for path in paths])
    found: dict[str, list[int]] = {}
    for i, (variable, path) in enumerate(zip(series.variables, paths, strict=True)):
        group = _group(path, shared + 1 if level == "blocks" else len(path) - 1, variable.name)
        closed = group is not None and (level != "variables") != (group in toggled)
        found.setdefault(group if closed and group else variable.name, []).append(i)
    own = {v.name for v in series.variables}
    return tuple(Row(name, tuple(columns), name not in own) for name, columns in found.items())


def named(series: Series, name: str) -> Row | None:
    """The variable or, where the name ends in a separator, the group of this name."""
    columns = [i for i, v in enumerate(series.variables) if v.name == name]
    if not columns and name.endswith(("/", ".")):
        columns = [i for i, v in enumerate(series.variables) if v.name.startswith(name)]
    return Row(name, tuple(columns), name.endswith(("/", "."))) if columns else None


def only(series: Series, columns: Sequence[int]) -> Series:
    """The run with these variables alone."""
    kept = list(columns)
    return replace(
        series,
        variables=tuple(series.variables[i] for i in kept),
        values={name: x[:, kept] for name, x in series.values.items()},
    )


def row_values(series: Series, statistic: str, chosen: Sequence[Row]) -> tuple[Values, NDArray[np.bool_]]:
    """The statistic of each row, float64 [T, R], and whether there is a number, bool [T, R]."""
    values = compute(series, statistic)
    there = exists(series, values)
    if [row.columns for row in chosen] == [(i,) for i in range(values.shape[1])]:
        return values, there  # every variable a row: no copy of what may be a hundred megabytes
    grouped = [_of(series, statistic, row, values, there) for row in chosen]
    return np.stack([v for v, _ in grouped], axis=1), np.stack([t for _, t in grouped], axis=1)


def _of(
    series: Series, statistic: str, row: Row, values: Values, there: NDArray[np.bool_]
) -> tuple[Values, NDArray[np.bool_]]:
    if not row.closed:
        return values[:, row.columns[0]], there[:, row.columns[0]]
    part = only(series, row.columns)
    found = aggregate(part, statistic)
    return found, ~np.isnan(found) | not_finite(part).any(axis=1)


def _path(name: str) -> list[str]:
    return name.split("/") if "/" in name else name.split(".")


def _shared(paths: Sequence[Sequence[str]]) -> int:
    """How many first parts all paths have in common."""
    levels = zip(*paths, strict=False)
    return next((i for i, parts in enumerate(levels) if len(set(parts)) > 1), min(map(len, paths), default=0))


def _group(path: Sequence[str], depth: int, name: str) -> str | None:
    """The first ``depth`` parts with a separator after them; ``None`` where nothing of the name would be left."""
    separator = "/" if "/" in name else "."
    return separator.join(path[:depth]) + separator if 0 < depth < len(path) else None
