"""A run's optimizer as JSON, see ``serve/http_api.md``."""

from dataclasses import asdict

import numpy as np

from tb_convergence.diagnose.estimators.optimizer import Portrait, Stability, portrait
from tb_convergence.diagnose.estimators.recurrence import largest_root, regions
from tb_convergence.report.buckets import within
from tb_convergence.report.numbers import Json, plain
from tb_convergence.series import Series

POINTS = 121
"""Of the curve of roots, from 0 to a quarter beyond the limit."""
BEYOND = 1.25

DIGITS = 9


def optimizer(series: Series, *, first: float | None = None, last: float | None = None) -> Json:
    """The answer of ``./optimizer``."""
    rows = within(series.steps, first, last)
    found = portrait(series, rows)
    return {
        "run": series.run,
        "optimizer": None if series.optimizer is None else plain(series.optimizer),
        "steps": _steps(series, rows),
        **rounded(_identified(found)),
        "stability": None if found.stability is None else rounded(_stability(found.stability)),
        "reason": found.reason,
    }


def rounded(document: Json) -> Json:
    """The same with :data:`DIGITS` significant digits: the last ones differ from machine to machine."""
    if isinstance(document, float):
        return float(f"{document:.{DIGITS}g}")
    if isinstance(document, list):
        return [rounded(item) for item in document]
    return {key: rounded(item) for key, item in document.items()} if isinstance(document, dict) else document


def _steps(series: Series, rows: slice) -> Json:
    steps = series.steps[rows]
    return {
        "first": int(steps[0]) if len(steps) else None,
        "last": int(steps[-1]) if len(steps) else None,
        "recorded": len(steps),
    }


def _identified(found: Portrait) -> dict[str, Json]:
    return {
        "family": str(found.family),
        "identified": found.identified,
        "updates": found.updates,
        "residual": plain(found.residual),
        "settings": [plain(asdict(setting)) for setting in found.settings],
    }


def _stability(found: Stability) -> Json:
    numbers = np.linspace(0.0, BEYOND * found.limit, POINTS)
    roots = largest_root(numbers, found.momentum, nesterov=found.nesterov)
    return {
        **plain(asdict(found)),
        "regions": [
            {"behaviour": str(r.behaviour), "start": plain(r.start), "end": plain(r.end)}
            for r in regions(found.momentum, nesterov=found.nesterov)
        ],
        "response": {"number": plain(numbers.tolist()), "root": plain(roots.tolist())},
    }
