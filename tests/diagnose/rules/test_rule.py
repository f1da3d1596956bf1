"""Numbers as people write them, and rules as the house wants them."""

import importlib
from pathlib import Path

import pytest

from tb_convergence.diagnose import rules
from tb_convergence.diagnose.engine import RULES
from tb_convergence.diagnose.rules.rule import first_and_more, number, rate


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.30557, "0.306"),
        (13.6541, "13.7"),
        (1.5, "1.5"),
        (1234.0, "1,230"),
        (3e-5, "3e-05"),
        (0.0, "0"),
        (-2.0, "-2"),
        (2.5e7, "2.5e+07"),
        (0.000123, "0.000123"),
        (999.9, "1,000"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    """No more than anyone reads."""
    assert number(value) == text


def test_a_rate_of_one_is_not_a_count() -> None:
    """1.0, and 0.5 as it is."""
    assert (rate(1.0), rate(0.5), rate(1e-5)) == ("1.0", "0.5", "1e-05")


def test_names_are_counted() -> None:
    """The first is named; the others are many, or one."""
    found = [first_and_more(names) for names in (("a",), ("a", "b"), ("a", "b", "c"))]
    assert found == ["a", "a and 1 more variable", "a and 2 more variables"]


def test_each_rule_has_a_file_named_for_it_and_a_test() -> None:
    """A finding has one name everywhere."""
    here = Path(__file__).parent
    for rule in RULES:
        name = rule.id.replace("-", "_")
        assert importlib.import_module(f"{rules.__name__}.{name}").RULE is rule
        assert (here / f"test_{name}.py").exists()
        assert rule.title
        assert rule.needs
