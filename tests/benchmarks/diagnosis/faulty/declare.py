"""How a faulty training is declared: a healthy one, its fault, and what repairs it."""

import hashlib
from collections.abc import Callable
from typing import Any

from tests.benchmarks.diagnosis.training import Case, Training, changed


class Suite:
    """Collects cases."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def add(
        self,
        group: str,
        what: str,
        healthy: Training,
        fault: dict[str, Any],
        *also: str,
        repair: dict[str, Any] | None = None,
        onset: int = 0,
        measure: str = "loss",
    ) -> None:
        """``healthy`` with ``fault``; without a repair of its own, the healthy training is its twin."""
        name = f"{group}/{what}"
        own = {key: getattr(healthy, key) for key in fault if key != "steps"}
        case = Case(
            name,
            changed(healthy, fault),
            truth=frozenset({group, *also}),
            repair=own if repair is None else repair,
            onset=onset,
            measure=measure,
            probes=half(name),
            metrics=measure == "val",
        )
        self.cases.append(case)


Add = Callable[..., None]


def half(name: str) -> bool:
    """Every second user tells ``log_step`` more than it must have; which one, a hash of the name says."""
    return hashlib.sha256(name.encode()).digest()[1] % 2 == 1
