"""One case from training to verdicts: trained (or taken from the store), checked against its label, diagnosed."""

import json
import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Diagnosis, Severity
from tb_convergence.live.confirmation import Seen
from tb_convergence.read.local import read_logdir
from tb_convergence.series import Series, Values
from tests.benchmarks.diagnosis.advice import change
from tests.benchmarks.diagnosis.loop import ACCEPTED, train
from tests.benchmarks.diagnosis.optimizers import rates
from tests.benchmarks.diagnosis.published import PUBLISHED
from tests.benchmarks.diagnosis.published.symptom import Run, Symptoms
from tests.benchmarks.diagnosis.sideline import load
from tests.benchmarks.diagnosis.training import Case, Training, changed, fingerprint

CLEARLY = 1.3
"""A faulty training ends at this many times its twin's measure or more, or it is not called faulty."""

FALLEN = 0.7
"""The repaired twin ends below this share of its initial measure, or it is no repair."""

ENOUGH = 0.5
"""Share of the gap between the faulty run and its twin that a run with the advice followed must have closed."""

LOOKS = (10, 20, 40, 80, 160)
"""Steps after the onset at which a run is diagnosed as far as it has come, as somebody would who watches it."""

WATCHED = 16
"""Looks at a run, evenly over its steps, of somebody who lets the first error stop it."""

_OPTIONAL = frozenset({"loss_fn", "inputs", "labels", "outputs", "metrics"})


