"""Rules as the house wants them."""

import importlib
from pathlib import Path

from tb_convergence.diagnose import rules
from tb_convergence.diagnose.engine import RULES


def test_each_rule_has_a_file_named_for_it_and_a_test() -> None:
    """A finding has one name everywhere."""
    here = Path(__file__).parent
    for rule in RULES:
        name = rule.id.replace("-", "_")
        assert importlib.import_module(f"{rules.__name__}.{name}").RULE is rule
        assert (here / f"test_{name}.py").exists()
        assert rule.title
        assert rule.needs
