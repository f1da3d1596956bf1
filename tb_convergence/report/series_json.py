"""A run's variables, a profile over depth and the catalogue of statistics as JSON, see ``serve/http_api.md``."""

from dataclasses import asdict

import numpy as np

from tb_convergence.diagnose.estimators.derived import STATISTICS, compute
from tb_convergence.report.numbers import Json, numbers, plain
from tb_convergence.report.selection import exists
from tb_convergence.series import Series


def steps(series: Series) -> Json:
    """First and last recorded step, and how many there are."""
    if not len(series):
        return {"first": None, "last": None, "recorded": 0}
    return {"first": int(series.steps[0]), "last": int(series.steps[-1]), "recorded": len(series)}


def variables(series: Series) -> Json:
    """The answer of ``./variables``."""
    return {
        "run": series.run,
        "variables": [{**plain(asdict(v)), "size": v.size} for v in series.variables],
        "optimizer": None if series.optimizer is None else plain(series.optimizer),
        "restarts": list(series.restarts),
    }


def statistics() -> Json:
    """The answer of ``./statistics``."""
    return {"statistics": [plain(asdict(entry)) for entry in STATISTICS.values()]}


def profile(series: Series, statistic: str, step: float) -> Json:
    """The answer of ``./profile``: every variable at the recorded step nearest to ``step``; the run is not empty."""
    row = int(np.abs(series.steps - step).argmin())
    values = compute(series, statistic)
    return {
        "run": series.run,
        "statistic": statistic,
        "step": int(series.steps[row]),
        "variables": [v.name for v in series.variables],
        "values": numbers(values[row], exists(series, values)[row]),
    }
