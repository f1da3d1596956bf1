"""The momentum remembers more steps than the run can wait for, and carries the weights uphill."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.identification import Family
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.oscillation import ringing
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.diagnose.wording import keras_call, number
from tb_convergence.series import Values

FEWEST = 20
"""Rows: fewer do not show where momentum leads."""

HIGH = 0.97
"""Momentum from which it may be too much: memory of 33 steps; 0.9 and 0.95 are usual."""

USUAL = 0.9
"""Momentum to go back to (Sutskever et al. 2013 begin there as well)."""

LONGEST = 0.9999
"""Momentum above which a fit says no more than that each update is like the one before."""

UPHILL = 0.05
"""Share of steps with ⟨g, Δ⟩ > 0; at momentum 0.9 healthy runs have at most 0.03 (measured)."""

SWINGS = 0.25
"""The same of a run without noise that swings for good: half of each swing goes up, and a decay takes some of it."""

LIMITS = 2.0
"""Factor within which the loss of a run falls by μ a step: what swings under heavy ball has roots of modulus √μ,
whatever the rate (Polyak 1964)."""

LONG = 0.5
"""Share of the run from which the memory is long: what the first steps did still moves the weights at its end."""

GONE = np.log(1.5)
"""Log loss by which a run that gets on must end above its best for the momentum to have carried it past."""

LOST = 0.1
"""Log loss by which a run that lies flat must lie above its best for the momentum to have led it there."""

SHORT = 0.1
"""‖Δ‖/‖w‖ of the first step, which has no momentum yet; above, the learning rate alone is too high."""

STEADY = 0.02
"""Relative spread of the curvature below which the recurrence of a parabola is believed."""


OWN = 0.5
"""Memory of an adaptive optimizer's first moment over the one that its updates show, below which gradients that hardly
change make them alike, and no setting does."""

ENDLESS, ROUNDED = 1e-4, 1e-5
"""Share that a memory loses in a step, below which it keeps everything: ten thousand steps. And the error of an
identified momentum, by which one of 1 may seem to be above."""


def check(context: Context) -> Answer:
    """Found when a run went wrong under a high momentum that took it uphill, and the learning rate alone is fine."""
    momentum = context.fits.momentum
    identified = np.isfinite(momentum)
    if not identified.any():
        return NotApplicable("no momentum was identified in the updates")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    whole = float(context.fit.momentum[0])  # exact in every row, where a few late ones fit any momentum
    value = whole if np.isfinite(whole) else float(np.median(momentum[identified]))
    value = 1.0 - 0.1 * ROUNDED if 1.0 <= value < 1.0 + ROUNDED else value
    fine = _fine(context, value)
    if fine:
        return Clear(fine)
    if context.bad:
        return _blamed(context, value)
    return _too_long(context, value) or behaves(context)


def _fine(context: Context, value: float) -> str:
    """Why this momentum, or whatever is taken for one, is not to blame; empty: it may be."""
    if not HIGH <= value < 1.0 or not _known(context):
        return f"the momentum is {number(value)}"
    if 1.0 - value < OWN * (1.0 - _set(context, "beta_1")):
        return "updates are like those before because gradients are: the optimizer's own memory is shorter"
    if (context.model.inner("gradient", "update")[:1] > 0.0).any():
        return "the first step, which has no momentum yet, leads uphill already: its sign is wrong"
    return ""


def _set(context: Context, name: str) -> float:
    """A setting of the optimizer; NaN: it has none of that name, or is not known."""
    value = ((context.series.optimizer or {}).get("config") or {}).get(name)
    return float(value) if isinstance(value, int | float) else np.nan


def _added_up(context: Context, momentum: float) -> tuple[str, ...]:
    """What else makes a momentum of 1, which nobody sets: each gradient stays in all later steps."""
    if not 1.0 - momentum < ENDLESS or _set(context, "momentum") > HIGH:
        return ()
    return (
        "A momentum of 1 is one that nobody sets: are gradients added up from step to step, and never set back to "
        "zero? Give the optimizer those of this step alone.",
    )


def _known(context: Context) -> bool:
    """Whether a momentum was identified in half of the steps or more; rows that are not finite tell nothing."""
    moved = np.nan_to_num(context.model.norm("update")) > 0.0
    return bool(np.isfinite(context.fits.momentum).sum() >= 0.5 * moved.sum())


def carried(context: Context) -> bool:
    """Whether a momentum above HIGH moves the weights, and uphill as well, at a rate that is fine by itself."""
    value = median(context.fits.momentum)
    along = context.model.inner("gradient", "update")
    uphill = np.flatnonzero(along > 0.0)
    share = len(uphill) / max(1, int(np.isfinite(along).sum()))
    rate = median(context.fits.learning_rate)  # Adam's steps may be like those before, and of no such rate
    high = HIGH <= value < LONGEST and rate > 0.0 and _known(context)
    return high and share >= UPHILL and not _rate_alone(context)


def _too_long(context: Context, value: float) -> Found | None:
    """For a run that gets on, with a memory of half its length or more, that leads uphill now and then.

    A warning where the run lost a good part of what it had reached, else information.
    """
    along = context.model.inner("gradient", "update")
    uphill = np.flatnonzero(along > 0.0)
    share = len(uphill) / max(1, int(np.isfinite(along).sum()))
    memory = 1.0 / (1.0 - value) / context.length
    swings = context.one_batch and (share >= SWINGS or _limits(context, value))
    leads_uphill = (share >= UPHILL and context.lukewarm) or swings
    if (memory < LONG and not leads_uphill) or (share < UPHILL and memory < 1.0) or not len(uphill):
        return None
    trend = context.trend
    lost = trend is not None and trend.log and trend.end - trend.best > max(GONE, 5.0 * trend.error)
    found = _found(context, value, share, int(uphill[0]))
    return replace(found, severity=Severity.WARNING if lost else Severity.INFO, confidence=0.7)


def _limits(context: Context, value: float) -> bool:
    """Whether the loss falls as fast as the momentum lets it: swings shrink by √μ a step, and the loss by μ."""
    trend = context.trend
    if trend is None or not trend.log or not trend.drop > 0.0:
        return False
    share = trend.drop / (context.length * -np.log(value))
    return bool(1.0 / LIMITS < share < LIMITS)


def _blamed(context: Context, value: float) -> Answer:
    along = context.model.inner("gradient", "update")
    uphill = np.flatnonzero(along > 0.0)
    share = len(uphill) / max(1, int(np.isfinite(along).sum()))
    memory = 1.0 / (1.0 - value) / context.length
    if not len(uphill):
        return Clear("the momentum does not lead uphill")
    if _rate_alone(context):
        return Clear("the learning rate alone is too high")
    found = _found(context, value, share, int(uphill[0]))
    if (share < UPHILL and memory < 1.0) or not _led_astray(context):  # it may be another's doing
        broke = context.outcome in (Outcome.DIVERGED, Outcome.NOT_FINITE)
        guess = replace(found, severity=Severity.INFO, confidence=0.4)
        return guess if broke else Clear("the momentum does not lead uphill")
    return found


def _led_astray(context: Context) -> bool:
    """Whether the loss swings, grows, or lies above what it had reached."""
    trend = context.trend
    if trend is None or context.outcome is not Outcome.STALLED:
        return True
    error = 0.0 if context.one_batch else trend.error  # without noise every swing is one of the weights
    best = float(trend.values.min()) if context.one_batch else trend.best
    return trend.log and trend.end - best > max(LOST, 5.0 * error)


def _rate_alone(context: Context) -> bool:
    """Whether even the first step, or steps without any momentum, would be too long."""
    first = context.has_matrices and bool((context.update_ratio[:1] > SHORT).any())
    number_ = (context.fits.learning_rate * context.curvature)[:FEWEST]
    return first or median(number_) > 2.0  # the limit of gradient descent


def _critical(context: Context) -> float | None:
    """(1 − √(ηh))² where the curvature is steady; ``None``: it is not, or no momentum swings there."""
    curvature: Values = context.curvature[np.isfinite(context.curvature)]
    h = median(curvature)
    if not h > 0.0 or float(np.median(np.abs(curvature - h))) > STEADY * h:
        return None
    rate = median(context.fits.learning_rate)
    return ringing(rate * h, USUAL).critical_momentum


def _found(context: Context, momentum: float, share: float, row: int) -> Found:
    critical, steps = _critical(context), 1.0 / max(1.0 - momentum, 1e-6)
    better = float(f"{USUAL if critical is None else min(USUAL, critical):.3g}")
    call = keras_call(context.series.optimizer, "momentum", better)
    kind = "Nesterov momentum" if context.fit.family(0) is Family.NESTEROV else "momentum"
    return Found(
        severity=Severity.ERROR,
        confidence=0.85 if critical is None else 0.97,
        row=0,  # it was set so from the start; uphill it leads later
        evidence={
            "momentum": momentum,
            "momentum_threshold": HIGH,
            "memory_steps": steps,
            "uphill_share": share,
            "uphill_threshold": UPHILL,
            "first_uphill_step": context.step(row),
            "critical_momentum": critical,
            "suggested_momentum": better,
            "learning_rate": median(context.fits.learning_rate),
        },
        summary=(
            f"The {kind} {number(momentum)} is too high: it remembers {number(steps)} steps, in a run of "
            f"{context.length}, and {number(100.0 * share)} % of the steps lead uphill."
        ),
        advice=(
            *_added_up(context, momentum),
            f"Lower the momentum from {number(momentum)} to {number(better)}{f': {call}' if call else ''}.",
            f"If it must stay, lower the learning rate about {number((1.0 - better) / (1.0 - momentum))} times.",
        ),
        expect="Updates that follow the gradient (a negative cosine) in nearly all steps, and a loss that falls.",
    )


RULE = Rule("excessive-momentum", "Momentum too high", "loss, gradients, successive updates", check)
