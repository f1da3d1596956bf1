"""What is said of a learning rate that is too high."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.step_length import most_moved
from tb_convergence.diagnose.finding import Evidence, Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.wording import keras_call, number, times
from tb_convergence.diagnose.wording import rate as rate_


def beyond_the_limit(context: Context, row: int, rate: float, evidence: dict[str, float], *, margin: float) -> Found:
    """Steps whose ηh is above its limit, or at it; ``evidence`` holds both."""
    largest = evidence["largest_stable_learning_rate"]
    safe = evidence["suggested_learning_rate"]
    place = "above" if rate > margin * largest else "at"
    return Found(
        severity=Severity.ERROR,
        confidence=0.97 if np.isfinite(context.loss_change_ratio).any() else 0.9,
        row=row,
        evidence=evidence,
        summary=(
            f"The learning rate {rate_(rate)} is {place} the largest stable rate {rate_(largest)} "
            f"(stability number {number(evidence['stability_number'])}, limit {number(evidence['stability_limit'])})."
        ),
        advice=(
            f"Lower the learning rate from {rate_(rate)} to below {rate_(largest)}; {rate_(safe)} is safe"
            f"{_as_code(context, safe)}.",
            "Or warm up: begin there, and raise it over the first few hundred steps.",
        ),
        expect=f"Stability number below {number(evidence['stability_limit'])}, and a loss that falls from the start.",
        variables=_steepest(context, row),
    )


def past_the_minimum(context: Context, at: int, steps: int, *, threshold: float) -> Found:
    """A step, told at row ``at`` after it, that went far beyond the minimum along its own line."""
    past = float(context.overshoot[at])
    share = 1.0 - past
    set_ = context.series.step("learning_rate")[at - 1]
    rate = float(set_) if np.isfinite(set_) else None
    factor = max(10.0, share)
    return Found(
        severity=Severity.ERROR,
        confidence=0.8,
        row=at - 1,
        evidence={
            "overshoot": past,
            "overshoot_threshold": threshold,
            "steps_past_the_minimum": steps,
            "learning_rate": rate,
            "suggested_learning_rate": rate / factor if rate else None,
        },
        summary=(
            f"The learning rate{f' {rate_(rate)}' if rate else ''} is too high: the step at {context.step(at - 1)} "
            f"went {times(share)} as far as to the minimum along its line, where 2 ends as high as it began."
        ),
        advice=(_lower(context, rate, factor),),
        expect="Slopes that shrink along each step without turning round, and a loss that falls from the start.",
        variables=_steepest(context, at - 1),
    )


def thrown_up(context: Context, at: int, rate: float, *, threshold: float) -> Found:
    """One of the first steps, at row ``at``, that took the loss far up; NaN: the rate is not known."""
    loss = context.series.step("loss")
    highest, known = float(np.nanmax(loss)), bool(np.isfinite(rate) and rate > 0.0)
    target = f"from {rate_(rate)} to {rate_(rate / 10.0)}" if known else "tenfold"
    return Found(
        severity=Severity.INFO,
        confidence=0.7,
        row=at,
        evidence={
            "overshoot": float(context.overshoot[at + 1]),
            "overshoot_threshold": threshold,
            "highest_loss": highest,
            "first_loss": float(loss[0]),
            "learning_rate": rate if known else None,
            "suggested_learning_rate": rate / 10.0 if known else None,
        },
        summary=(
            f"The learning rate{f' {rate_(rate)}' if known else ''} is probably too high: the step at "
            f"{context.step(at)} went past the minimum along its line and took the loss from "
            f"{number(float(loss[0]))} up to {number(highest)}."
        ),
        advice=(f"Lower the learning rate {target}{_as_code(context, rate / 10.0 if known else None)}.",),
        expect="A loss that falls from the first step on.",
        variables=_steepest(context, at),
    )


def long_steps(
    context: Context, row: int, ratio: float, rate: float | None, factor: float, *, threshold: float, safe: float
) -> Found:
    """Steps, the first at ``row``, that change too much of the weights; ``factor``: how much lower the rate must be."""
    known: Evidence = {"update_ratio": ratio, "threshold": threshold, "learning_rate": rate}
    return Found(
        severity=Severity.ERROR,
        confidence=0.75,
        row=row,
        evidence={**known, "suggested_learning_rate": rate / factor if rate else None},
        summary=(
            f"The learning rate{f' {rate_(rate)}' if rate else ''} is too high: one step "
            f"{_extent(ratio)}, where 0.1 to 1 % is usual."
        ),
        advice=(
            _lower(context, rate, factor),
            "Or warm up: raise it to its value over the first hundred steps.",
        ),
        expect=f"Update-to-weight ratio near {number(safe)}, and a loss that falls from the start.",
        variables=_steepest(context, row),
    )


def leapt(found: Found, step: int, before: float, rate: float, *, lost: float, thrown: float, higher: bool) -> Found:
    """The same of a rate that leapt; ``lost``, ``thrown``: log loss since then, and just then, over that before."""
    harm = f"is {times(float(np.exp(lost)))} what it was just before, to the end"
    harm = harm if higher else f"was thrown up to {times(float(np.exp(thrown)))} what it was just before"
    summary = (
        f"The learning rate is probably too high: at step {step} it leaps from {rate_(before)} to {rate_(rate)}, and "
        f"the loss {harm}."
    )
    return replace(found, severity=Severity.WARNING if higher else Severity.INFO, confidence=0.7, summary=summary)


def longer(found: Found, step: int, times_: float, *, rise: float, alarm: bool) -> Found:
    """The same of steps that leapt at ``step`` and took the loss up; ``rise``: of its logarithm."""
    summary = (
        f"The learning rate is probably too high: at step {step} the steps become {times(times_)} as long, at "
        f"gradients as before, and the loss {times(float(np.exp(rise)))} as high."
    )
    evidence = {**found.evidence, "times_as_long": times_, "suggested_learning_rate": None}
    advice = ("Look at what the schedule does there, and keep the rate that the run got on with before.",)
    severity = Severity.ERROR if alarm else Severity.INFO
    return replace(found, severity=severity, confidence=0.7, summary=summary, evidence=evidence, advice=advice)


def limping(found: Found, steps: int, *, highest: float, end: float, threshold: float) -> Found:
    """The same of a run that so many steps threw far up, and that lies flat since then."""
    summary = (
        f"The learning rate is probably too high: {steps} steps changed more than {number(100.0 * threshold)} % "
        f"of the weights and took the loss up to {number(highest)}; since then it lies flat near {number(end)}."
    )
    evidence = {**found.evidence, "huge_steps": steps, "highest_loss": highest, "last_loss": end}
    return replace(found, severity=Severity.WARNING, confidence=0.6, summary=summary, evidence=evidence)


def replaced(found: Found, step: int, ratio: float, *, end: float, constant: float, falls: bool) -> Found:
    """The same of a first step as long as the weights, and a loss that is not far below a constant answer's."""
    summary = (
        f"The learning rate is probably too high: the step at {step} {_extent(ratio)}, and the loss "
        f"is at {number(end)}, {number(100.0 * end / constant)} % of a constant answer's."
    )
    evidence = {**found.evidence, "last_loss": end, "constant_loss": constant}
    severity = Severity.INFO if falls else Severity.WARNING
    return replace(found, severity=severity, confidence=0.6, summary=summary, evidence=evidence)


