"""What is said of a gradient that explodes, or stands out at single steps."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Evidence, Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.wording import keras_call, literal, number, times

Rows = NDArray[np.int64]


def spikes(context: Context, row: int, peak: int, usual: float, evidence: Evidence) -> Found:
    """From ``row`` on, at its largest at row ``peak``, where the norm is ``usual`` otherwise."""
    largest = float(context.gradient_norm[peak])
    what = f"reaches {number(largest)} at step {context.step(peak)}, {times(largest / usual)} its usual norm "
    return _explodes(context, row, usual, evidence, what + number(usual))


def steep(context: Context, first: float, steepness: float, usual: float, evidence: Evidence) -> Found:
    """From the start, of norm ``first``, where ``steepness`` is ‖g‖‖w‖/L."""
    what = f"is {number(first)} at the start, which is too steep: a change of the weights by 1 % would change the loss "
    return _explodes(context, 0, usual, evidence, what + f"by {times(steepness / 100.0)} its value")


def _explodes(context: Context, row: int, usual: float, evidence: Evidence, what: str) -> Found:
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.9,
        row=row,
        evidence=evidence,
        summary=f"The gradient norm {what}.",
        advice=(
            f"Clip it: {_clipped(context, usual)}.",
            'In a recurrent layer start from `recurrent_initializer="orthogonal"`, or use GRU or LSTM.',
        ),
        expect=f"Update norms without spikes, and a loss that no longer jumps after step {context.step(row)}.",
        variables=_largest(context, row),
    )


def outliers(context: Context, rows: Rows, *, around: int, threshold: float, left: float) -> Found:
    """Information, however the run goes: what single batches, at ``rows``, do to it is for people to judge.

    ``around``: rows on either side that each is compared with; ``left``: share of the other gradients that clipping
    must leave as they are. Not all of them: the longest are those of the first steps, and would clip nothing later on.
    """
    norm, apart = context.gradient_norm, np.diff(rows)
    usual = float(np.quantile(np.delete(norm, np.unique(np.minimum([rows, rows + 1], len(norm) - 1))), left))
    peak = int(rows[np.argmax(norm[rows])])
    every = f", every {int(apart[0])} steps," if len(apart) > 1 and (apart == apart[0]).all() else ""
    times_ = float(norm[peak] / np.median(norm[max(0, peak - around) : peak + around + 1]))
    return Found(
        severity=Severity.INFO,
        confidence=0.7,
        row=int(rows[0]),
        evidence={
            "steps_that_stand_out": len(rows),
            "largest_gradient_norm": float(norm[peak]),
            "times_those_around": times_,
            "times_threshold": threshold,
            "suggested_clipnorm": usual,
        },
        summary=(
            f"At {len(rows)} steps, from {context.step(int(rows[0]))} on{every} the gradient stands out of those "
            f"around it: up to {times(times_)} as long, at step {context.step(peak)}. Those batches are unlike the "
            "others."
        ),
        advice=(
            f"Look at the examples of step {context.step(peak)}: outliers, another unit, a missing value that became a "
            "number.",
            f"Clip what such steps can do: {_clipped(context, usual)}.",
        ),
        expect="Gradient norms without single peaks.",
        variables=_largest(context, peak),
    )


def _clipped(context: Context, norm: float) -> str:
    by_hand = f"`grads, _ = tf.clip_by_global_norm(grads, {literal(norm)})` before the update"
    return keras_call(context.series.optimizer, "global_clipnorm", norm) or by_hand


def _largest(context: Context, row: int) -> tuple[str, ...]:
    norm = np.nan_to_num(context.series.norm("gradient")[row], nan=-1.0)
    order = np.argsort(-norm)[:3]
    return tuple(context.names[i] for i in order if norm[i] >= 0.1 * norm[order[0]])
