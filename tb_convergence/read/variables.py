"""One list of variables out of several manifests: layers are frozen and thawed while a run goes on."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tb_convergence.schema.manifest import Manifest, Variable
from tb_convergence.series import Note


def merge_variables(manifests: Sequence[Manifest]) -> tuple[Variable, ...]:
    """The union by name, in order of depth.

    The manifest with most variables gives the order; a variable that it lacks comes after the one that precedes it in
    its own manifest, at the same depth. Shape, type and sampling are those of the latest manifest; ``manifests`` are in
    order of time.
    """
    if not manifests:
        return ()
    base = max(manifests, key=lambda m: len(m.variables))
    order = _by_depth(base.variables)
    for manifest in manifests:
        _insert_missing(order, _by_depth(manifest.variables))
    latest = {v.name: v for m in manifests for v in m.variables}
    return tuple(replace(latest[v.name], depth=v.depth) for v in order)


def shape_notes(manifests: Sequence[Manifest]) -> Iterable[Note]:
    """Says when a variable changed its shape, since its numbers before and after are then of two different things."""
    shapes: dict[str, tuple[int, ...]] = {}
    for manifest in manifests:
        for variable in manifest.variables:
            before = shapes.setdefault(variable.name, variable.shape)
            if before != variable.shape:
                yield Note(
                    "info", f"{variable.name} changed its shape from {before} to {variable.shape} during the run."
                )
                shapes[variable.name] = variable.shape


def renewed_notes(blocks: Sequence[tuple[int, Sequence[Variable]]]) -> Iterable[Note]:
    """Says where all variables gave way to others of the same shapes for good, as those of a model that is made anew.

    ``blocks`` of one session, in order of writing: first step, and the variables. Those that take turns, as of two
    players, come back.
    """
    spans = [b for i, b in enumerate(blocks) if not i or _names(b[1]) != _names(blocks[i - 1][1])]
    names = [_names(variables) for _, variables in spans]
    if len(set().union(*names)) < sum(map(len, names)):
        return  # a name that comes back, or stays
    steps = [
        step
        for (_, before), (step, after) in itertools.pairwise(spans)
        if [v.shape for v in before] == [v.shape for v in after]
    ]
    if steps:
        more = f", and {len(steps) - 1} more time{'s' if len(steps) > 2 else ''}" if len(steps) > 1 else ""
        yield Note(
            "warning",
            f"All variables gave way to others of the same shapes at step {steps[0]}{more}: the model was made anew, "
            "and what it had learned is gone. Make model and optimizer once, before the loop; trainings of their own, "
            "such as folds, need a directory each.",
        )


def _names(variables: Sequence[Variable]) -> frozenset[str]:
    return frozenset(v.name for v in variables)


def _by_depth(variables: Iterable[Variable]) -> list[Variable]:
    return sorted(variables, key=lambda v: v.depth)


def _insert_missing(order: list[Variable], others: Sequence[Variable]) -> None:
    names = {v.name for v in order}
    if names.issuperset(v.name for v in others):  # as nearly always; what follows is quadratic
        return
    position, depth = 0, 0
    for variable in others:
        if variable.name in names:
            position = next(i for i, v in enumerate(order) if v.name == variable.name) + 1
            depth = order[position - 1].depth
        else:
            order.insert(position, replace(variable, depth=depth))
            position += 1