def tossed(found: Found, ratio: float, *, start: float, highest: float, end: float) -> Found:
    """As information on a run that got on: what its first step, ``ratio`` of the weights, did to the loss.

    A warning where the loss is above its start to the ``end``; NaN: it is not.
    """
    above = bool(np.isfinite(end))
    much = "too high" if above else "higher than it should be at first"
    since = f"; it still is {number(end)}" if above else " before it fell"
    summary = (
        f"The learning rate is probably {much}: the first step {_extent(ratio)}, and the loss went up from "
        f"{number(start)} to {number(highest)}{since}."
    )
    evidence = {**found.evidence, "first_loss": start, "highest_loss": highest}
    severity = Severity.WARNING if above else Severity.INFO
    return replace(found, severity=severity, confidence=0.6, summary=summary, evidence=evidence)


def ends_above(found: Found, ratio: float, *, start: float, end: float) -> Found:
    """The same of a run whose typical steps change ``ratio`` of the weights, and whose loss ends above its start."""
    summary = (
        f"The learning rate is probably too high: most steps change {number(100.0 * ratio)} % of the weights or more, "
        f"the next batches take back what they gain, and the loss went up from {number(start)} to {number(end)}."
    )
    evidence = {**found.evidence, "first_loss": start, "last_loss": end}
    return replace(found, severity=Severity.WARNING, confidence=0.6, summary=summary, evidence=evidence)


def never_settled(found: Found, first: float, typical: float) -> Found:
    """The same of a run that diverges late; ``first``, ``typical``: ‖Δ‖/‖w‖ of the first step, and of most since."""
    rate = found.evidence["learning_rate"]
    summary = (
        f"The learning rate{f' {rate_(float(rate))}' if rate else ''} is probably too high: the first step "
        f"{_extent(first)}, and most of those since then {number(100.0 * typical)} %, where 0.1 to 1 % is usual, "
        "until the loss rose for good."
    )
    return replace(found, confidence=0.6, summary=summary, evidence={**found.evidence, "typical_update_ratio": typical})


def wild(found: Found, ratio: float, noise: float, *, killed: bool, threshold: float) -> Found:
    """The same of a run at rest that began with huge steps, and whose loss jumps from step to step ever since."""
    summary = (
        f"The learning rate is probably too high to settle: the first steps changed up to {number(100.0 * ratio)} % "
        f"of the weights{', most units of a layer have died since' if killed else ''}, and the loss jumps by "
        f"{number(100.0 * noise)} % from step to step."
    )
    evidence = {**found.evidence, "loss_noise": noise, "loss_noise_threshold": threshold}
    return replace(found, severity=Severity.INFO, confidence=0.6, summary=summary, evidence=evidence)


def _lower(context: Context, rate: float | None, factor: float) -> str:
    target = f"from {rate_(rate)} to {rate_(rate / factor)}" if rate else f"by a factor of {number(factor)}"
    return f"Lower the learning rate {target}{_as_code(context, rate / factor if rate else None)}."


def _as_code(context: Context, rate: float | None) -> str:
    call = None if rate is None else keras_call(context.series.optimizer, "learning_rate", rate)
    return f": {call}" if call else ""


def _extent(ratio: float) -> str:
    if ratio < 1.0:
        return f"changes {number(100.0 * ratio)} % of the weights"
    return f"is {times(ratio)} as long as the weights themselves"


def _steepest(context: Context, row: int) -> tuple[str, ...]:
    """Up to three variables that moved most, relative to their size."""
    return tuple(context.names[i] for i in most_moved(context.series, row, context.kernels)[:3])
