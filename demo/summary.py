"""The table at the end of the demo: scenario → outcome, first finding, its numbers, and whether that is as named."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from demo.scenario import Scenario
from tb_convergence.diagnose.finding import Diagnosis, Finding, Severity

HEALTHY = "healthy"
HARMLESS = {"oscillating-updates"}  # the broken run converges: it carries information only
WIDTH = 100  # columns
INDENT = " " * 4


@dataclass(frozen=True)
class Row:
    """One run. ``as_named``: it was diagnosed as its scenario says."""

    run: str
    outcome: str
    found: str
    numbers: str
    as_named: bool


def rows(scenario: Scenario, broken: Diagnosis, repaired: Diagnosis) -> list[Row]:
    """The rows of a scenario and of its twin."""
    return [
        _row(broken, _is_as_named(scenario, broken)),
        _row(repaired, not _alarms(repaired)),
    ]


def _alarms(diagnosis: Diagnosis) -> list[Finding]:
    return [f for f in diagnosis.findings if f.severity is not Severity.INFO]


def _is_as_named(scenario: Scenario, broken: Diagnosis) -> bool:
    """The named finding is raised, and it is first or a consequence of the first."""
    if scenario.id == HEALTHY:
        return not _alarms(broken)
    chain = _chain(broken)
    harmless = scenario.id in HARMLESS
    return any(f.id == scenario.id for f in chain) and (not _alarms(broken) if harmless else bool(_alarms(broken)))


def _chain(diagnosis: Diagnosis) -> list[Finding]:
    """The first finding, then those that it explains."""
    if not diagnosis.findings:
        return []
    first, *others = diagnosis.findings
    chain = [first]
    for finding in others:
        if any(finding.explained_by == cause.id for cause in chain):
            chain.append(finding)
    return chain


def _row(diagnosis: Diagnosis, as_named: bool) -> Row:
    chain = _chain(diagnosis)
    if not chain:
        return Row(diagnosis.run, diagnosis.outcome, "nothing found", "", as_named)
    marks = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
    found = f"{marks[chain[0].severity]}: " + " → ".join(f.id for f in chain)
    return Row(diagnosis.run, diagnosis.outcome, found, chain[0].summary, as_named)


def table(found: Sequence[Row]) -> str:
    """The rows as text: a line of columns for each run, and below it the summary with its numbers."""
    lines = [f"{'run':<30} {'outcome':<13} {'as named':<9} first finding → its consequences", "─" * WIDTH]
    for row in found:
        lines.append(f"{row.run:<30} {row.outcome:<13} {'yes' if row.as_named else 'NO':<9} {row.found}")
        lines += textwrap.wrap(row.numbers, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    named = sum(row.as_named for row in found)
    return "\n".join([*lines, "", f"{named} of {len(found)} runs diagnosed as named"])
