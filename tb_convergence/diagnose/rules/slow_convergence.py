"""The loss falls, but would take many times the run to get anywhere: a symptom, after its cause where one is found."""

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.estimators.progress import Pace, pace
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.loss_plateau import FLAT
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import number, rough, times

FEWEST = 50
"""Losses: fewer are a beginning."""

TIMES = 10.0
"""Times the run's length that the loss would need to halve."""

LONG = 2.0
"""The same from which it is told of a run that has not come far: it would take three times as many steps."""

VALLEY = 100.0
"""Largest curvature met over that along the late steps, from which the run creeps along the floor of a valley."""

REMAINS = 0.5
"""Fall of log loss still to come at a pace that shrinks as it does; less is a run that comes to its floor."""

STANDS_OUT = 5.0
"""Standard errors of the pace."""

MANY = 10.0
"""Factor of a fall from which it is told as such: percents of a hundred say nothing."""

SMOOTH = 0.99
"""cos(g, g⁻) above which the loss counts as free of noise, so that even a small pace is seen for certain."""


def check(context: Context) -> Answer:
    """A warning for a run that hardly fell; information for one that fell at first and crawls now."""
    trend = context.trend
    if trend is None or not trend.log:
        return NotApplicable("needs a positive loss")
    found = pace(trend)
    if found is None or len(trend.values) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} losses, got {len(trend.values)}")
    if context.bad:
        return Clear("the loss does not fall at all")
    if context.warming_up:
        return NotEnoughEvidence("the learning rate is still rising")
    return _judged(context, trend, found)


def _judged(context: Context, trend: Trend, found: Pace) -> Answer:
    if context.outcome is not Outcome.SLOW:
        return _found(context, trend, found, crawls=True) if _crawls(context, found, trend) else Clear()
    if trend.drop < FLAT:
        return Clear("the loss lies flat rather than falling slowly")
    return _found(context, trend, found, crawls=False)


def _crawls(context: Context, found: Pace, trend: Trend) -> bool:
    """Whether the loss, without noise, goes on falling at a pace that leads nowhere and hardly shrinks.

    Or, along the floor of a narrow valley, at one that would take more than the run again to halve it; or in a run that
    has not come far, twice as many steps.
    """
    late = slice(len(context.series) // 2, None)
    if not median(context.model.cosine("gradient", "previous_gradient")[late]) > SMOOTH:
        return False
    if not trend.natural and trend.drop > np.log(2.0):
        return False  # what is left of it is guessed, and less than what it has fallen by
    times = found.rows_to_halve / len(trend.values)
    if _in_a_valley(context, late):
        return found.late > 0.0 and times > 1.0
    exact = context.one_batch  # what the pace bends by is no chance
    if context.lukewarm and found.late > (0.0 if exact else STANDS_OUT) * found.error and times > LONG:
        return True
    return found.late > STANDS_OUT * found.error and found.remaining > REMAINS and times > TIMES


def _in_a_valley(context: Context, late: slice) -> bool:
    known = context.curvature[np.isfinite(context.curvature)]
    along = median(context.curvature[late])
    return len(known) > 0 and along > 0.0 and float(known.max()) > VALLEY * along


def _found(context: Context, trend: Trend, found: Pace, *, crawls: bool) -> Found:
    rows = found.rows_to_halve if trend.natural else _rows_to_repeat(trend, found)
    ahead = f"about {rough(rows)} more steps" if np.isfinite(rows) else "more steps than can be told"
    goal = "halve it" if trend.natural else "fall as far again"
    return Found(
        severity=Severity.INFO if crawls else Severity.WARNING,
        confidence=0.85,
        row=int(trend.rows[len(trend.rows) // 2]) if crawls else 0,
        evidence={
            "fall_percent": trend.fall_percent,
            "fall_per_step_percent": 100.0 * found.late,
            "steps_to_halve": rows if np.isfinite(rows) and trend.natural else None,
            "steps_so_far": len(trend.values),
            "times_threshold": TIMES,
            "learning_rate": median(context.learning_rate),
            "update_ratio": median(context.update_ratio),
        },
        summary=(
            f"The loss hardly falls any more: it is {_fallen(trend)} after {len(trend.values)} steps, and to {goal} "
            f"takes {ahead}."
            if crawls
            else f"The loss falls too slowly: it is {_fallen(trend)} after {len(trend.values)} steps; to {goal} takes "
            f"{ahead}."
        ),
        advice=(
            "Raise the learning rate threefold at a time until the loss falls clearly, and stop before it rises.",
            "Add momentum, `tf.keras.optimizers.SGD(…, momentum=0.9, nesterov=True)`, or let each weight have its own "
            "step: `tf.keras.optimizers.Adam(1e-3)`.",
            "Standardize the inputs: directions of unlike size make a narrow valley.",
        ),
        expect=f"A loss that {'halves' if trend.natural else 'falls as far again'} within {number(len(trend.values))} "
        "steps.",
    )


def _rows_to_repeat(trend: Trend, found: Pace) -> float:
    """Rows at the late pace for a fall as far as that so far, where no zero tells what half of the loss is."""
    late = found.late * (trend.level(trend.end) - trend.floor)
    return trend.fallen / late if late > 0.0 else np.inf


def _fallen(trend: Trend) -> str:
    """How far it is down, as people say it: ``40 % lower``, ``170,000 times smaller``, or ``0.4 lower``."""
    if not trend.natural:
        return f"{rough(trend.fallen)} lower"
    factor = float(np.exp(trend.drop))
    return f"{times(factor)} smaller" if factor >= MANY else f"{rough(100.0 * (1.0 - 1.0 / factor))} % lower"


RULE = Rule("slow-convergence", "Slow convergence", "the loss", check)
