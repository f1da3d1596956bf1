"""One sentence for the top of the page: how the run went, and what comes first of what was found."""

from tb_convergence.diagnose.context import BAD, Context
from tb_convergence.diagnose.estimators.outcome import SLOW_ROWS, around_zero, rose
from tb_convergence.diagnose.finding import Finding, Outcome, Severity
from tb_convergence.diagnose.wording import lowered, rough

_PHRASES = {
    Outcome.CONVERGING: "Converging",
    Outcome.CONVERGED: "Converged",
    Outcome.NOT_SETTLED: "Not settled",
    Outcome.SLOW: "Slow",
    Outcome.STALLED: "Stalled",
    Outcome.OSCILLATING: "Oscillating",
    Outcome.DIVERGED: "Diverging",
    Outcome.NOT_FINITE: "Not finite",
    Outcome.TOO_EARLY: "Too early to say",
}


def _unsettled(context: Context) -> str:
    """How far the loss of a run that is not settled had come down, and where it lies now."""
    found = context.trend
    assert found is not None  # or the run would not be known to be unsettled
    best, end = rough(found.level(found.best)), rough(found.level(found.end))
    return f"{_PHRASES[Outcome.NOT_SETTLED]}: the loss was down to about {best}, and ends near {end}"


def _without_findings(context: Context, outcome: Outcome, phrase: str) -> str:
    if outcome is Outcome.STALLED:
        return f"{phrase}: the loss neither falls nor rises, and no cause was found."
    found = context.trend
    told = {Outcome.CONVERGING, Outcome.CONVERGED, Outcome.SLOW}
    if found is None or outcome not in told or phrase != _PHRASES[outcome]:
        return f"{phrase}."
    start, end = found.level(found.start), found.level(found.end)
    if found.natural and rough(start) == rough(end):
        return f"{phrase}: the loss fell by {rough(100.0 * (1.0 - end / start))} %, from about {rough(start)}."
    went = "fell" if end < start else "went"
    return f"{phrase}: the loss {went} from about {rough(start)} to about {rough(end)}."


def _undecided(context: Context) -> str:
    """Why the loss does not tell how the run goes, where more steps would not change that; empty: they may."""
    found = context.trend
    if found is None:
        return (
            "The loss is not known (NaN at every step, or log_step did not see it), and nothing grows: no more can be "
            "said of how the run goes"
        )
    if context.one_of_several:
        return "The loss of one of several streams need not fall: it does not tell how the run goes"
    if around_zero(found):
        return "The loss swings around zero, as a policy's does, and need not fall: it does not tell how the run goes"
    if rose(found) and len(found.values) >= SLOW_ROWS:
        start, end = rough(found.level(found.start)), rough(found.level(found.end))
        return f"The loss rose from about {start}, and falls since, to about {end} by now: too early to say more"
    return ""


def verdict(context: Context, outcome: Outcome, findings: tuple[Finding, ...]) -> str:
    """The sentence; ``findings``: in order of rank."""
    phrase = _PHRASES[outcome]
    row = context.judgement.row if len(context.series) else None
    if row is not None and outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE):
        phrase += f" since step {context.step(row)}"
    if outcome is Outcome.TOO_EARLY and len(context.series):
        phrase = _undecided(context) or phrase
    if outcome is Outcome.NOT_SETTLED:
        phrase = _unsettled(context)
    if not findings:
        return _without_findings(context, outcome, phrase)
    first = findings[0]
    if outcome in BAD and first.severity is Severity.INFO:
        return f"{phrase}, and no cause is certain. {first.summary}"
    if outcome in BAD or outcome is Outcome.SLOW:
        return f"{phrase}: {lowered(first.summary, context.names)}"
    if first.severity is Severity.INFO:
        return f"{phrase}. {first.summary}"
    return f"{phrase}, but {lowered(first.summary, context.names)}"
