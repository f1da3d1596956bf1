"""The loss on validation data rises for good while that on training data still falls."""

from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import deviation
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import number
from tb_convergence.schema.statistics import METRIC_PREFIX
from tb_convergence.series import Values

NAMES = ("val", "valid", "validation", "test", "dev", "eval")
"""Words that begin the name of a loss on other data than the training's, e.g. ``val_loss``."""

FEWEST = 6
"""Validations: a minimum with some on either side."""

AFTER = 3
"""Validations after the best that must all lie above it, and whose median tells how far."""

RISE = np.log(1.1)
"""Log loss by which validation must end above its best: a tenth (SageMaker Debugger's Overtraining has 0.1 as well)."""

LEARNED, KEPT = 0.01, 0.25
"""Share of the first training loss that is left, and of the first validation loss, of a net that learned by heart."""

GAP, GOOD = 2.5, 0.2
"""Share left of the first validation loss over that of the training loss, and the share itself, from which the gap
between both is worth a word."""

BY_HEART = 0.1
"""The share itself, of a net that learned its training data by heart: ten times what is left of the training loss."""

FAR_APART, LITTLE = 10.0, 0.01
"""As GAP and GOOD, of a gap so wide that it is worth a word even where validation went well."""

SIGMAS = 4.0
"""Standard deviations of one validation that the rise must exceed as well."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """Row of the best validation, log loss gained since, noise of one validation, whether training's falls since.

    ``fall``: of log loss, NaN where the loss is not positive.
    """

    row: int
    rise: float
    noise: float
    falls: bool
    fall: float


def check(context: Context) -> Answer:
    """A warning when validation has turned for good and training has not: the best weights were those of the turn."""
    name = validation(context)
    if name is None:
        return NotApplicable("no loss on other data is known: pass metrics={'val_loss': …} to log_step now and then")
    values = context.series.step(name)
    rows = np.flatnonzero(np.isfinite(values) & (values > 0))
    if len(rows) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} validations, got {len(rows)}")
    turn = _turn(context, rows, np.log(values[rows]))
    if turn is None or turn.rise < max(RISE, SIGMAS * turn.noise) or not turn.falls:
        left = _left(context)
        if left < LEARNED and np.median(values[rows][-AFTER:]) > KEPT * values[rows][0]:
            return _found_gap(context, name, values[rows], Severity.WARNING)
        enough = max(GAP * left, BY_HEART if left < LEARNED else GOOD)
        wide = max(FAR_APART * left, LITTLE)
        if not context.bad and np.median(values[rows][-AFTER:]) > min(enough, wide) * values[rows][0]:
            return _found_gap(context, name, values[rows], Severity.INFO)
        return Clear("the loss on validation data does not rise while that on training data falls")
    return _found(context, name, turn)


def _left(context: Context) -> float:
    """Share of the first training loss that is left; NaN where the loss may be negative."""
    loss = context.series.step("loss")
    known = loss[np.isfinite(loss)]
    if len(known) < FEWEST or not (known >= 0.0).all():
        return np.nan
    return _around(loss, len(loss) - 1) / max(float(known[0]), 1e-30)


def _found_gap(context: Context, name: str, values: Values, severity: Severity) -> Found:
    verb = "learned" if severity is Severity.WARNING else "begins to learn"
    end, loss = float(np.median(values[-AFTER:])), _around(context.series.step("loss"), len(context.series) - 1)
    return Found(
        severity=severity,
        confidence=0.8 if severity is Severity.WARNING else 0.6,
        row=None,
        evidence={
            "last_validation_loss": end,
            "last_training_loss": loss,
            "validation_left_percent": 100.0 * end / float(values[0]),
            "validation_left_threshold_percent": 100.0 * KEPT,
            "training_left_threshold_percent": 100.0 * LEARNED,
            "source": name.removeprefix(METRIC_PREFIX),
        },
        summary=(
            f"The net {verb} its data by heart: the training loss is down to {number(loss)}, that on validation data "
            f"stays at {number(end)}, {number(100.0 * end / float(values[0]))} % of where it began."
        ),
        advice=(
            "Get more data, or augment them: so many weights can hold all of these.",
            "Or a smaller net, `Dropout(0.5)`, or `AdamW(weight_decay=1e-2)`; and check that both data are alike.",
        ),
        expect=f"A validation loss below {number(end)}, and a training loss that comes closer to it.",
    )


def validation(context: Context) -> str | None:
    """The step statistic that holds a loss on validation data; ``None``: there is none."""
    for name in context.series.step_values:
        words = name.removeprefix(METRIC_PREFIX).lower().replace("-", "_").replace("/", "_").split("_")
        if name.startswith(METRIC_PREFIX) and words[0] in NAMES and "loss" in words:
            return name
    return None


def _turn(context: Context, rows: np.ndarray[tuple[int], np.dtype[np.int64]], log: Values) -> _Turn | None:
    smooth = np.array([np.median(log[max(0, i - 1) : i + 2]) for i in range(len(log))])
    best = int(np.argmin(smooth))
    after = log[best + 1 :]
    if len(after) < AFTER or not (after[-AFTER:] > smooth[best]).all():
        return None
    halves = (log[: len(log) // 2], log[len(log) // 2 :])  # second differences are blind to a trend
    noise = max(deviation(np.diff(half, n=2)) for half in halves) / float(np.sqrt(6.0))
    loss = context.series.step("loss")
    there, end = _around(loss, int(rows[best])), _around(loss, len(loss) - 1)
    fall = float(np.log(there / end)) if there > 0 and end > 0 else np.nan
    return _Turn(int(rows[best]), float(np.median(after[-AFTER:]) - smooth[best]), noise, there > end, fall)


def _around(loss: Values, row: int) -> float:
    width = max(2, len(loss) // 20)
    near = loss[max(0, row - width) : row + width + 1]
    return float(np.median(near[np.isfinite(near)])) if np.isfinite(near).any() else np.nan


def _found(context: Context, name: str, turn: _Turn) -> Found:
    values = context.series.step(name)
    known = values[np.isfinite(values)]
    best, end = float(values[turn.row]), float(np.median(known[-AFTER:]))
    step = context.step(turn.row)
    percent = 100.0 * (np.exp(turn.rise) - 1.0)
    return Found(
        severity=Severity.WARNING,
        confidence=0.9,
        row=turn.row,
        evidence={
            "best_validation_loss": best,
            "last_validation_loss": end,
            "rise_percent": percent,
            "rise_threshold_percent": 100.0 * (np.exp(RISE) - 1.0),
            "validation_noise_percent": 100.0 * turn.noise,
            "training_fall_percent": 100.0 * (1.0 - np.exp(-turn.fall)),
            "best_step": step,
            "source": name.removeprefix(METRIC_PREFIX),
        },
        summary=(
            f"The net overfits from step {step} on: the loss on validation data rose by {number(percent)} %, from "
            f"{number(best)} to {number(end)}, while that on training data fell on."
        ),
        advice=(
            f'Stop near step {step} and keep those weights: `tf.keras.callbacks.EarlyStopping(monitor="val_loss", '
            "patience=5, restore_best_weights=True)`.",
            "To go further, get more data or augment it, add `Dropout(0.5)`, or `AdamW(weight_decay=1e-2)`.",
        ),
        expect=f"A validation loss that ends below {number(best)}.",
    )


RULE = Rule("overfitting", "Overfitting", "metrics= with a validation loss", check)
