"""The thresholds of a rule can be listed, and changed for one caller without changing them for another."""

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType

import numpy as np
import pytest

from tb_convergence.diagnose import parts
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import RULES
from tb_convergence.diagnose.parts.high_learning_rate import long_steps, survived_steps
from tb_convergence.diagnose.rules import dead_units, high_learning_rate, low_learning_rate, overfitting
from tb_convergence.diagnose.rules.rule import Clear, Found, Rule
from tb_convergence.diagnose.thresholds import files, thresholds, with_thresholds
from tests.diagnose.runs import FAULTY


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_every_threshold_is_a_number_with_a_meaning(rule: Rule) -> None:
    """So that it can be listed; a default is what the rule's files say."""
    for name, found in thresholds(rule).items():
        assert name == found.name == name.lower()
        assert {getattr(file, name.upper(), found.default) for file in files(rule)} == {found.default}
        assert type(found.default) in (int, float)
        assert found.meaning, f"{rule.id}: {name} has no sentence below it"


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_the_same_thresholds_give_the_same_rule(rule: Rule) -> None:
    """A copy answers what the original answers, on faults and health."""
    copy = with_thresholds(rule, {name: found.default for name, found in thresholds(rule).items()})
    for _, run in list(FAULTY.values())[:3]:
        context = Context(run(1))
        with np.errstate(all="ignore"):
            assert repr(copy.check(context)) == repr(rule.check(context))


def test_derived_constants_follow() -> None:
    """What is not a plain number in the file is one all the same."""
    assert thresholds(low_learning_rate.RULE)["little"].default == pytest.approx(-np.log(0.95))


def test_another_threshold_decides_otherwise() -> None:
    """And the rule that everybody shares does not change."""
    context = Context(FAULTY["relu killed"][1](1))
    strict = with_thresholds(dead_units.RULE, {"dead": 2.0})
    assert isinstance(dead_units.RULE.check(context), Found)
    assert isinstance(strict.check(context), Clear)
    assert isinstance(dead_units.RULE.check(context), Found)
    assert dead_units.DEAD == 0.9


def test_no_threshold_gives_the_rule_itself() -> None:
    """Nothing is copied where nothing changes."""
    assert with_thresholds(dead_units.RULE, {}) is dead_units.RULE


def test_of_two_in_one_line_each_can_be_set() -> None:
    """The other one keeps its value."""
    known = thresholds(overfitting.RULE)
    assert known["gap"].default == overfitting.GAP
    assert known["gap"].meaning == known["good"].meaning
    copy = with_thresholds(overfitting.RULE, {"good": 0.5})
    names = copy.check.__globals__
    assert (names["GAP"], names["GOOD"]) == (overfitting.GAP, 0.5)


def test_rule_and_parts_share_one_constant() -> None:
    """It stands in one of them, and is set in all."""
    assert thresholds(high_learning_rate.RULE)["huge_ratio"].default == long_steps.HUGE_RATIO
    copy = with_thresholds(high_learning_rate.RULE, {"huge_ratio": 0.5, "downhill": 0.25, "wild": 0.75})
    names = copy.check.__globals__
    assert (names["HUGE_RATIO"], names["DOWNHILL"]) == (0.5, 0.25)
    inner = names["survived"].__globals__
    assert (inner["HUGE_RATIO"], inner["WILD"]) == (0.5, 0.75)
    assert inner["of_ratio"].__globals__["HUGE_RATIO"] == 0.5
    assert (long_steps.HUGE_RATIO, survived_steps.WILD) == (0.1, 0.3)


def _reached(rule: Rule, check: Callable[..., object]) -> tuple[set[str], set[str]]:
    """The files of ``rule`` that ``check`` gets to, and what it takes from them as everybody shares it."""
    own = {file.__name__: file for file in files(rule)}
    left, seen, originals = [getattr(check, "__globals__")], set[str](), set[str]()  # noqa: B009 - Callable has none
    while left:
        names = left.pop()
        seen.add(names["__name__"])
        taken = [x for x in names.values() if getattr(x, "__module__", None) in own or x in own.values()]
        originals |= {x.__name__ for x in taken if x is getattr(own.get(x.__module__), x.__name__, x)}
        left += [x.__globals__ for x in taken if isinstance(x, FunctionType) and x.__module__ not in seen]
    return seen, originals


@pytest.mark.parametrize("rule", [rule for rule in RULES if len(files(rule)) > 1], ids=lambda r: r.id)
def test_a_copy_reaches_every_part(rule: Rule) -> None:
    """No function of a copy calls one of the original, which would see the defaults; the original itself does."""
    every = {file.__name__ for file in files(rule)}
    assert _reached(rule, with_thresholds(rule, {next(iter(thresholds(rule))): 1}).check) == (every, set())
    seen, originals = _reached(rule, rule.check)
    assert seen == every
    assert "check" in originals


def test_every_part_belongs_to_a_rule() -> None:
    """Its folder is named for one, of which it is a file; else its thresholds would be listed nowhere."""
    folder = Path(parts.__path__[0])
    there = {f"{parts.__name__}.{path.parent.name}.{path.stem}" for path in folder.glob("*/[a-z]*.py")}
    assert there == {file.__name__ for rule in RULES for file in files(rule)[:-1]}


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_no_name_stands_twice(rule: Rule) -> None:
    """Of two constants with one name only one could be set."""
    names = [name for file in files(rule) for name in _constants(file)]
    assert sorted(names) == sorted(set(names))


def _constants(file: ModuleType) -> list[str]:
    statements = ast.parse(inspect.getsource(file)).body
    targets = [node for s in statements if isinstance(s, ast.Assign) for t in s.targets for node in ast.walk(t)]
    return [node.id for node in targets if isinstance(node, ast.Name) and node.id.isupper() and node.id != "RULE"]
