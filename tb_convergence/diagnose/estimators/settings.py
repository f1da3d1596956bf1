"""The optimizer's settings: as they were configured, and as its updates show them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.identification import Fit
from tb_convergence.series import Series, Values

Rows = NDArray[np.bool_]

AGREE = 0.01
"""Relative difference up to which a setting and what the updates show are the same."""

NEGLIGIBLE = 1e-6
"""Absolute difference of the same kind, for settings that are zero; records hold 24 bits."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the optimizer; ``None`` where it is not known; ``agrees`` is ``None`` where either is."""

    name: str
    configured: float | None
    identified: float | None
    agrees: bool | None


def settings(series: Series, found: Fit, known: Rows, moved: Rows) -> tuple[Setting, ...]:
    """Those that are known in either way, in the rows where an optimizer is ``known``, or the model ``moved``."""
    config = (series.optimizer or {}).get("config", {})
    rate = _median(series.step("learning_rate")[moved])
    if rate is None:
        rate = _number(config.get("learning_rate"))
    eta = found.learning_rate[known]
    identified = {
        "learning_rate": _median(eta),
        "momentum": _median(found.momentum[known]),
        "weight_decay": _median(divide(found.decay[known], eta)),
    }
    configured = {"learning_rate": rate, "momentum": _number(config.get("momentum")), "weight_decay": _decay(config)}
    # on a single parameter Nesterov is heavy ball with other numbers: nothing to compare then
    other = bool(config.get("nesterov")) and not (found.coefficients[known, 2] != 0.0).any()
    return tuple(
        Setting(
            name, configured[name], identified[name], _agrees(configured[name], None if other else identified[name])
        )
        for name in configured
        if configured[name] is not None or identified[name] is not None
    )


def _decay(config: dict[str, Any]) -> float | None:
    """Keras writes ``None`` for none."""
    return 0.0 if "weight_decay" in config and config["weight_decay"] is None else _number(config.get("weight_decay"))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None


def _agrees(configured: float | None, identified: float | None) -> bool | None:
    if configured is None or identified is None:
        return None
    return abs(configured - identified) <= max(AGREE * abs(configured), NEGLIGIBLE)


def _median(values: Values) -> float | None:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else None
