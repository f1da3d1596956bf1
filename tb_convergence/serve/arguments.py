"""The query string, checked: what was expected and what came."""

import math
from collections.abc import Sequence
from typing import TypeVar

from tensorboard.errors import InvalidArgumentError
from werkzeug.datastructures import MultiDict

Arguments = MultiDict[str, str]
Option = TypeVar("Option", bound=str)


def required(arguments: Arguments, name: str) -> str:
    """The argument.

    Raises:
      InvalidArgumentError: it is missing or empty.
    """
    value = arguments.get(name)
    if not value:
        raise InvalidArgumentError(f"{name} is missing; got {', '.join(sorted(arguments)) or 'no arguments'}")
    return value


def choice(arguments: Arguments, name: str, among: Sequence[Option]) -> Option:
    """One of ``among``; the first where the argument is missing.

    Raises:
      InvalidArgumentError: it is none of them.
    """
    value = arguments.get(name, among[0])
    found = next((option for option in among if option == value), None)
    if found is None:
        raise InvalidArgumentError(f"{name}: expected one of {', '.join(among)}, got {value!r}")
    return found


def count(arguments: Arguments, name: str, default: int, largest: int) -> int:
    """A whole number from 1 to ``largest``.

    Raises:
      InvalidArgumentError: it is not.
    """
    text = arguments.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= largest):
        raise InvalidArgumentError(f"{name}: expected a whole number from 1 to {largest}, got {text[:80]!r}")
    return int(text)


def step(arguments: Arguments, name: str) -> float | None:
    """A step, which need not be whole: a zoomed axis ends anywhere. ``None``: not given.

    Raises:
      InvalidArgumentError: it is not a finite number.
    """
    text = arguments.get(name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidArgumentError(f"{name}: expected a step, got {text[:80]!r}")
    return value
