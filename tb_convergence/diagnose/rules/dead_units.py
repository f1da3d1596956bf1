"""Units that get no gradient any more, in a run that does not learn."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.layers import starved
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.diagnose.wording import more, number

FEWEST = 10
"""Rows: a batch may leave units out by chance."""

DEAD = 0.9
"""Share of a layer's units without any gradient; wide ReLU layers are healthy with half of theirs off."""

SMOOTHED = 5
"""Rows, the most of which must live for the layer to count as living at that time."""

GONE = 0.1
"""Share of the weights left by what pulled them to zero, below which nobody killed their units."""

LASTING = 0.9
"""Share of the last quarter of the run in which the layer must be dead."""


def check(context: Context) -> Answer:
    """Found when a layer stays dead to the end of a run that is bad or slow; a converged run has no gradient either.

    Information where the run gets on with the rest of the units, and has not come far.
    """
    dead = context.series.recorded("dead_unit_fraction")
    if not np.isfinite(dead).any():
        return NotApplicable("no layer has units whose gradient was recorded")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    suffers = context.bad or context.outcome is Outcome.SLOW
    if not suffers and not context.lukewarm:
        return behaves(context)
    other = _otherwise_dead(context)
    if other:
        return Clear(other)
    over = dead >= DEAD
    columns = np.flatnonzero(over[-max(1, len(dead) // 4) :].mean(axis=0) >= LASTING)
    if not len(columns):
        return Clear()
    found = _found(context, dead, over, columns)
    return found if suffers else replace(found, severity=Severity.INFO, confidence=0.7)


def _otherwise_dead(context: Context) -> str:
    """What else leaves units without a gradient; empty: nothing that is known."""
    if context.shrinkage is not None and context.shrinkage.left < GONE:
        return "the weights were pulled to zero, and the units with them"
    starves = starved(context.series, context.layers)
    return "normalizations before every unit get one example each, and pass nothing on" if starves else ""


def _onset(over: NDArray[np.bool_]) -> int:
    """First row of the time over which the layer is dead until the end; single living rows in it are luck."""
    alive = np.convolve(~over, np.ones(SMOOTHED), "same") > SMOOTHED / 2.0
    # the ends see fewer rows than they count
    last = np.flatnonzero(alive | (~over & (np.arange(len(over)) < SMOOTHED // 2)))
    if not len(last):
        return 0
    after = np.flatnonzero(over[int(last[-1]) + 1 :])
    return int(last[-1]) + 1 + (int(after[0]) if len(after) else 0)


def _found(
    context: Context,
    dead: NDArray[np.float64],
    over: NDArray[np.bool_],
    columns: NDArray[np.int64],
) -> Found:
    onsets = {int(c): min(_onset(over[:, c]), len(over) - 1) for c in columns}
    order = sorted(onsets, key=lambda c: (onsets[c], -c))  # the same onset: the deepest layer starves those before it
    row = onsets[order[0]]
    worst = context.names[order[0]]
    share, rate = median(dead[row:, order[0]]), context.rate_of(max(0, row - 1))  # the step that killed them
    besides = more(len(columns) - 1, "layer")
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.9,
        row=row,
        evidence={
            "dead_unit_fraction": share,
            "threshold": DEAD,
            "layers": len(columns),
            "suggested_learning_rate": rate / 10.0 if row and rate > 0.0 else None,
        },
        summary=(
            f"{_share(share)} of {worst} get no gradient from step {context.step(row)} on"
            f"{f', nor do most units of {besides}' if len(columns) > 1 else ''}."
        ),
        advice=(_FROM_THE_START if row == 0 else _KILLED, _LEAKY),
        expect=f"Less than {number(100.0 * DEAD)} % of any layer's units without gradient.",
        variables=tuple(context.names[c] for c in order),
    )


_KILLED = "Start again with a learning rate ten times lower: dead units do not come back."
_FROM_THE_START = (
    "They were dead before the first update: look at the initial weights and biases (all zero, or a large negative "
    "bias) and at the scale of the inputs."
)
_LEAKY = 'Or use `activation="leaky_relu"`, whose gradient is never zero, with `kernel_initializer="he_normal"`.'


def _share(share: float) -> str:
    return "All units" if share > 0.9995 else f"{number(100.0 * share)} % of the units"


RULE = Rule("dead-units", "Dead units", "gradients of layers with units", check)