@dataclass(frozen=True, slots=True)
class Named:
    """A finding as the scores need it."""

    id: str
    severity: str
    onset: int | None
    evidence: Mapping[str, Any]
    summary: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What became of a case.

    Attributes:
      name: of the case.
      refused: why its label is not believed; empty: it is.
      before, after, twin: measure at the start, at the end, and at the end of the repaired twin.
      outcome: as diagnosed.
      findings: in order of rank.
      rate, momentum: identified from the updates, NaN when not.
      published: rule set → symptoms in order, each with the findings that it may stand for.
      advice: what the first finding asks to change; empty: no number or option.
      followed: measure at the end with the advice followed.
      failed: rules that raised an exception.
      live_delay: steps after the onset at which a right finding first came first, NaN: at none of ``LOOKS``.
      moved: whether any update was a finite one; a run without shows no learning rate.
      stopped: share of the steps after which ``stop_on="error"`` stops the run, NaN: it does not.
    """

    name: str
    refused: str
    before: float
    after: float
    twin: float
    outcome: str
    findings: tuple[Named, ...]
    rate: float
    momentum: float
    published: Mapping[str, list[tuple[str, list[str]]]]
    advice: Mapping[str, Any]
    followed: float
    failed: tuple[str, ...]
    live_delay: float = math.nan
    moved: bool = True
    stopped: float = math.nan

    @property
    def works(self) -> bool:
        """Whether the advice made the run converge."""
        return converges(self.before, self.after, self.twin, self.followed)


def converges(before: float, after: float, twin: float, followed: float) -> bool:
    """Whether a run falls as far as is asked of a healthy one, and well below the faulty run."""
    if not math.isfinite(followed):
        return False
    faulty = min(after, before) if math.isfinite(after) else before
    return followed <= FALLEN * before and faulty - followed >= ENOUGH * (faulty - twin)


def refusal(case: Case, before: float, after: float, twin: float) -> str:
    """Why the label cannot be believed; empty: it can."""
    if case.healthy:
        bound = case.reach if case.below else case.reach * before
        return "" if after <= bound else f"ends at {after:.4g}, above {bound:.4g}: not healthy"
    if not twin <= FALLEN * before:
        return f"the twin ends at {twin:.4g} from {before:.4g}: no repair"
    if math.isfinite(after) and after < CLEARLY * twin:
        return f"ends at {after:.4g}, its twin at {twin:.4g}: not faulty"
    return ""


def examine(case: Case, keep: Path) -> Examined:
    """Trains where the store has nothing, and judges."""
    place, result = _recorded(case, keep)
    before, after = result["before"][case.measure], result["after"][case.measure]
    twin = math.nan if case.healthy else _measured(case.repaired, keep, case.measure)
    streams = _diagnosed(place)
    series, found = streams[0]
    context = Context(series)
    proposed = change(case.training, found.findings[0]) if found.findings and not case.healthy else {}
    return Examined(
        name=case.name,
        refused=refusal(case, before, after, twin),
        before=before,
        after=after,
        twin=twin,
        outcome=found.outcome.value,
        findings=tuple(_named(f) for _, d in streams for f in d.findings),
        rate=_identified(context.fit.learning_rate, context.fits.learning_rate),
        momentum=_identified(context.fit.momentum, context.fits.momentum),
        published=_published(case, place, series),
        advice=proposed,
        followed=_measured(changed(case.training, proposed), keep, case.measure) if proposed else math.nan,
        failed=tuple(n.id for n in found.not_enough_evidence if n.reason.startswith("the rule failed")),
        live_delay=_live_delay(case, series),
        moved=bool((series.norm("update") > 0.0).any()),
        stopped=min(map(_stopped, [s for s, _ in streams]), key=lambda share: (math.isnan(share), share)),
    )


def _published(case: Case, place: Path, series: Series) -> dict[str, Symptoms]:
    if not (place / "sideline.json").exists():
        return {}  # a game: none of them knows two networks
    run = Run(load(place / "sideline.json"), series, float(rates(case.training)[0]))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # means of nothing, as their code computes them
        return {name: rules(run) for name, rules in PUBLISHED.items()}


def _live_delay(case: Case, series: Series) -> float:
    if case.onset is None:
        return math.nan
    for steps in LOOKS:
        rows = int(np.searchsorted(series.steps, case.onset + steps))
        if rows >= len(series):
            break
        findings = diagnose(so_far(series, rows)).findings
        if findings and findings[0].id in case.truth:
            return float(steps)
    return math.nan


def _stopped(series: Series) -> float:
    """Share of the steps after which an error is raised while the run grows, NaN: none is before its end."""
    seen = Seen()
    for look in range(1, WATCHED):
        rows = len(series) * look // WATCHED
        seen, raised = seen.after(diagnose(so_far(series, rows)))
        if any(f.severity is Severity.ERROR for f in raised):
            return rows / len(series)
    return math.nan


def so_far(series: Series, rows: int) -> Series:
    """The first ``rows`` of a run, as somebody saw it who watched."""
    return replace(
        series,
        steps=series.steps[:rows],
        wall_times=series.wall_times[:rows],
        windows=series.windows[:rows],
        values={name: values[:rows] for name, values in series.values.items()},
        step_values={name: values[:rows] for name, values in series.step_values.items()},
    )


def _named(finding: Any) -> Named:
    return Named(finding.id, finding.severity.value, finding.onset_step, dict(finding.evidence), finding.summary)


def _identified(whole: Values, windows: Values) -> float:
    """From the run as one window; where that fits no optimizer, the median over short windows; NaN: from neither."""
    known = windows[np.isfinite(windows)]
    if np.isfinite(whole[0]):
        return float(whole[0])
    return float(np.median(known)) if len(known) else math.nan


def _diagnosed(place: Path) -> list[tuple[Series, Diagnosis]]:
    """Every stream of the run; games have two."""
    found = [recorded.series for recorded in read_logdir(str(place))]
    return [(series, diagnose(series)) for series in found]


def _recorded(case: Case, keep: Path) -> tuple[Path, Any]:
    given = sorted(_OPTIONAL & ACCEPTED) if case.probes else sorted({"metrics"} & ACCEPTED) if case.metrics else []
    place = keep / fingerprint(case.training, "recorded", given)
    file = place / "result.json"
    if not file.exists():
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            old.unlink()
        trained = train(case.training, place, probes=case.probes, metrics=case.metrics or case.probes)
        file.write_text(json.dumps({"before": trained.before, "after": trained.after}))
    return place, json.loads(file.read_text())


def _measured(training: Training, keep: Path, measure: str) -> float:
    """The measure at the end of a training that nobody records."""
    file = keep / f"{fingerprint(training, 'measured')}.json"
    if not file.exists():
        file.write_text(json.dumps(train(training, None).after))
    return float(json.loads(file.read_text())[measure])


def as_json(found: Examined) -> dict[str, Any]:
    """Plain values."""
    return asdict(found)
