"""Runs every rule over a series: what they find, ranked, and what the rules without a finding say."""

from collections.abc import Mapping

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.evened import evened
from tb_convergence.diagnose.estimators.sudden import before, sudden
from tb_convergence.diagnose.finding import Diagnosis, Finding, NotFound, Number, Outcome, Severity
from tb_convergence.diagnose.newest import held
from tb_convergence.diagnose.ranking import ranked
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
from tb_convergence.diagnose.verdict import verdict
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

TOLD = 100
"""Rows in which a finding that yields to others shows: twice the least that such rules ask for."""


def diagnose(series: Series, *, rules: tuple[Rule, ...] = RULES) -> Diagnosis:
    """What is wrong with this run. Never raises for what was recorded: a rule that fails is reported as such."""
    context = Context(held(evened(series)))
    with np.errstate(all="ignore"):  # recorded numbers may overflow; the rules ask whether results are finite
        asked = _asked(rules, context) if len(series) and series.variables else []
        answers = _yielded(asked)
        outcome = _outcome(context)
    found = [_finding(rule, a, context) for rule, a in answers if isinstance(a, Found)]
    findings = ranked(found, int(series.steps[0]) if len(series) else 0)
    return Diagnosis(
        run=series.run,
        outcome=outcome,
        verdict=verdict(context, outcome, findings),
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
    return [(rule, _ask(rule, context if rule.id == non_finite_values.RULE.id else others)) for rule in rules]


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
