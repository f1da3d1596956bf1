"""The comparison of two runs, as JSON and for the terminal."""

from collections.abc import Iterable

from tb_convergence.diagnose.comparison import Comparison, Difference
from tb_convergence.diagnose.estimators.parting import Parting
from tb_convergence.diagnose.finding import Number
from tb_convergence.diagnose.wording import first_and_more, more
from tb_convergence.report.json import SCHEMA
from tb_convergence.report.numbers import Json, plain, text

MOST_OF_A_KIND = 3
"""Lines for what differs in one way; a model of another architecture differs in everything."""


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
        lines += _listed(comparison.differences)
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


def _listed(differences: Iterable[Difference]) -> Iterable[str]:
    """A line for all variables that differ in the same way, and of each kind a few lines: models differ in hundreds."""
    alike: dict[str, dict[tuple[Number, Number], list[str]]] = {}
    for d in differences:
        alike.setdefault(d.kind, {}).setdefault(d.values, []).append(d.name)
    for kind, found in alike.items():
        for values, names in list(found.items())[:MOST_OF_A_KIND]:
            yield f"  {_label(kind, tuple(names))}: {' | '.join(_shown(v) for v in values)}"
        left = sum(len(names) for names in list(found.values())[MOST_OF_A_KIND:])
        if left:
            yield f"  {more(left, 'difference')} in {kind.replace('_', ' ')}"


def _label(kind: str, names: tuple[str, ...]) -> str:
    words = kind.replace("_", " ")
    return words if names == (kind,) else f"{words} {first_and_more(names)}"


def _shown(value: object) -> str:
    return "–" if value is None else text(value)
