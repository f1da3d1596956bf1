"""What a rule is: a named check of a context that answers found, clear, not applicable, or not enough evidence."""

from collections.abc import Callable
from dataclasses import dataclass

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Evidence, Outcome, Severity


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
    """

    id: str
    title: str
    needs: str
    check: Callable[[Context], Answer]


def behaves(context: Context, reason: str = "the loss behaves") -> Answer:
    """Why a rule that needs a bad outcome raises nothing: it is good, not known, or not decided yet."""
    if context.trend is None:
        return NotApplicable("the loss is not known, and nothing else tells whether the run goes wrong")
    if context.outcome is Outcome.TOO_EARLY:
        return NotEnoughEvidence("too early to say how the loss goes")
    return Clear(reason)


def number(value: float) -> str:
    """Three significant digits, as people write them: 0.306, 13.7, 1.5, 1,200, 3e-05."""
    if not 1e-4 <= abs(value) < 1e6 and value != 0.0:
        return f"{value:.3g}"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:.6g}"


def rate(value: float) -> str:
    """A learning rate: as :func:`number`, with a decimal point where it would look like a count: 1.0."""
    text = number(value)
    return f"{text}.0" if text.isdigit() else text


def first_and_more(names: tuple[str, ...]) -> str:
    """The first name and how many there are besides: ``a and 2 more variables``."""
    more = len(names) - 1
    return names[0] + (f" and {more} more variable{'s' if more > 1 else ''}" if more else "")
