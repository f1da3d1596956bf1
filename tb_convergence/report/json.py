"""Diagnoses as JSON: what ``./diagnosis`` answers and ``tb-convergence diagnose --format json`` prints.

A public contract: see ``serve/http_api.md``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tb_convergence.diagnose.engine import TITLES
from tb_convergence.diagnose.finding import Diagnosis, Finding, NotFound
from tb_convergence.report.numbers import Json, plain
from tb_convergence.series import Note

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Reported:
    """A diagnosis, with what is to be said about the data that it was made from."""

    diagnosis: Diagnosis
    notes: tuple[Note, ...] = ()


def document(reported: Iterable[Reported]) -> Json:
    """The whole answer."""
    return {"schema": SCHEMA, "runs": [_run(item) for item in reported]}


def title(finding: str) -> str:
    """A finding's heading: ``high-learning-rate`` → ``Learning rate too high``; the id in words where there is none."""
    return TITLES.get(finding, finding.replace("-", " ").capitalize())


def _run(item: Reported) -> Json:
    diagnosis = item.diagnosis
    return {
        "run": diagnosis.run,
        "outcome": str(diagnosis.outcome),
        "verdict": diagnosis.verdict,
        "steps": {"first": diagnosis.first_step, "last": diagnosis.last_step, "recorded": diagnosis.recorded},
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "clear": [rule.id for rule in diagnosis.clear],
        "not_applicable": _reasons(diagnosis.not_applicable),
        "not_enough_evidence": _reasons(diagnosis.not_enough_evidence),
        "notes": [{"severity": note.severity, "text": note.text} for note in item.notes],
    }


def _finding(finding: Finding) -> Json:
    return {
        "id": finding.id,
        "title": title(finding.id),
        "severity": str(finding.severity),
        "rank": finding.rank,
        "confidence": plain(finding.confidence),
        "variables": list(finding.variables),
        "onset_step": plain(finding.onset_step),
        "evidence": plain(finding.evidence),
        "summary": finding.summary,
        "advice": list(finding.advice),
        "expect": finding.expect,
        "explained_by": finding.explained_by,
    }


def _reasons(rules: Sequence[NotFound]) -> Json:
    return [{"id": rule.id, "reason": rule.reason} for rule in rules]
