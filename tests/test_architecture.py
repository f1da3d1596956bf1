"""Each room imports only the rooms and libraries that the map allows; the checks are shown to be able to fail."""

import ast
import graphlib
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "tb_convergence"

# room: (rooms it may import, libraries it may import)
MAP: dict[str, tuple[set[str], set[str]]] = {
    "schema": (set(), {"numpy"}),
    "series": ({"schema"}, {"numpy"}),
    "record": ({"schema"}, {"numpy", "tensorflow"}),
    "live": ({"schema", "series", "read", "record", "diagnose", "settings"}, {"numpy", "tensorflow"}),
    "callback": ({"record", "schema", "live"}, {"numpy", "tensorflow"}),
    "check": ({"schema", "record"}, {"numpy", "tensorflow"}),
    "read": (
        {"schema", "series"},
        {"numpy", "tensorboard", "google"},
    ),  # google.protobuf: TensorBoard's own event format
    "diagnose": ({"schema", "series"}, {"numpy"}),
    "settings": ({"diagnose"}, set()),
    "logdir": ({"read", "diagnose", "settings"}, set()),
    "report": ({"series", "diagnose"}, {"numpy"}),
    "serve": ({"series", "read", "diagnose", "report", "schema", "settings"}, {"numpy", "tensorboard", "werkzeug"}),
    "cli": ({"series", "read", "diagnose", "report", "check", "settings"}, set()),
    "__main__": ({"cli"}, set()),
}
# TensorBoard exits when a plugin's loader cannot be imported, so the loader imports the plugin inside load().
# The package root must not import TensorFlow, but has to observe it from the first tape on: early.py waits for it.
# `tb-convergence check` needs TensorFlow and the user's own module; the other commands run without either.
# `tb_convergence.diagnose(logdir)` calls the room of that name, which reads no files: it hands on to logdir.py.
MAY_HIDE = {"serve/loader.py", "record/early.py", "cli/check.py", "diagnose/__init__.py"}
VAGUE = {"utils", "util", "common", "helpers", "helper", "misc"}


