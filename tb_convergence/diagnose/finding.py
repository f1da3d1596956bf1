"""What a diagnosis consists of. Plain values: the engine and the rules make them, reports show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tb_convergence.series import Note


class Severity(StrEnum):
    """How bad a finding is. An error needs a bad outcome; a healthy run carries information at most."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Outcome(StrEnum):
    """How the run went, judged from the loss; where it is not known, only divergence is seen.

    ``NOT_SETTLED`` is said to people alone: rules take such a run, which fell and lies higher again, for converged.
    """

    CONVERGING = "converging"
    CONVERGED = "converged"
    NOT_SETTLED = "not settled"
    SLOW = "slow"
    STALLED = "stalled"
    OSCILLATING = "oscillating"
    DIVERGED = "diverged"
    NOT_FINITE = "not finite"
    TOO_EARLY = "too early to say"


Number = float | int | str | bool | None
Evidence = Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing, with its evidence.

    Attributes:
      id: the rule's name, e.g. ``high-learning-rate``.
      severity: see :class:`Severity`.
      confidence: 0 to 1.
      variables: names of the variables concerned, the worst first; empty: the whole model.
      onset_step: the first step at which it can be seen; ``None``: it has no time.
      evidence: the numbers behind it, with the threshold they were held against.
      summary: one sentence that names cause and numbers.
      advice: what to change, each with a number or a snippet, the best first.
      expect: what would be seen if the advice worked.
      rank: 1 is the cause to look at first.
      explained_by: id of the finding that this one is a consequence of.
    """

    id: str
    severity: Severity
    confidence: float
    variables: tuple[str, ...]
    onset_step: int | None
    evidence: Evidence
    summary: str
    advice: tuple[str, ...]
    expect: str = ""
    rank: int = 0
    explained_by: str | None = None

    def __str__(self) -> str:
        """What it says and what to do, as ``on_finding=print`` shows it."""
        since = "" if self.onset_step is None else f", from step {self.onset_step}"
        head = f"{self.severity}: {self.id}{since}: {self.summary}"
        return "\n".join([head, *(f"  → {advice}" for advice in self.advice)])


@dataclass(frozen=True, slots=True)
class NotFound:
    """A rule that raised nothing, and why: looked and clear, not applicable, or not enough evidence."""

    id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The findings of one run, ranked, and everything that was checked besides.

    Attributes:
      run: name of the run.
      outcome: see :class:`Outcome`.
      verdict: one sentence for the top of the page.
      first_step, last_step: of what was recorded; ``None`` for an empty run.
      recorded: number of recorded steps.
      findings: in order of rank.
      clear, not_applicable, not_enough_evidence: the rules that raised nothing.
      notes: about the recording itself, where it was read from a log directory: damaged files, models made anew, ….
    """

    run: str
    outcome: Outcome
    verdict: str
    first_step: int | None
    last_step: int | None
    recorded: int
    findings: tuple[Finding, ...] = ()
    clear: tuple[NotFound, ...] = ()
    not_applicable: tuple[NotFound, ...] = ()
    not_enough_evidence: tuple[NotFound, ...] = field(default=())
    notes: tuple[Note, ...] = ()
