"""``tb-convergence check MODULE:FUNCTION``."""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from tb_convergence.check.result import GradientCheck
from tb_convergence.cli.selected import UsageError
from tb_convergence.report.numbers import encoded, plain

RIGHT, WRONG = 0, 1  # exit codes
METHODS = ("auto", "forward", "difference", "tape")
_EXPECTED = "it must return (loss_fn, variables) or (loss_fn, variables, grads)"
SCHEMA = 1


def run(arguments: Namespace) -> int:
    """Prints the verdict on each gradient; 1 when one is wrong.

    Raises:
      UsageError: there is no such function, it returns something else, or the check cannot be made.
    """
    subject = _returned(arguments.function)
    try:
        found = _check_gradients()(*subject, method=arguments.method)
    except Exception as error:  # most of it is the caller's own loss
        raise UsageError(f"{arguments.function} cannot be checked: {_told(error)}") from error
    sys.stdout.write(FORMATS[arguments.format](found))
    return RIGHT if found.ok else WRONG


def _check_gradients() -> Callable[..., GradientCheck]:
    """Imported here: the other commands run where there is no TensorFlow.

    Raises:
      UsageError: there is none.
    """
    try:
        found: Callable[..., GradientCheck] = import_module("tb_convergence.check.gradients").check_gradients
    except ModuleNotFoundError as error:
        raise UsageError(f"check needs TensorFlow, and {error.name} is not installed here") from error
    return found


def _returned(name: str) -> Sequence[Any]:
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise UsageError(f"expected MODULE:FUNCTION, e.g. train:gradient_check, got {name!r}")
    function = getattr(_module(module_name), function_name, None)
    if not callable(function):
        raise UsageError(f"{module_name} has no function {function_name}; {_EXPECTED}")
    _check_gradients()  # so that the missing of TensorFlow is not told as an error of the function
    try:
        found = function()
    except Exception as error:
        raise UsageError(f"{name}() failed: {_told(error)}") from error
    if not isinstance(found, tuple) or len(found) not in (2, 3):
        raise UsageError(f"{name}() returned {_kind(found)}; {_EXPECTED}")
    return found


def _module(name: str) -> Any:
    """The module, looked for in the current directory first."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    missing = f"there is no module {name} in {here} or where Python looks{_as_module(name)}"
    if "/" in name:
        raise UsageError(missing)
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(missing) from error
        raise UsageError(f"{name} cannot be imported: {_told(error)}") from error
    except Exception as error:
        raise UsageError(f"{name} cannot be imported: {_told(error)}") from error


def _as_module(name: str) -> str:
    """The module that the path of a file means, as a question."""
    dotted = name.removesuffix(".py").replace("/", ".").strip(".")
    return "" if dotted == name else f"; did you mean {dotted}, with dots and without .py?"


def _told(error: BaseException) -> str:
    """One line: the kind of the error, what it says, and where it came from."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" ({Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno})"
    return f"{type(error).__name__}: {' '.join(str(error).split())}{where}"


def _kind(found: object) -> str:
    return f"{len(found)} things" if isinstance(found, tuple) else type(found).__name__


def _text(found: GradientCheck) -> str:
    return f"{found}\n"


def _json(found: GradientCheck) -> str:
    return encoded(plain({"schema": SCHEMA, "ok": found.ok, **asdict(found)}), indent=2) + "\n"


FORMATS: dict[str, Callable[[GradientCheck], str]] = {"text": _text, "json": _json}