def _room(path: pathlib.Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def _files() -> list[pathlib.Path]:
    return [p for p in sorted(PACKAGE.rglob("*.py")) if p != PACKAGE / "__init__.py"]


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def violations(room: str, source: str, *, may_hide: bool = False) -> list[str]:
    """What a file with this source in this room does that the map forbids."""
    tree = ast.parse(source)
    rooms, libraries = MAP[room]
    found = []
    for name in _imports(tree):
        top, *rest = name.split(".")
        if not top:
            found.append(f"relative import {name}: write it in full")
        elif top == PACKAGE.name:
            if rest and rest[0] not in rooms | {room}:
                found.append(f"{room} must not import {name}")
        elif top not in sys.stdlib_module_names and top not in libraries:
            found.append(f"{room} must not import {name}")
    return found if may_hide else found + list(_hidden(tree))


def _hidden(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            yield from (f"hidden import in line {n.lineno}" for n in inner)
        if isinstance(node, ast.Call) and _called(node) in {"__import__", "import_module"}:
            yield f"hidden import in line {node.lineno}"


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def imports_of(path: pathlib.Path) -> set[str]:
    """The package's own files that a file imports, by name; ``from a import b`` is of ``a.b`` where that is a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in below if name in _NAMES} or {node.module or ""}
    return found & _NAMES


def circle(files: dict[str, set[str]]) -> list[str]:
    """A circle of files that import one another; empty: there is none."""
    try:
        list(graphlib.TopologicalSorter(files).static_order())
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def _name(path: pathlib.Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


_NAMES = {_name(path) for path in _files()}


def vague(path: pathlib.PurePath) -> bool:
    """Whether a file or one of its folders is named for nothing."""
    return bool(VAGUE & set(path.with_suffix("").parts))


def runs_without(module: str, code: str) -> bool:
    """Whether a fresh interpreter that runs ``code`` ends without having imported ``module``."""
    probe = f"import sys; {code}; sys.exit({module!r} in sys.modules)"
    return (
        subprocess.run([sys.executable, "-c", probe], cwd=ROOT, stderr=subprocess.DEVNULL, check=False).returncode == 0
    )


def runs_when_missing(module: str, code: str) -> bool:
    """Whether ``code`` runs in an interpreter in which ``module`` cannot be imported."""
    probe = f"import sys; sys.modules[{module!r}] = None; {code}"
    return (
        subprocess.run([sys.executable, "-c", probe], cwd=ROOT, stderr=subprocess.DEVNULL, check=False).returncode == 0
    )


def test_the_map_names_every_room() -> None:
    """A new room must be entered in the map before it can hold a file."""
    assert set(MAP) == {_room(path) for path in _files()}


@pytest.mark.parametrize("path", _files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_imports_only_what_the_map_allows(path: pathlib.Path) -> None:
    """Imports run in one direction, at the top of the file."""
    may_hide = path.relative_to(PACKAGE).as_posix() in MAY_HIDE
    assert violations(_room(path), path.read_text(), may_hide=may_hide) == []


def _arrows() -> Iterator[tuple[str, str]]:
    for room, (rooms, _) in MAP.items():
        yield from ((room, other) for other in MAP if other != room and other not in rooms)


@pytest.mark.parametrize(("room", "other"), list(_arrows()))
def test_each_forbidden_arrow_would_be_seen(room: str, other: str) -> None:
    """The check above can fail: every arrow that the map lacks is reported."""
    assert violations(room, f"from tb_convergence.{other} import anything")
    assert violations(room, f"import tb_convergence.{other}.deep")


@pytest.mark.parametrize("room", ["schema", "series", "read", "diagnose", "report", "serve", "cli"])
def test_tensorflow_outside_the_recorder_would_be_seen(room: str) -> None:
    """Only what runs in the training process may import TensorFlow."""
    assert violations(room, "import tensorflow as tf")


def test_a_hidden_import_would_be_seen() -> None:
    """An import inside a function, or through importlib, is reported."""
    assert violations("diagnose", "def f():\n    import json")
    assert violations("report", "import importlib\nimportlib.import_module('tensorflow')")
    assert violations("cli", "from importlib import import_module\nimport_module('tensorflow')")


def test_a_relative_import_would_be_seen() -> None:
    """Imports are written in full."""
    assert violations("read", "from . import anything")


def test_no_files_import_one_another() -> None:
    """Each file stands on those that it imports, down to some that import none; a circle would be seen."""
    assert circle({_name(path): imports_of(path) for path in _files()}) == []
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


PARTS = "tb_convergence.diagnose.parts"


def of_a_part(path: pathlib.Path) -> list[str]:
    """What a file imports of a rule's parts in another way than ``from …parts.<rule>.<part> import name``."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith(PARTS)]
        elif isinstance(node, ast.ImportFrom):
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name for name in below if name.startswith(PARTS) and name.count(".") < PARTS.count(".") + 3]
    return found


def test_names_are_taken_from_a_part_one_by_one(tmp_path: pathlib.Path) -> None:
    """So that a copy of a rule with other thresholds gets those of the copied part."""
    rules = [path for path in _files() if {"rules", "parts"} & set(path.relative_to(PACKAGE).parts)]
    assert [path for path in rules if of_a_part(path)] == []
    for wrong in (f"import {PARTS}.a.b", f"from {PARTS}.a import b", f"from {PARTS} import a"):
        (tmp_path / "wrong.py").write_text(wrong)
        assert of_a_part(tmp_path / "wrong.py")


def test_no_file_is_named_for_nothing() -> None:
    """Nothing is called utils, common, helpers or misc."""
    assert [p for p in _files() if vague(p.relative_to(PACKAGE))] == []
    assert vague(pathlib.PurePath("read/utils.py"))
    assert vague(pathlib.PurePath("common/loader.py"))


@pytest.mark.parametrize(
    "entry",
    ["tb_convergence", "tb_convergence.serve.loader", "tb_convergence.serve.plugin", "tb_convergence.cli.main"],
)
def test_the_viewer_does_not_import_tensorflow(entry: str) -> None:
    """TensorBoard starts quickly, and on machines without TensorFlow."""
    assert runs_without("tensorflow", f"import {entry}")


def test_the_package_root_imports_neither_side() -> None:
    """``import tb_convergence`` costs nothing until a name is used."""
    assert runs_without("tensorboard", "import tb_convergence")
    assert runs_without("numpy", "import tb_convergence")


def test_the_recorder_needs_no_tensorboard() -> None:
    """TensorFlow 2.21 no longer brings TensorBoard; the training process does without."""
    assert runs_when_missing("tensorboard", "import tb_convergence; tb_convergence.log_step")
    assert runs_when_missing("tensorboard", "import tb_convergence; tb_convergence.start")
    assert runs_when_missing("tensorboard", "import tb_convergence; tb_convergence.check_gradients")
    assert not runs_when_missing("tensorflow", "import tb_convergence; tb_convergence.log_step")


def test_an_eager_tensorflow_import_would_be_seen() -> None:
    """The probe can fail: it sees TensorFlow where the recorder is used."""
    assert not runs_without("tensorflow", "import tb_convergence; tb_convergence.log_step")
