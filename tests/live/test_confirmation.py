"""A finding of a run that grows is raised when two looks agree, and once; one of too little progress when it lasts."""

from dataclasses import replace

import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Diagnosis, Finding, Severity
from tb_convergence.live.confirmation import JUDGED_BY_PROGRESS, Seen
from tests.diagnose.simulate import parabola, sgd

LEVELS = {"e": Severity.ERROR, "w": Severity.WARNING, "i": Severity.INFO}
(FINDING,) = diagnose(parabola(sgd(1.5), 30)).findings[:1]


def look(answer: str, rows: int, *, name: str = "x", run: str = "run") -> Diagnosis:
    """What one look says: a finding of this gravity, or ``-``."""
    found = () if answer == "-" else (replace(FINDING, id=name, severity=LEVELS[answer]),)
    return replace(diagnose(parabola(sgd(1.5), 30)), run=run, findings=found, recorded=rows)


def raised(answers: str, name: str = "x") -> str:
    """At which look what is raised, a character each; looks are one step apart."""
    seen, told = Seen(), list[str]()
    for rows, answer in enumerate(answers, start=1):
        seen, now = seen.after(look(answer, rows, name=name))
        told.append("".join(f.severity[0] for f in now) or "-")
    return "".join(told)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("e", "-"),
        ("ee", "-e"),
        ("eeee", "-e--"),
        ("e-e-e", "-----"),
        ("e-ee", "---e"),
        ("wwee", "-w-e"),
        ("iiww", "-i-w"),
        ("eeww", "-e--"),
        ("wew", "--w"),
        ("", ""),
    ],
)
def test_two_looks_in_a_row_must_agree(answers: str, told: str) -> None:
    """At least as grave; graver ones are raised again, milder ones are not."""
    assert raised(answers) == told


@pytest.mark.parametrize("name", sorted(JUDGED_BY_PROGRESS))
def test_what_is_judged_by_progress_must_last(name: str) -> None:
    """Four times as many steps as when it was first seen, in every look."""
    assert raised("eeeeee", name) == "---e--"
    assert raised("-eeeeeeee", name) == "-------e-"
    assert raised("eee-eee", name) == "-------"


def test_the_last_look_needs_no_second() -> None:
    """Nothing comes after it."""
    _, now = Seen().after(look("w", 1, name="loss-plateau"), final=True)
    assert [f.severity for f in now] == [Severity.WARNING]


def test_runs_are_looked_at_each_for_itself() -> None:
    """One stream does not confirm what another shows, nor forget it."""
    seen, told = Seen(), list[Finding]()
    for rows, run in enumerate(("a", "b", "a"), start=1):
        seen, now = seen.after(look("e", rows, run=run))
        told += now
    assert len(told) == 1
