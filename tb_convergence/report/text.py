"""Diagnoses for the terminal: the verdict first, then the ranked findings, then what else was checked."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tb_convergence.diagnose.finding import Diagnosis, Finding, NotFound, Severity
from tb_convergence.report.json import Reported, title
from tb_convergence.report.numbers import known, text

WIDTH = 100  # columns; longer lines are hard to read, and terminals side by side are no wider
_UNBROKEN = "\N{NO-BREAK SPACE}"
_WHY = "Why a finding does not apply to a run: `--run NAME` for one run alone, or `--format json`."
_SHOWN = 5  # variables named before "and n more"
_COLOURS = {"error": "31", "warning": "33", "info": "36", "bold": "1", "dim": "2"}  # SGR codes of any terminal


@dataclass(frozen=True, slots=True)
class Page:
    """How to write: ``width`` in columns, whether the terminal shows colours, whether reasons are given."""

    width: int = WIDTH
    colour: bool = False
    reasons: bool = True

    def paint(self, content: str, role: str) -> str:
        """``content`` in the colour of a severity, bold or dim."""
        return f"\x1b[{_COLOURS[role]}m{content}\x1b[0m" if self.colour and content else content

    def wrapped(self, content: str, first: str = "", rest: str | None = None) -> str:
        """A paragraph with ``first`` before its first line and ``rest`` (as wide, blank) before the others."""
        content = _plain(content, self.width - len(first))
        rest = " " * len(first) if rest is None else rest
        return textwrap.fill(
            content,
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        ).replace(_UNBROKEN, " ")


def _plain(content: str, width: int) -> str:
    """Without the backticks around code, which is not broken where it fits into a line, nor is ``5 %``."""

    def code(match: re.Match[str]) -> str:
        return match[1].replace(" ", _UNBROKEN) if len(match[1]) < width - 4 else match[1]

    return re.sub(r"(?<=\d) %", f"{_UNBROKEN}%", re.sub(r"`([^`]+)`", code, content))


def terminal(reported: Sequence[Reported], page: Page) -> str:
    """All runs. Of several with an overview first, and without the reasons of what does not apply: pages of them."""
    if len(reported) <= 1:
        return "\n\n".join(_run(item, page) for item in reported) + "\n"
    brief = replace(page, reasons=False)
    overview = _overview([item.diagnosis for item in reported], page)
    return "\n\n".join([overview, *(_run(item, brief) for item in reported), page.wrapped(_WHY)]) + "\n"


def _overview(diagnoses: Sequence[Diagnosis], page: Page) -> str:
    longest = max(len(d.run) for d in diagnoses)
    return "\n".join(f"{d.run:<{longest}}  {d.outcome:<19}  {_first(d)}"[: page.width] for d in diagnoses)


def _first(diagnosis: Diagnosis) -> str:
    """The finding to look at first, in a word; what is only worth knowing is marked, for nothing is wrong with it."""
    if not diagnosis.findings:
        return "nothing found"
    first = diagnosis.findings[0]
    return title(first.id) + (" (info)" if first.severity is Severity.INFO else "")


def _run(item: Reported, page: Page) -> str:
    diagnosis = item.diagnosis
    parts = [
        _heading(diagnosis, page),
        *(page.paint(page.wrapped(note.text, f"  {note.severity}: "), note.severity) for note in item.notes),
        *(_finding(finding, diagnosis.findings, page) for finding in diagnosis.findings),
        "\n".join(_checked(diagnosis, page)),
    ]
    return "\n\n".join(part for part in parts if part)


def _heading(diagnosis: Diagnosis, page: Page) -> str:
    steps = "nothing recorded"
    if diagnosis.first_step is not None:
        steps = f"steps {diagnosis.first_step} to {diagnosis.last_step}, {diagnosis.recorded} recorded"
    name = page.paint(diagnosis.run, "bold")
    outcome = page.paint(str(diagnosis.outcome).upper(), _worst(diagnosis.findings) or "bold")
    return f"{name}   {outcome}   {page.paint(steps, 'dim')}\n{page.wrapped(diagnosis.verdict, '  ')}"


def _worst(findings: Iterable[Finding]) -> str | None:
    found = {str(finding.severity) for finding in findings}
    return next((str(severity) for severity in Severity if str(severity) in found), None)


def _finding(finding: Finding, among: Sequence[Finding], page: Page) -> str:
    indent = "     "
    lines = [_finding_heading(finding, among, page), page.wrapped(finding.summary, indent)]
    if finding.variables:
        lines.append(page.wrapped(_names(finding.variables), f"{indent}where     "))
    if numbers := [f"{name.replace('_', ' ')} {text(v)}" for name, v in finding.evidence.items() if known(v)]:
        lines.append(page.wrapped(", ".join(numbers), f"{indent}evidence  "))
    advice = (*_first_of_all(finding, among), *finding.advice)
    lines += [page.wrapped(what, f"{indent}{'do' if i == 0 else '':<8}→ ") for i, what in enumerate(advice)]
    if finding.expect:
        lines.append(page.wrapped(finding.expect, f"{indent}then      "))
    return "\n".join(lines)


def _finding_heading(finding: Finding, among: Sequence[Finding], page: Page) -> str:
    about = [str(finding.severity)]
    if finding.onset_step is not None:
        about.append(f"from step {finding.onset_step}")
    about.append(f"{100.0 * finding.confidence:.0f} % sure")
    if finding.explained_by:
        about.append(f"a consequence of {_reference(finding.explained_by, among)}")
    name, rest = f"  {finding.rank}. {title(finding.id)}", " · ".join(about)
    beside = len(name) + len(rest) + 3 <= page.width
    rest = f"   {rest}" if beside else "\n" + page.wrapped(rest, "     ")
    return page.paint(name, "bold") + page.paint(rest, str(finding.severity))


def _first_of_all(finding: Finding, among: Sequence[Finding]) -> Sequence[str]:
    """Before the advice of a consequence, which may help against it, but not against what brings it about."""
    rank = next((f.rank for f in among if f.id == finding.explained_by), None)
    return () if rank is None or not finding.advice else (f"First what {rank} says; only if this stays after that:",)


def _reference(cause: str, among: Sequence[Finding]) -> str:
    rank = next((str(f.rank) for f in among if f.id == cause), "")
    return f"{rank}, {title(cause).lower()}" if rank else title(cause).lower()


def _names(variables: Sequence[str]) -> str:
    more = len(variables) - _SHOWN
    return ", ".join(variables[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _checked(diagnosis: Diagnosis, page: Page) -> Iterable[str]:
    if diagnosis.clear:
        yield page.wrapped(", ".join(rule.id for rule in diagnosis.clear), "  checked and clear: ", "    ")
    if diagnosis.not_applicable:
        found = diagnosis.not_applicable
        listed = _reasons(found) if page.reasons else ", ".join(rule.id for rule in found)
        yield page.wrapped(listed, "  not applicable: ", "    ")
    if diagnosis.not_enough_evidence:
        yield page.wrapped(_reasons(diagnosis.not_enough_evidence), "  not enough evidence: ", "    ")


def _reasons(rules: Sequence[NotFound]) -> str:
    return "; ".join(f"{rule.id} ({rule.reason})" if rule.reason else rule.id for rule in rules)
