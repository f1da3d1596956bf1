"""The thresholds of a rule can be listed, and changed for one caller without changing them for another."""

import sys

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import RULES
from tb_convergence.diagnose.rules import dead_units, low_learning_rate, overfitting
from tb_convergence.diagnose.rules.rule import Clear, Found, Rule
from tb_convergence.diagnose.thresholds import thresholds, with_thresholds
from tests.diagnose.runs import FAULTY


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_every_threshold_is_a_number_with_a_meaning(rule: Rule) -> None:
    """So that it can be listed; a default is what the rule's file says."""
    for name, found in thresholds(rule).items():
        assert name == found.name == name.lower()
        assert found.default == getattr(sys.modules[rule.check.__module__], name.upper())
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
