"""Tables of the scores."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.benchmarks.diagnosis.scoring import (
    ALARMS,
    Judged,
    Share,
    alarms,
    as_json,
    confusion,
    identified,
    published_scores,
    right_first,
    scores,
)

_ROWS = {
    "first": "right cause first",
    "three": "right cause among the first three",
    "alarmed": "faulty runs with an alarm",
    "false_alarms": "healthy runs with an alarm",
    "false_errors": "healthy runs with an error",
    "delay": "median delay of the finding's onset, steps",
    "live_delay": "named first while running, median steps",
    "live": "named first while running",
    "stopped_healthy": 'healthy runs stop_on="error" stops',
    "stopped_faulty": "faulty runs that it stops",
    "stopped_at": "… after so much of them, median, %",
    "rate": "learning rate within 1 %",
    "momentum": "momentum within 1 %",
    "factor": "factor of a wrong gradient within 1 %",
    "factor_measured": "… of those said to be known to 1 %",
    "factor_between": "… or between the ends that are given",
    "advice": "advice works",
    "outcome_bad": "outcome of faulty runs is not good",
    "outcome_good": "outcome of healthy runs is not bad",
}


def report(judged: Sequence[Judged], failed: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Text for people, and plain values."""
    believed = [(c, e) for c, e in judged if not e.refused]
    halves = {
        "tuning": [j for j in believed if not j[0].held_out],
        "held-out": [j for j in believed if j[0].held_out],
    }
    found = {name: scores(half) for name, half in halves.items()}
    others = {name: published_scores(half) for name, half in halves.items()}
    lines = [f"{'':<40}{'tuning half':>20}{'held-out half':>20}"]
    lines += [
        f"{title:<40}{_cell(getattr(found['tuning'], key)):>20}{_cell(getattr(found['held-out'], key)):>20}"
        for key, title in _ROWS.items()
    ]
    lines += ["", _compared(found, others)]
    lines += ["", _confusion(halves["tuning"])]
    lines += ["", _refused(judged, failed)]
    plain = {
        name: {
            "scores": as_json(found[name]),
            "published": {k: [_plain(s) for s in v] for k, v in others[name].items()},
        }
        for name in halves
    }
    return "\n".join(lines), plain


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _plain(share: Share) -> dict[str, int]:
    return {"hits": share.hits, "of": share.of}


def _compared(found: Mapping[str, Any], others: Mapping[str, Mapping[str, tuple[Share, Share, Share]]]) -> str:
    lines = [f"{'rules':<26}{'half':<10}{'first cause right':>20}{'right among all':>20}{'alarms on healthy':>20}"]
    for half in found:
        mine = found[half]
        lines.append(f"{'tb_convergence':<26}{half:<10}{mine.first!s:>20}{mine.three!s:>20}{mine.false_alarms!s:>20}")
        for name, (first, any_, healthy) in others[half].items():
            lines.append(f"{name:<26}{half:<10}{first!s:>20}{any_!s:>20}{healthy!s:>20}")
    return "\n".join(lines)


def _confusion(judged: Sequence[Judged]) -> str:
    counts = confusion(judged)
    groups = sorted({group for group, _ in counts})
    lines = ["first finding by group, tuning half:"]
    for group in groups:
        row = sorted(((n, name) for (g, name), n in counts.items() if g == group), reverse=True)
        lines.append(f"  {group:<26}" + ", ".join(f"{'right' if name == group else name} {n}" for n, name in row))
    return "\n".join(lines)


def _refused(judged: Sequence[Judged], failed: Mapping[str, str]) -> str:
    """Labels are checked for both halves: what a run scores is not shown by that."""
    refused = [f"  {c.name}: {e.refused}" for c, e in judged if e.refused]
    broken = [f"  {name}: {text}" for name, text in failed.items()]
    raised = [f"  {c.name}: {', '.join(e.failed)}" for c, e in judged if e.failed and not c.held_out]
    faulty = sum(not c.healthy and not e.refused for c, e in judged)
    healthy = sum(c.healthy and not e.refused for c, e in judged)
    still = sum(c.constant_rate and not e.moved and not e.refused for c, e in judged)
    lines = [f"{faulty} faulty and {healthy} healthy runs; labels refused: {len(refused)}", *refused]
    lines += [f"without any finite update, and so without a rate to identify: {still}"] if still else []
    return "\n".join(
        lines + (["failed:", *broken] if broken else []) + (["rules that raised:", *raised] if raised else [])
    )


def details(judged: Sequence[Judged]) -> str:
    """What was missed and what was raised without need, with the evidence."""
    lines = ["# Misfires in the tuning half", ""]
    wrong = [(c, e) for c, e in judged if not e.refused and not c.healthy and not right_first(c, e)]
    for case, e in wrong:
        lines += [f"## {case.name}", f"truth {sorted(case.truth)}; outcome {e.outcome}; probes {case.probes}"]
        lines += [f"measure {e.before:.4g} → {e.after:.4g}, twin {e.twin:.4g}", f"{case.training}"]
        lines += [
            f"- {f.id} ({f.severity}, step {f.onset}): {f.summary} {_numbers(f.evidence)}" for f in e.findings[:4]
        ]
        lines += ["- nothing found"] if not e.findings else []
        lines.append("")
    lines += ["# False alarms on healthy runs of the tuning half", ""]
    for case, e in [(c, e) for c, e in judged if c.healthy and not e.refused and alarms(e)]:
        lines += [f"## {case.name}", f"outcome {e.outcome}; measure {e.before:.4g} → {e.after:.4g}", f"{case.training}"]
        lines += [
            f"- {f.id} ({f.severity}, step {f.onset}): {f.summary} {_numbers(f.evidence)}"
            for f in e.findings
            if f.severity in ALARMS
        ]
        lines.append("")
    lines += ["# Advice that did not work", ""]
    for case, e in [(c, e) for c, e in judged if e.advice and not e.works and not e.refused]:
        ends = f"{e.before:.4g} → {e.followed:.4g} (faulty {e.after:.4g}, twin {e.twin:.4g})"
        lines.append(f"- {case.name}: {e.findings[0].id} {dict(e.advice)}: {ends}")
    lines += ["", "# Optimizers that were not identified", ""]
    for case, e in [(c, e) for c, e in judged if not e.refused and not identified(c, e)]:
        lines.append(f"- {case.name}: rate {e.rate:.6g}, momentum {e.momentum:.6g}; {case.training}")
    return "\n".join(lines) + "\n"


def _numbers(evidence: Mapping[str, Any]) -> str:
    return ", ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in evidence.items())


def worse(result: Mapping[str, Any], baseline: Mapping[str, Any]) -> list[str]:
    """Shares of the held-out half that fell below those of the baseline, or false alarms that rose."""
    lost = []
    for name, before in baseline["held-out"]["scores"].items():
        now = result["held-out"]["scores"][name]
        if not isinstance(before, dict) or not before["of"] or not now["of"]:
            continue
        change = now["hits"] / now["of"] - before["hits"] / before["of"]
        if change > 0.0 if name in {"false_alarms", "false_errors", "stopped_healthy"} else change < 0.0:
            lost.append(f"{name}: {now['hits']}/{now['of']}, was {before['hits']}/{before['of']}")
    return lost
