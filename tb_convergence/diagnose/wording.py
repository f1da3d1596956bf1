"""How findings write: numbers as people read them, code as Python reads it, names that do not fill the page."""

import math
from collections.abc import Mapping
from typing import Any

SMALLEST_PLAIN = 1e-3
LARGEST_PLAIN = 1e5
"""Magnitudes from which on a number is written with an exponent; as the tab does."""

_WORDS = ((1e9, "billion"), (1e6, "million"))
LARGEST_WORD = 1e12
"""From here on a factor has an exponent instead of a word."""

KERAS = ("SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Ftrl", "Lion", "Lamb", "Muon")
"""Optimizers of ``tf.keras.optimizers``: their settings can be written down for people to paste."""


def number(value: float) -> str:
    """Three significant digits, as people write them: 0.306, 13.7, 1,230, −2, 3e-5, 3.63e7."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    plain = value == 0.0 or SMALLEST_PLAIN <= abs(value) < LARGEST_PLAIN
    size = f"{_three(abs(value)):,.6g}" if plain else _exponential(abs(value))
    return f"−{size}" if value < 0 else size


def _three(size: float) -> float:
    return float(f"{size:.3g}")


def _exponential(size: float) -> str:
    digits, exponent = f"{size:.2e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"


def rough(value: float) -> str:
    """Two significant digits, for what is only about so much."""
    return number(float(f"{value:.2g}"))


def times(value: float) -> str:
    """A factor: ``727 times``, ``36.3 million times``, ``2.5e13 times``."""
    for size, word in _WORDS:
        if size <= value < LARGEST_WORD:
            return f"{number(value / size)} {word} times"
    return f"{_three(value):,.0f} times" if LARGEST_PLAIN <= value < LARGEST_WORD else f"{number(value)} times"


def rate(value: float) -> str:
    """A learning rate: as :func:`number`, with a decimal point where it would look like a count: 1.0."""
    text = number(value)
    return f"{text}.0" if text.isdigit() else text


def literal(value: float) -> str:
    """Three significant digits as Python takes them: no grouping, no typographic minus."""
    text = number(value).replace(",", "").replace("−", "-")
    return f"{text}.0" if text.lstrip("-").isdigit() else text


def first_and_more(names: tuple[str, ...]) -> str:
    """The first name and how many there are besides: ``a and 2 more variables``."""
    more = len(names) - 1
    return names[0] + (f" and {more} more variable{'s' if more > 1 else ''}" if more else "")


def more(count: int, thing: str) -> str:
    """What there is besides: ``1 more layer``, ``3 more layers``."""
    return f"{count} more {thing}{'' if count == 1 else 's'}"


def keras_call(optimizer: Mapping[str, Any] | None, argument: str, value: float) -> str | None:
    """The optimizer that was used, with one argument set, as code between backticks; ``None``: it is not Keras's."""
    kind = "" if optimizer is None else str(optimizer.get("class", ""))
    return f"`tf.keras.optimizers.{kind}(…, {argument}={literal(value)})`" if kind in KERAS else None


def lowered(summary: str, names: tuple[str, ...]) -> str:
    """A sentence as it goes on after a colon: its first word small, unless it is a name or no ordinary word."""
    first = summary.split(" ", 1)[0]
    ordinary = first.isalpha() and first.istitle() and first not in names
    return summary[0].lower() + summary[1:] if ordinary else summary
