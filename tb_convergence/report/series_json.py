"""A run's variables, a profile over depth and the catalogue of statistics as JSON, see ``serve/http_api.md``."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from tb_convergence.diagnose.estimators.derived import STATISTICS
from tb_convergence.report.grouping import Level
from tb_convergence.report.numbers import Json, numbers, plain
from tb_convergence.report.selection import described
from tb_convergence.report.tile import Prepared, prepared
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
        "dropout": dict(series.dropout),
        "untrained": list(series.untrained),
        "restarts": list(series.restarts),
        "step_statistics": [name for name, x in series.step_values.items() if np.isfinite(x).any()],
    }


def statistics() -> Json:
    """The answer of ``./statistics``."""
    return {"statistics": [plain(asdict(entry)) for entry in STATISTICS.values()]}


def profile(
    series: Series, statistic: str, step: float, level: Level = "variables", toggled: Sequence[str] = ()
) -> Json:
    """The answer of ``./profile``: every row at the recorded step nearest to ``step``; the run is not empty."""
    return profile_of(prepared(series, described(statistic), pool="last", level=level, toggled=toggled), step)


def profile_of(of: Prepared, step: float) -> Json:
    """The same of what was made before."""
    row = int(np.abs(of.steps - step).argmin())
    return {
        "run": of.run,
        "statistic": of.statistic,
        "step": int(of.steps[row]),
        "variables": list(of.names),
        "values": numbers(of.values[row], of.there[row]),
    }
