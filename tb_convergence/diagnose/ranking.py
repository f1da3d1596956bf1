"""In which order findings are told, and which explains which: causes before consequences, early before late."""

from dataclasses import replace
from functools import partial

import numpy as np

from tb_convergence.diagnose.causes import MADE_BY_STEPS, PACE, STATES, SYMPTOMS, explains, precedence
from tb_convergence.diagnose.finding import Finding, Severity

SLACK = 3
"""Rows by which a consequence may seem to begin before its cause, since estimates look back over a few steps."""

GUESS = 0.5
"""Confidence below which a finding says that it may well be otherwise: it comes after what is sure."""

_SEVERITIES = list(Severity)


def ranked(findings: list[Finding], first_step: int) -> tuple[Finding, ...]:
    """Causes first, by severity, what is sure before guesses, by onset and precedence; then their consequences."""
    explained = [replace(f, explained_by=_cause(f, findings, first_step)) for f in findings]
    order = sorted(explained, key=partial(_key, first_step=first_step))
    return tuple(replace(f, rank=i) for i, f in enumerate(order, start=1))


def _after(finding: Finding) -> tuple[bool, bool, bool]:
    """What comes after others of its severity: symptoms that are only worth knowing, guesses, and what speaks of pace.

    What is learned matters before how fast, unless it is a guess beside a pace that is sure.
    """
    told = finding.severity is Severity.INFO
    return told and finding.id in SYMPTOMS, finding.confidence < GUESS, told and finding.id in PACE


def _born(finding: Finding, first_step: int) -> bool:
    """Whether it was there before the first step, whose doing it cannot be."""
    return finding.id in STATES and finding.onset_step == first_step


def _key(finding: Finding, first_step: int) -> tuple[bool, int, tuple[bool, bool, bool], float, int]:
    timeless = np.inf if finding.severity is Severity.INFO else -1.0  # of what is only worth knowing the dated is surer
    onset = timeless if finding.onset_step is None else float(finding.onset_step - _born(finding, first_step))
    return (
        finding.explained_by is not None,
        _SEVERITIES.index(finding.severity),
        _after(finding),
        onset,
        precedence(finding.id),
    )


def _cause(finding: Finding, findings: list[Finding], first_step: int) -> str | None:
    """The deepest cause that is there, begins no later, and is no consequence of this finding itself."""
    born = _born(finding, first_step)
    causes = [c for c in findings if _before(c, finding) and not (born and c.id in MADE_BY_STEPS)]
    return min(causes, key=lambda c: precedence(c.id)).id if causes else None


def _before(cause: Finding, finding: Finding) -> bool:
    if cause.severity is Severity.INFO or not explains(cause.id, finding.id):
        return False
    if finding.id in SYMPTOMS and cause.id not in SYMPTOMS:
        return True
    if cause.onset_step is None or finding.onset_step is None:
        return precedence(cause.id) < precedence(finding.id)
    if explains(finding.id, cause.id):  # either could be the cause: the earlier is
        mine, other = (cause.onset_step, precedence(cause.id)), (finding.onset_step, precedence(finding.id))
        return mine < other
    return cause.onset_step <= finding.onset_step + SLACK
