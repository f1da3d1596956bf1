"""How numbers leave the program: JSON has no NaN, and people do not want seventeen digits."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose import wording

Json = Any
"""What ``json.dumps`` takes: dict, list, str, float, int, bool, None."""


def number(value: float) -> float | str:
    """A JSON number; ``"NaN"``, ``"Infinity"`` or ``"-Infinity"`` where JSON has none."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def numbers(values: NDArray[np.float64], exists: NDArray[np.bool_]) -> list[float | str | None]:
    """The same of many; ``None`` where a NaN means that there is no number."""
    return [
        None if math.isnan(v) and not there else number(v)
        for v, there in zip(values.tolist(), exists.tolist(), strict=True)
    ]


def plain(value: object) -> Json:
    """Any nesting of values as JSON; numpy's scalars become Python's."""
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return number(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def encoded(document: Json, indent: int | None = None) -> str:
    """JSON text; a NaN that was forgotten is an error here rather than invalid JSON in somebody's browser."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent)


def text(value: object) -> str:
    """A number as people read it: three significant digits; whole numbers in full."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    if isinstance(value, float) and not value.is_integer():
        return wording.number(value)
    if isinstance(value, float):
        return f"{value:,.0f}".replace("-", "−") if abs(value) < 1e6 else wording.number(value)
    return f"{value:,}".replace("-", "−") if isinstance(value, int) else str(value)


def known(value: object) -> bool:
    """Whether evidence says something: a number that a rule could not tell is ``None`` or NaN."""
    return value is not None and not (isinstance(value, float) and math.isnan(value))
