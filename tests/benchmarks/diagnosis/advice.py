"""A finding's advice, where it is a number or an option, as a change of the training that it speaks of."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from tb_convergence.diagnose.finding import Finding
from tests.benchmarks.diagnosis.training import Training


def change(training: Training, finding: Finding) -> dict[str, Any]:
    """What the advice changes; empty: it is not a number or an option (read the code, mend the data, …)."""
    found: dict[str, Any] = {}
    largest = finding.evidence.get("largest_stable_learning_rate")
    if isinstance(largest, float) and _usable(largest):
        found |= _rate(training, largest / 2.0)  # unless a rate to use is named below
    for key, value in finding.evidence.items():
        act = _CHANGES.get(key)
        if act is not None and _usable(value):
            found |= act(training, value)
    return found


def _usable(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def _rate(training: Training, value: Any) -> dict[str, Any]:
    """A rate to use is kept: a schedule that jumps, or decays to nothing, is what it is advised against."""
    fault = training.schedule.startswith(("jump", "exponential", "inverse"))
    return {"rate": float(value), **({"schedule": "constant"} if fault else {})}


def _momentum(training: Training, value: Any) -> dict[str, Any]:
    plain = training.optimizer in {"sgd", "keras-sgd"}
    family = {"optimizer": training.optimizer.replace("sgd", "momentum")} if plain and value else {}
    return {"momentum": float(value), **family}


_CHANGES: Mapping[str, Callable[[Training, Any], dict[str, Any]]] = {
    "suggested_learning_rate": _rate,
    "suggested_momentum": _momentum,
    "suggested_clipnorm": lambda _, value: {"clip": float(value)},
    "suggested_batch_size": lambda _, value: {"batch": int(value)},
    "suggested_batch_factor": lambda training, value: {"batch": math.ceil(training.batch * float(value))},
    "suggested_weight_decay": lambda _, value: {"decay": float(value)},
    "suggested_l2_penalty": lambda training, value: {"factor": float(value)} if training.fault == "penalty" else {},
    "suggested_gain": lambda training, value: {"gain": training.gain * float(value)},
    "suggested_initializer": lambda _, value: {"init": str(value), "gain": 1.0, "bias": 0.0},
    "suggested_activation": lambda _, value: {"activation": str(value)},
    "suggested_optimizer": lambda _, value: {"optimizer": str(value).lower()},
}
