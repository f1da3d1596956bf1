"""The thresholds of a rule, and the same rule with other ones.

A rule's thresholds are the numeric constants of its file and of its parts, each with a sentence below it: that keeps
rules readable. Its parts are the files of ``parts/<its name>/`` that the rule, or another of its parts, imports. Other
numbers give another copy of all these files' functions; the rules that everybody shares stay as they are.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from tb_convergence.diagnose import parts
from tb_convergence.diagnose.rules.rule import Rule

Number = float | int


@dataclass(frozen=True, slots=True)
class Threshold:
    """One constant that a rule holds a number against.

    Attributes:
      name: as in a settings file: lower case.
      default: of this version.
      meaning: unit, source and reason, from where it stands; may be empty.
    """

    name: str
    default: Number
    meaning: str


@cache
def thresholds(rule: Rule) -> Mapping[str, Threshold]:
    """Name → threshold, in the order of the rule's file, then of its parts."""
    found = {}
    for module in reversed(files(rule)):
        for name, meaning in _constants(_tree(module)):
            value = getattr(module, name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                plain = value.item() if hasattr(value, "item") else value
                found[name.lower()] = Threshold(name.lower(), plain, meaning)
    return found


def with_thresholds(rule: Rule, values: Mapping[str, Number]) -> Rule:
    """The rule with other thresholds, by name; the rule that was given does not change."""
    return _copied(rule, tuple(sorted(values.items()))) if values else rule


def files(rule: Rule) -> tuple[ModuleType, ...]:
    """The files that a rule is made of: its parts, each before those that import it, and its own."""
    module = sys.modules[rule.check.__module__]
    return _with_parts(module, f"{parts.__name__}.{module.__name__.rpartition('.')[2]}.")


def _with_parts(module: ModuleType, folder: str) -> tuple[ModuleType, ...]:
    own = [sys.modules[name] for name in map(_imported, _tree(module).body) if name.startswith(folder)]
    return tuple(dict.fromkeys([*(file for part in own for file in _with_parts(part, folder)), module]))


@cache
def _copied(rule: Rule, values: tuple[tuple[str, Number], ...]) -> Rule:
    wanted, copies = {name.upper(): value for name, value in values}, dict[str, ModuleType]()
    for module in files(rule):
        copies[module.__name__] = _copy(module, wanted, copies)
    found = copies[rule.check.__module__].RULE
    assert isinstance(found, Rule)
    return found


def _copy(module: ModuleType, wanted: Mapping[str, Number], copies: Mapping[str, ModuleType]) -> ModuleType:
    """The file with other constants, and with the copies of what it imports where there are such."""
    copy, tree = ModuleType(module.__name__), _tree(module)
    copy.__file__ = module.__file__
    for statement in tree.body:  # in the source, so that what the file derives from a constant follows it
        names = _assigned(statement)
        if wanted.keys() & set(names) and isinstance(statement, ast.Assign | ast.AnnAssign):
            statement.value = _with(statement, names, wanted)
        if isinstance(statement, ast.ImportFrom) and _imported(statement) in copies:
            source = copies[_imported(statement)]
            vars(copy).update({item.asname or item.name: getattr(source, item.name) for item in statement.names})
    tree.body = [statement for statement in tree.body if _imported(statement) not in copies]
    exec(compile(tree, str(module.__file__), "exec"), vars(copy))
    return copy


def _imported(statement: ast.stmt) -> str:
    """The file from which a statement takes names; empty: it takes none."""
    return statement.module or "" if isinstance(statement, ast.ImportFrom) else ""


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each public constant of a file and the text below it."""
    for statement, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        for name in _assigned(statement):
            if name.isupper() and not name.startswith("_"):
                yield name, _text(following)


def _assigned(statement: ast.stmt) -> tuple[str, ...]:
    """Names that a statement gives values to, of one or, as in ``NEAR, FAR = 1.0, 2.0``, of several."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    if len(targets) != 1:
        return ()
    names = targets[0].elts if isinstance(targets[0], ast.Tuple) else targets
    return tuple(name.id for name in names if isinstance(name, ast.Name))


def _with(statement: ast.Assign | ast.AnnAssign, names: tuple[str, ...], wanted: Mapping[str, Number]) -> ast.expr:
    """What the statement is to assign."""
    assert statement.value is not None, names
    given = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
    values = [
        ast.copy_location(ast.Constant(wanted[name]), statement) if name in wanted else value
        for name, value in zip(names, given, strict=True)
    ]
    if len(names) == 1:
        return values[0]
    return ast.copy_location(ast.Tuple(values, ast.Load()), statement)


def _text(statement: ast.stmt | None) -> str:
    value = statement.value if isinstance(statement, ast.Expr) else None
    said = value.value if isinstance(value, ast.Constant) else ""
    return " ".join(said.split()) if isinstance(said, str) else ""
