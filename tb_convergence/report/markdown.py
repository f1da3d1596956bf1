"""Diagnoses as Markdown, for an issue or a notebook."""

from collections.abc import Iterable, Sequence

from tb_convergence.diagnose.finding import Finding, NotFound
from tb_convergence.report.json import Reported, title
from tb_convergence.report.numbers import known, text


def markdown(reported: Iterable[Reported]) -> str:
    """One section a run."""
    return "# Convergence report\n\n" + "\n".join(_run(item) for item in reported)


def _run(item: Reported) -> str:
    diagnosis = item.diagnosis
    parts = [
        f"## {_code(diagnosis.run)}: {diagnosis.outcome}\n",
        f"{diagnosis.verdict}\n",
        _steps(item),
        *(f"> **{note.severity}**: {note.text}\n" for note in item.notes),
        *(_finding(finding) for finding in diagnosis.findings),
        _clear(diagnosis.clear),
        _reasons("Not applicable", diagnosis.not_applicable),
        _reasons("Not enough evidence", diagnosis.not_enough_evidence),
    ]
    return "\n".join(part for part in parts if part)


def _steps(item: Reported) -> str:
    diagnosis = item.diagnosis
    if diagnosis.first_step is None:
        return "Nothing was recorded.\n"
    return f"Steps {diagnosis.first_step} to {diagnosis.last_step}, {diagnosis.recorded} recorded.\n"


def _finding(finding: Finding) -> str:
    onset = "" if finding.onset_step is None else f" from step {finding.onset_step}"
    sure = f"{100.0 * finding.confidence:.0f} % sure"
    lines = [f"### {finding.rank}. {title(finding.id)} ({finding.severity}{onset}, {sure})", "", finding.summary, ""]
    if finding.explained_by:
        lines += [f"A consequence of *{title(finding.explained_by)}*: mend that first.", ""]
    if finding.variables:
        lines += [f"Variables: {', '.join(_code(name) for name in finding.variables)}", ""]
    if finding.evidence:
        lines += ["| evidence | value |", "|---|---|"]
        told = {name: text(value if known(value) else None) for name, value in finding.evidence.items()}
        lines += [f"| {_cell(name)} | {_cell(value)} |" for name, value in told.items()]
        lines += [""]
    lines += [f"- {advice}" for advice in finding.advice]
    lines += ["", f"Expect: {finding.expect}"] if finding.expect else []
    return "\n".join(lines) + "\n"


def _clear(rules: Sequence[NotFound]) -> str:
    return f"**Checked and clear:** {', '.join(rule.id for rule in rules)}\n" if rules else ""


def _reasons(heading: str, rules: Sequence[NotFound]) -> str:
    if not rules:
        return ""
    return f"**{heading}:**\n\n" + "".join(f"- {rule.id}: {rule.reason}\n" for rule in rules)


def _code(name: str) -> str:
    return "`" + name.replace("`", "'") + "`"


def _cell(content: str) -> str:
    return content.replace("|", "\\|").replace("\n", " ")
