"""Runs every rule over a series, and ranks what they find: causes before consequences, early before late."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from tb_convergence.diagnose.causes import MADE_BY_STEPS, PACE, STATES, SYMPTOMS, explains, precedence
from tb_convergence.diagnose.context import BAD, Context
from tb_convergence.diagnose.estimators.evened import evened
from tb_convergence.diagnose.estimators.outcome import SLOW_ROWS, around_zero, rose
from tb_convergence.diagnose.estimators.sudden import before, sudden
from tb_convergence.diagnose.finding import Diagnosis, Finding, NotFound, Number, Outcome, Severity
from tb_convergence.diagnose.newest import held
from tb_convergence.diagnose.rules import (
    dead_units,
    diverging_loss,
    excessive_momentum,
    excessive_regularization,
    exploding_gradient,
    high_learning_rate,
    loss_plateau,
    low_learning_rate,
    misassigned_gradients,
    mismatched_labels,
    mismatched_loss,
    missing_gradient,
    missing_momentum,
    noisy_gradient,
    non_finite_values,
    oscillating_updates,
    overfitting,
    poor_initialization,
    saturated_activations,
    slow_convergence,
    unapplied_update,
    unscaled_inputs,
    vanishing_gradient,
    wrong_gradient,
)
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import lowered, rough
from tb_convergence.series import Series

RULES: tuple[Rule, ...] = (
    wrong_gradient.RULE,
    misassigned_gradients.RULE,
    missing_gradient.RULE,
    unapplied_update.RULE,
    non_finite_values.RULE,
    diverging_loss.RULE,
    mismatched_loss.RULE,
    poor_initialization.RULE,
    unscaled_inputs.RULE,
    excessive_regularization.RULE,
    high_learning_rate.RULE,
    low_learning_rate.RULE,
    excessive_momentum.RULE,
    missing_momentum.RULE,
    exploding_gradient.RULE,
    vanishing_gradient.RULE,
    saturated_activations.RULE,
    dead_units.RULE,
    noisy_gradient.RULE,
    mismatched_labels.RULE,
    oscillating_updates.RULE,
    slow_convergence.RULE,
    loss_plateau.RULE,
    overfitting.RULE,
)
TITLES = {rule.id: rule.title for rule in RULES}
"""Finding → title for people."""

SLACK = 3
"""Rows by which a consequence may seem to begin before its cause, since estimates look back over a few steps."""

TOLD = 100
"""Rows in which a finding that yields to others shows: twice the least that such rules ask for."""

GUESS = 0.5
"""Confidence below which a finding says that it may well be otherwise: it comes after what is sure."""

_SEVERITIES = list(Severity)
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


def diagnose(series: Series, *, rules: tuple[Rule, ...] = RULES) -> Diagnosis:
    """What is wrong with this run. Never raises for what was recorded: a rule that fails is reported as such."""
    context = Context(held(evened(series)))
    with np.errstate(all="ignore"):  # recorded numbers may overflow; the rules ask whether results are finite
        asked = _asked(rules, context) if len(series) and series.variables else []
        answers = _yielded(asked)
        outcome = _outcome(context)
    found = [_finding(rule, a, context) for rule, a in answers if isinstance(a, Found)]
    findings = _ranked(found, int(series.steps[0]) if len(series) else 0)
    return Diagnosis(
        run=series.run,
        outcome=outcome,
        verdict=_verdict(context, outcome, findings),
        first_step=int(series.steps[0]) if len(series) else None,
        last_step=int(series.steps[-1]) if len(series) else None,
        recorded=len(series),
        findings=findings,
        clear=_others(answers, Clear),
        not_applicable=_others(answers, NotApplicable),
        not_enough_evidence=_others(answers, NotEnoughEvidence),
    )


def _outcome(context: Context) -> Outcome:
    """That of the rules; a run that fell and lies higher again has not come to rest, though far below its start."""
    if not len(context.series):
        return Outcome.TOO_EARLY
    unsettled = context.outcome is Outcome.CONVERGED and context.unsettled
    return Outcome.NOT_SETTLED if unsettled else context.outcome


def _asked(rules: tuple[Rule, ...], context: Context) -> list[tuple[Rule, Answer]]:
    """Each rule about the whole run; where it broke off without warning, of the run up to then: nothing led there."""
    row = context.broken_row
    apart = row is not None and sudden(context.series, context.model, context.update_ratio, row)
    others = Context(before(context.series, row)) if apart and row is not None else context
    return [(rule, _ask(rule, context if rule is non_finite_values.RULE else others)) for rule in rules]


def _ask(rule: Rule, context: Context) -> Answer:
    try:
        return rule.check(context)
    except Exception as error:
        return NotEnoughEvidence(f"the rule failed: {type(error).__name__}: {error}")


def _yielded(answers: list[tuple[Rule, Answer]]) -> list[tuple[Rule, Answer]]:
    """Without findings that cannot be told beside a graver one, which leaves the same traces."""
    found = {rule.id: a.row for rule, a in answers if isinstance(a, Found) and a.severity is not Severity.INFO}
    return [(rule, _beside(rule, answer, found)) for rule, answer in answers]


def _beside(rule: Rule, answer: Answer, found: Mapping[str, int | None]) -> Answer:
    if not isinstance(answer, Found) or answer.confidence >= rule.certain:
        return answer
    told = (answer.row or 0) + TOLD  # what begins later did not leave the traces seen until then
    other = next((name for name in rule.yields_to if name in found and (found[name] or 0) <= told), None)
    if other is None:
        return answer
    return NotEnoughEvidence(f"cannot be told as long as there is {other}, which leaves the same traces")


def _others(
    answers: list[tuple[Rule, Answer]], kind: type[Clear] | type[NotApplicable] | type[NotEnoughEvidence]
) -> tuple[NotFound, ...]:
    return tuple(NotFound(rule.id, answer.reason) for rule, answer in answers if isinstance(answer, kind))


def _finding(rule: Rule, found: Found, context: Context) -> Finding:
    return Finding(
        id=rule.id,
        severity=found.severity,
        confidence=found.confidence,
        variables=found.variables,
        onset_step=None if found.row is None else context.step(found.row),
        evidence={name: _plain(value) for name, value in found.evidence.items()},
        summary=found.summary,
        advice=found.advice,
        expect=found.expect,
    )


def _plain(value: Number) -> Number:
    """The same number without numpy, so that every report can write it."""
    return value.item() if isinstance(value, np.generic) else value


def _ranked(findings: list[Finding], first_step: int) -> tuple[Finding, ...]:
    """Causes first, by severity, what is sure before guesses, by onset and precedence; then their consequences."""
    explained = [replace(f, explained_by=_cause(f, findings, first_step)) for f in findings]
    order = sorted(explained, key=partial(_key, first_step=first_step))
    return tuple(replace(f, rank=i) for i, f in enumerate(order, start=1))


def _after(finding: Finding) -> tuple[bool, bool, bool]:
    """What comes after others of its severity: symptoms that are only worth knowing, guesses, and what speaks of pace.

    What is learned matters before how fast, unless it is a guess beside a pace that is sure.
    """
    told = finding.severity is Severity.INFO
    return told and finding.id in SYMPTOMS, finding.confidence < GUESS, told and finding.id in PACE


def _born(finding: Finding, first_step: int) -> bool:
    """Whether it was there before the first step, whose doing it cannot be."""
    return finding.id in STATES and finding.onset_step == first_step


def _key(finding: Finding, first_step: int) -> tuple[bool, int, tuple[bool, bool, bool], float, int]:
    timeless = np.inf if finding.severity is Severity.INFO else -1.0  # of what is only worth knowing the dated is surer
    onset = timeless if finding.onset_step is None else float(finding.onset_step - _born(finding, first_step))
    return (
        finding.explained_by is not None,
        _SEVERITIES.index(finding.severity),
        _after(finding),
        onset,
        precedence(finding.id),
    )


def _cause(finding: Finding, findings: list[Finding], first_step: int) -> str | None:
    """The deepest cause that is there, begins no later, and is no consequence of this finding itself."""
    born = _born(finding, first_step)
    causes = [c for c in findings if _before(c, finding) and not (born and c.id in MADE_BY_STEPS)]
    return min(causes, key=lambda c: precedence(c.id)).id if causes else None


def _before(cause: Finding, finding: Finding) -> bool:
    if cause.severity is Severity.INFO or not explains(cause.id, finding.id):
        return False
    if finding.id in SYMPTOMS and cause.id not in SYMPTOMS:
        return True
    if cause.onset_step is None or finding.onset_step is None:
        return precedence(cause.id) < precedence(finding.id)
    if explains(finding.id, cause.id):  # either could be the cause: the earlier is
        mine, other = (cause.onset_step, precedence(cause.id)), (finding.onset_step, precedence(finding.id))
        return mine < other
    return cause.onset_step <= finding.onset_step + SLACK


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


def _verdict(context: Context, outcome: Outcome, findings: tuple[Finding, ...]) -> str:
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
