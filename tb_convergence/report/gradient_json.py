"""A run's gradient check as JSON, see ``serve/http_api.md``."""

from dataclasses import asdict

from tb_convergence.diagnose.gradient_check import compared, passive
from tb_convergence.report.numbers import Json, plain
from tb_convergence.series import Series


def gradient_check(series: Series) -> Json:
    """The answer of ``./gradient_check``."""
    return {
        "run": series.run,
        "variables": [plain(asdict(row)) for row in compared(series)],
        "passive": plain(asdict(passive(series))),
    }
