"""What a published rule set reports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from tb_convergence.series import Series
from tests.benchmarks.diagnosis.sideline import Side

Symptoms = list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Run:
    """What a rule set is given: the extra data, the recorded norms of every step, and the optimizer's setting."""

    side: Side
    series: Series
    learning_rate: float


RuleSet = Callable[[Run], Symptoms]
Seen = tuple[str, int | None, tuple[str, ...]]
"""Name, first step at which it fires (``None``: it does not), findings of ours that it may stand for."""


def in_order(seen: Iterable[Seen]) -> Symptoms:
    """Those that fired, the earliest first; at one step in the order in which the tool checks."""
    fired = [(step, i, name, ids) for i, (name, step, ids) in enumerate(seen) if step is not None]
    return [(name, list(ids)) for _, _, name, ids in sorted(fired)]


def first(flags: object) -> int | None:
    """First index that is true, along the first axis."""
    found = np.asarray(flags, bool)
    rows = np.flatnonzero(found.reshape(len(found), -1).any(axis=1)) if found.size else np.array([], int)
    return int(rows[0]) if len(rows) else None


def look_step(run: Run, index: int | None) -> int | None:
    """The step of a look."""
    return None if index is None else int(run.side.looks[index]["step"])


def layer_looks(run: Run, statistic: str) -> list[list[float]]:
    """A statistic of every layer at every look."""
    return [[layer[statistic] for layer in look.get("layers", [])] for look in run.side.looks]


def any_layer(run: Run, statistic: str, above: float) -> int | None:
    """Step of the first look at which a layer exceeds a limit."""
    looks = layer_looks(run, statistic)
    return look_step(run, first([any(v > above for v in values) for values in looks]))


def not_finite(run: Run) -> int | None:
    """First step with a loss, gradient or weight that is not finite."""
    counts = np.nan_to_num(run.series.recorded("gradient_nonfinite_count"))
    rows = min(len(counts), len(run.side.loss))
    numbers = np.concatenate([run.side.loss[:rows, None], np.where(counts[:rows] > 0, np.inf, 0.0)], axis=1)
    return first(~np.isfinite(numbers))
