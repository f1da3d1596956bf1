"""What a rule is: a named check of a context that answers found, clear, not applicable, or not enough evidence."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.outcome import around_zero
from tb_convergence.diagnose.finding import Evidence, Outcome, Severity

HINDRANCES = (
    "wrong-gradient",
    "misassigned-gradients",
    "missing-gradient",
    "unapplied-update",
    "non-finite-values",
    "poor-initialization",
    "unscaled-inputs",
    "mismatched-loss",
    "excessive-regularization",
    "high-learning-rate",
    "low-learning-rate",
    "excessive-momentum",
    "exploding-gradient",
    "vanishing-gradient",
    "saturated-activations",
    "dead-units",
)
"""Findings that keep a run from learning by themselves, so that nothing can be said of its data beside them."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rule's finding is present; fields as in ``finding.Finding``, with a row where that has a step."""

    severity: Severity
    confidence: float
    row: int | None
    evidence: Evidence
    summary: str
    advice: tuple[str, ...]
    expect: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clear:
    """Looked, and nothing is there."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """This run does not hold what the rule looks at, and more steps would not change that."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotEnoughEvidence:
    """More steps, or a recording with more in it, could decide."""

    reason: str


Answer = Found | Clear | NotApplicable | NotEnoughEvidence


@dataclass(frozen=True, slots=True)
class Rule:
    """One finding's rule.

    Attributes:
      id: the finding's name, and with underscores the name of its file.
      title: for a heading.
      needs: what it looks at, in words.
      check: answers for one run.
      yields_to: findings in whose presence this one cannot be told: they leave the same traces.
      certain: confidence from which it is told beside them nevertheless; by default never.
    """

    id: str
    title: str
    needs: str
    check: Callable[[Context], Answer]
    yields_to: tuple[str, ...] = ()
    certain: float = math.inf


def behaves(context: Context, reason: str = "the loss behaves") -> Answer:
    """Why a rule that needs a bad outcome raises nothing: it is good, not known, or not decided yet."""
    if context.trend is None:
        return NotApplicable("the loss is not known, and nothing else tells whether the run goes wrong")
    if around_zero(context.trend):
        return NotApplicable("a loss that swings around zero need not fall")
    if context.outcome is Outcome.TOO_EARLY:
        return NotEnoughEvidence("too early to say how the loss goes")
    return Clear(reason)
