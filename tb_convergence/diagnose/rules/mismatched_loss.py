"""The loss expects other outputs than the last layer gives, or the last layer cannot give what the labels ask for."""

from dataclasses import replace

from tb_convergence.diagnose.advice.mismatched_loss import Mismatch
from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.parts.mismatched_loss.answers import (
    one_sided,
    out_of_reach,
    single_softmax,
    too_far,
    unseen,
    without_an_output,
    wrong_head,
)
from tb_convergence.diagnose.parts.mismatched_loss.last_bias import alike, deaf, foreign, weak
from tb_convergence.diagnose.parts.mismatched_loss.logits import confined_logits, unnormalized
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, Rule
from tb_convergence.schema.statistics import LABEL_PROBES, OUTPUT_PROBES

KINDS = (
    single_softmax,
    without_an_output,
    out_of_reach,
    alike,
    unnormalized,
    confined_logits,
    weak,
    wrong_head,
    too_far,
    deaf,
    foreign,
    one_sided,
)
"""In the order of their certainty: the first that is found is told."""


def check(context: Context) -> Answer:
    """Found where outputs, labels and loss contradict each other; most kinds need a run that does not get on."""
    if not context.layers:
        return NotApplicable("no layer was recorded")
    for kind in KINDS:
        found = kind(context)
        harms = context.bad or context.outcome is Outcome.SLOW or context.learned_nothing
        if found is not None and (not found.needs_bad or found.guessed or harms or context.lukewarm):
            told = _found(context, found)
            return told if harms or not found.needs_bad else replace(told, severity=Severity.INFO)
    missing = [
        name for name, probe in (("labels", LABEL_PROBES[0]), ("outputs", OUTPUT_PROBES[0])) if unseen(context, probe)
    ]
    if missing and context.layers[-1].activation in (None, "linear"):
        arguments = " and ".join(f"{name}=" for name in missing)
        return NotApplicable(f"what the loss gets is not known (pass {arguments} to log_step)")
    return Clear("outputs, labels and loss agree" if not missing else "the loss does not contradict the last layer")


def _found(context: Context, mismatch: Mismatch) -> Found:
    alarm = Severity.ERROR if context.bad else Severity.WARNING
    return Found(
        severity=Severity.INFO if mismatch.guessed else alarm,
        confidence=mismatch.confidence,
        row=0,
        evidence=mismatch.evidence,
        summary=mismatch.summary,
        advice=mismatch.advice,
        expect="A loss that falls towards 0, as the loss of right answers does.",
        variables=(context.names[context.layers[-1].kernel],),
    )


RULE = Rule("mismatched-loss", "Loss does not fit the last layer", "the last layer; labels=, outputs=", check)
