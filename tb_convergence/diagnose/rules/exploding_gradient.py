"""The gradient is, or suddenly becomes, larger by powers of ten than the run can use."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import MAD
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, number
from tb_convergence.series import Values

FEWEST = 10
"""Rows, of which the typical norm is taken."""

SPIKE = 100.0
"""Norm over its typical value; two powers of ten, where healthy runs stay within one (measured, and SPIKE_SIGMAS)."""

SPIKE_SIGMAS = 6.0
"""Robust standard deviations of log ‖g‖ that a spike must exceed as well."""

STEEP = 1e3
"""‖g‖‖w‖/L: relative change of the loss per relative change of the weights; 1 to 100 in healthy nets."""

BEFORE = 5
"""Rows before a spike in which the steps must have been stable for the spike to be a cause."""


def check(context: Context) -> Answer:
    """Found when a run went wrong whose gradient was steep from the start, or spiked while steps were stable."""
    norm = context.gradient_norm
    usable = np.isfinite(norm) & (norm > 0)
    if not usable.any():
        return NotApplicable("no gradients were recorded")
    if usable.sum() < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps with a gradient, got {int(usable.sum())}")
    rows = _spikes(norm, usable)
    rows = rows[_stable_before(context, rows)] if len(rows) else rows
    steep = _steepness(context)
    if steep <= STEEP and not len(rows):
        return Clear()
    if not context.bad and not _set_back(context, rows):
        return Clear("the gradient is large at times, and the loss falls nevertheless")
    return _found(context, rows, usable, steep)


def _spikes(norm: Values, usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    level = np.log(norm[usable])
    typical = np.median(level)
    spread = MAD * np.median(np.abs(level - typical))
    high = np.zeros(len(norm), np.bool_)
    high[usable] = level > typical + max(np.log(SPIKE), SPIKE_SIGMAS * spread)
    return np.flatnonzero(high)


def _stable_before(context: Context, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the steps before the first spike were stable; what unstable steps lead to is their fault."""
    first = int(rows[0])
    stability = context.stability[max(0, first - BEFORE) : first]
    ratio = context.update_ratio[max(0, first - BEFORE) : first]
    unstable = (np.nan_to_num(stability, nan=0.0) > 1.0).sum() >= 2 or (np.nan_to_num(ratio) > 0.1).sum() >= 2
    return np.full(len(rows), not unstable and first > 0)


def _steepness(context: Context) -> float:
    """‖g‖‖w‖/L of the first row, before any update could have spoiled it; NaN when unknown."""
    loss = context.series.step("loss")[:1]
    if not (loss > 0).all():
        return 0.0
    steep = divide(context.gradient_norm[:1] * context.model.norm("weight")[:1], loss)
    return float(np.nan_to_num(steep[0]))


def _set_back(context: Context, rows: NDArray[np.int64]) -> bool:
    """Whether the loss right after a spike was clearly worse than before it."""
    trend = context.trend
    if trend is None or not trend.log:
        return False
    loss = np.log(np.where(context.series.step("loss") > 0, context.series.step("loss"), np.nan))
    for row in rows:
        before, after = loss[max(0, row - BEFORE) : row], loss[row + 1 : row + 1 + BEFORE]
        if len(before) and len(after) and np.median(after) - np.median(before) > max(np.log(2.0), 5.0 * trend.noise):
            return True
    return False


def _found(context: Context, rows: NDArray[np.int64], usable: NDArray[np.bool_], steep: float) -> Found:
    norm = context.gradient_norm
    row = int(rows[0]) if len(rows) else 0
    healthy = float(np.median(norm[usable])) if len(rows) else float(norm[0] * STEEP / steep / 10.0)
    largest = float(norm[usable].max())
    what = (
        f"spikes to {number(largest)} at step {context.step(int(np.nanargmax(np.where(usable, norm, np.nan))))}, "
        f"{number(largest / healthy)} times its usual norm {number(healthy)}"
        if len(rows)
        else f"is {number(float(norm[0]))} at the first step, about {number(steep)} times what the loss is worth"
    )
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.9,
        row=row,
        evidence={
            "largest_gradient_norm": largest,
            "usual_gradient_norm": healthy,
            "spikes": len(rows),
            "spike_threshold": SPIKE,
            "steepness": steep,
            "steepness_threshold": STEEP,
            "suggested_clipnorm": healthy,
        },
        summary=f"The gradient {what}.",
        advice=(
            f"Clip it: optimizer = tf.keras.optimizers.Adam(…, global_clipnorm={number(healthy)}).",
            'In a recurrent layer start from recurrent_initializer="orthogonal", or use GRU or LSTM.',
        ),
        expect=f"Update norms without spikes, and a loss that no longer jumps after step {context.step(row)}.",
        variables=_largest(context, row),
    )


def _largest(context: Context, row: int) -> tuple[str, ...]:
    norm = np.nan_to_num(context.series.norm("gradient")[row], nan=-1.0)
    order = np.argsort(-norm)[:3]
    return tuple(context.names[i] for i in order if norm[i] >= 0.1 * norm[order[0]])


RULE = Rule("exploding-gradient", "Gradient explodes", "gradients, loss", check)
