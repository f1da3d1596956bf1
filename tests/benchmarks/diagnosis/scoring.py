"""Scores of examined cases. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.benchmarks.diagnosis.examine import Examined, Named
from tests.benchmarks.diagnosis.training import Case

ALARMS = frozenset({"error", "warning"})
EXACT = 0.01
"""Relative error allowed to an identified number."""

Judged = tuple[Case, Examined]


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``of``."""

    hits: int
    of: int

    def __str__(self) -> str:
        return f"{self.hits}/{self.of}" + (f" ({100.0 * self.hits / self.of:.1f} %)" if self.of else "")


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one half."""

    first: Share
    three: Share
    alarmed: Share
    false_alarms: Share
    false_errors: Share
    delay: float
    live_delay: float
    live: Share
    stopped_healthy: Share
    stopped_faulty: Share
    stopped_at: float
    rate: Share
    momentum: Share
    factor: Share
    factor_measured: Share
    factor_between: Share
    advice: Share
    outcome_bad: Share
    outcome_good: Share


def scores(judged: Sequence[Judged]) -> Scores:
    """All of them."""
    faulty = [(c, e) for c, e in judged if not c.healthy]
    healthy = [(c, e) for c, e in judged if c.healthy]
    delays = [d for c, e in faulty if (d := delay(c, e)) is not None]
    live = [e.live_delay for _, e in faulty if math.isfinite(e.live_delay)]
    return Scores(
        first=_share(faulty, right_first),
        three=_share(faulty, right_in_three),
        alarmed=_share(faulty, lambda _, e: alarms(e)),
        false_alarms=_share(healthy, lambda _, e: alarms(e)),
        false_errors=_share(healthy, lambda _, e: any(f.severity == "error" for f in e.findings)),
        delay=_median(delays),
        live_delay=_median(live),
        live=Share(len(live), len(faulty)),
        stopped_healthy=_share(healthy, lambda _, e: math.isfinite(e.stopped)),
        stopped_faulty=_share(faulty, lambda _, e: math.isfinite(e.stopped)),
        stopped_at=_median([100.0 * e.stopped for _, e in faulty if math.isfinite(e.stopped)]),
        rate=_share(_with_rate(judged), lambda c, e: close(e.rate, c.training.rate)),
        momentum=_share(_with_rate(judged), momentum_right),
        factor=_share(_with_factor(faulty), factor_right),
        factor_measured=_share([j for j in _with_factor(faulty) if factor_measured(j[1])], factor_right),
        factor_between=_share([j for j in _with_factor(faulty) if _factor(j[1])], factor_between),
        advice=_share([(c, e) for c, e in faulty if e.advice], lambda _, e: e.works),
        outcome_bad=_share(faulty, lambda _, e: e.outcome not in GOOD),
        outcome_good=_share(healthy, lambda _, e: e.outcome not in BAD),
    )


def _median(values: Sequence[float]) -> float:
    return float(median(values)) if values else math.nan


GOOD = frozenset({"converging", "converged"})
BAD = frozenset({"stalled", "oscillating", "diverged", "not finite"})


def _share(judged: Iterable[Judged], hit: Callable[[Case, Examined], bool]) -> Share:
    hits = [hit(c, e) for c, e in judged]
    return Share(sum(hits), len(hits))


def right_first(case: Case, found: Examined) -> bool:
    """Whether the first finding is a right one."""
    return bool(found.findings) and found.findings[0].id in case.truth


def right_in_three(case: Case, found: Examined) -> bool:
    """Whether one of the first three is."""
    return any(f.id in case.truth for f in found.findings[:3])


def alarms(found: Examined) -> bool:
    """Whether there is a warning or an error."""
    return any(f.severity in ALARMS for f in found.findings)


def delay(case: Case, found: Examined) -> float | None:
    """Steps from the true onset to that of the first right finding; ``None``: there is none."""
    right = _first_right(case, found)
    if right is None or right.onset is None or case.onset is None:
        return None
    return float(max(0, right.onset - case.onset))


def _first_right(case: Case, found: Examined) -> Named | None:
    return next((f for f in found.findings if f.id in case.truth), None)


def close(found: float, true: float) -> bool:
    """Within 1 %."""
    return math.isfinite(found) and abs(found - true) <= EXACT * abs(true)


def _with_rate(judged: Iterable[Judged]) -> list[Judged]:
    """Of which the updates must show learning rate and momentum: some that are finite, and not all zero."""
    return [(c, e) for c, e in judged if c.constant_rate and e.moved]


def identified(case: Case, found: Examined) -> bool:
    """Whether learning rate and momentum are right, where the updates must show them."""
    return not _with_rate([(case, found)]) or (close(found.rate, case.training.rate) and momentum_right(case, found))


def momentum_right(case: Case, found: Examined) -> bool:
    """Within 1 %; a run without momentum must show none."""
    plain = case.training.optimizer.removeprefix("keras-") == "sgd"
    true = 0.0 if plain else case.training.momentum
    return abs(found.momentum) < EXACT if true == 0.0 else close(found.momentum, true)


def _with_factor(judged: Iterable[Judged]) -> list[Judged]:
    return [(c, e) for c, e in judged if c.training.fault == "gradient-scaled"]


def factor_right(case: Case, found: Examined) -> bool:
    """Within 1 %."""
    known = _factor(found)
    return known is not None and close(known[1], case.training.factor)


def factor_measured(found: Examined) -> bool:
    """Whether the finding itself says that its factor is known to 1 %."""
    low, value, high = _factor(found) or (-math.inf, math.nan, math.inf)
    return close(low, value) and close(high, value)


def factor_between(case: Case, found: Examined) -> bool:
    """Whether the true one lies between the ends that the finding gives, or within 1 % of its factor."""
    low, _, high = _factor(found) or (math.nan, math.nan, math.nan)
    return low <= case.training.factor <= high or factor_right(case, found)


def _factor(found: Examined) -> tuple[float, float, float] | None:
    """Least, likeliest and largest factor, as the finding says it; ``None``: it says none."""
    evidence = next((f.evidence for f in found.findings if f.id == "wrong-gradient"), {})
    value, low, high = (evidence.get(name) for name in ("factor", "factor_from", "factor_to"))
    if not isinstance(value, int | float):
        return None
    return (-math.inf if low is None else float(low)), float(value), (math.inf if high is None else float(high))


def published_scores(judged: Sequence[Judged]) -> dict[str, tuple[Share, Share, Share]]:
    """Of each published rule set: first symptom right, any symptom right, healthy runs with a symptom."""
    names = sorted({name for _, e in judged for name in e.published})
    return {name: _of_set(name, judged) for name in names}


def _of_set(name: str, judged: Sequence[Judged]) -> tuple[Share, Share, Share]:
    judged = [(c, e) for c, e in judged if name in e.published]
    faulty = [(c, e) for c, e in judged if not c.healthy]
    healthy = [(c, e) for c, e in judged if c.healthy]

    def right(case: Case, symptoms: Sequence[tuple[str, list[str]]]) -> bool:
        return any(case.truth & set(ids) for _, ids in symptoms)

    return (
        _share(faulty, lambda c, e: right(c, e.published[name][:1])),
        _share(faulty, lambda c, e: right(c, e.published[name])),
        _share(healthy, lambda _, e: bool(e.published[name])),
    )


def confusion(judged: Iterable[Judged]) -> Counter[tuple[str, str]]:
    """How often a group of cases (healthy ones under ``healthy``) was first called what; ``–``: nothing."""
    return Counter((c.name.split("/")[0] if not c.healthy else "healthy", first_name(c, e)) for c, e in judged)


def first_name(case: Case, found: Examined) -> str:
    """The first finding; ``right`` where it is one that is right under another name than the group's."""
    if not found.findings or (case.healthy and not alarms(found)):
        return "–"
    first = found.findings[0].id
    return case.name.split("/")[0] if first in case.truth else first


def as_json(found: Scores) -> dict[str, Any]:
    """Plain values."""
    return asdict(found)
