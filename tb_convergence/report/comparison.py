"""The comparison of two runs, as JSON and for the terminal."""

from tb_convergence.diagnose.comparison import Comparison, Difference
from tb_convergence.diagnose.estimators.parting import Parting
from tb_convergence.report.json import SCHEMA
from tb_convergence.report.numbers import Json, plain, text


def comparison_document(comparison: Comparison) -> Json:
    """The whole answer; a public contract: see ``serve/http_api.md``."""
    return {
        "schema": SCHEMA,
        "runs": [{"run": d.run, "outcome": str(d.outcome), "verdict": d.verdict} for d in comparison.diagnoses],
        "parting": None if comparison.parting is None else _parting(comparison.parting),
        "differences": [_difference(d) for d in comparison.differences],
        "explanation": None if comparison.explanation is None else _difference(comparison.explanation),
        "summary": comparison.summary,
    }


def comparison_text(comparison: Comparison) -> str:
    """A few lines: the verdict of each run, where they part, and in what they differ."""
    names = [d.run for d in comparison.diagnoses]
    lines = [f"{d.run}: {d.verdict}" for d in comparison.diagnoses]
    lines += ["", comparison.summary]
    if comparison.differences:
        lines += ["", f"In what they differ ({names[0]} | {names[1]}):"]
        lines += [f"  {_label(d)}: {' | '.join(_shown(v) for v in d.values)}" for d in comparison.differences]
    return "\n".join(lines) + "\n"


def _parting(place: Parting) -> Json:
    return {
        "step": place.step,
        "statistic": place.statistic,
        "variable": place.variable,
        "values": plain(list(place.values)),
        "limit": plain(place.limit),
    }


def _difference(difference: Difference) -> Json:
    return {"kind": difference.kind, "name": difference.name, "values": plain(list(difference.values))}


def _label(difference: Difference) -> str:
    kind = difference.kind.replace("_", " ")
    return kind if difference.kind == difference.name else f"{kind} {difference.name}"


def _shown(value: object) -> str:
    return "–" if value is None else text(value)
