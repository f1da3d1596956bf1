"""When a finding of a run that still grows is raised: not at the first look that sees it, and once. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tb_convergence.diagnose.finding import Diagnosis, Finding, Severity

CONFIRMED = 2
"""Looks in a row, at more steps each, that must agree before a finding is raised. What only one of them sees is mostly
the luck of where it was cut off: a run is judged many times while it grows, so that errors would add up."""

JUDGED_BY_PROGRESS = frozenset(
    {
        "loss-plateau",
        "low-learning-rate",
        "mismatched-labels",
        "missing-momentum",
        "noisy-gradient",
        "slow-convergence",
    }
)
"""Findings that say that too little happens. Every run looks like that for a while; they must last."""

PATIENCE = 4.0
"""Times as many steps as when it was first seen, in every look, before such a finding is raised."""

_GRAVITY = list(Severity)  # the gravest first
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Sight:
    """A finding that was seen and not raised yet: how grave, in how many looks in a row, at how many steps first."""

    gravity: int
    looks: int
    rows: int

    def confirmed(self, finding: str, rows: int) -> bool:
        """Whether it is to be raised, ``rows`` steps being recorded."""
        return self.looks >= CONFIRMED and (finding not in JUDGED_BY_PROGRESS or rows >= PATIENCE * self.rows)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the looks so far have seen of all runs; a new one after each look.

    Attributes:
      waiting: run and finding → what was seen in the last look and is not raised yet.
      gravest: run and finding → as how grave it was raised.
    """

    waiting: Mapping[_Key, _Sight] = field(default_factory=dict)
    gravest: Mapping[_Key, int] = field(default_factory=dict)

    def after(self, diagnosis: Diagnosis, *, final: bool = False) -> tuple["Seen", tuple[Finding, ...]]:
        """What is known after one more look at a run, and what is to be raised now, unless it was raised as grave.

        ``final``: there will be no second look to confirm what this one sees.
        """
        waiting: dict[_Key, _Sight] = {}
        gravest, raised = dict(self.gravest), []
        for finding in diagnosis.findings:
            key, gravity = (diagnosis.run, finding.id), _GRAVITY.index(finding.severity)
            if gravest.get(key, len(_GRAVITY)) <= gravity:
                continue
            before = self.waiting.get(key)
            if before is None or before.gravity > gravity:
                before = _Sight(gravity, 0, diagnosis.recorded)
            waiting[key] = replace(before, gravity=gravity, looks=before.looks + 1)
            if final or waiting[key].confirmed(finding.id, diagnosis.recorded):
                gravest[key] = gravity
                raised.append(finding)
        others = {key: sight for key, sight in self.waiting.items() if key[0] != diagnosis.run}
        return Seen(others | waiting, gravest), tuple(raised)
