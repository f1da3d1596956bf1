"""The kept answers are those of today's program."""

import pytest

from tests.report.golden import FOLDER, contents


@pytest.mark.parametrize("name", contents())
def test_the_kept_answer_is_todays(name: str) -> None:
    """A change of the contract shows here first; ``python -m tests.report.golden`` keeps the new one."""
    assert (FOLDER / name).read_text() == contents()[name]


def test_nothing_else_is_kept() -> None:
    """A file that no longer has a maker would test nothing."""
    assert {path.name for path in FOLDER.glob("*.json")} == set(contents())
