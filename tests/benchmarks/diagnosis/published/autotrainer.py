"""AutoTrainer: gradients are asked once the accuracy has failed; classification only. A look stands for an epoch."""

import numpy as np

from tests.benchmarks.diagnosis.published.symptom import (
    Run,
    Symptoms,
    first,
    in_order,
    layer_looks,
    look_step,
    not_finite,
)
from tests.benchmarks.diagnosis.sideline import Floats

FIRST_TO_LAST, SMALL, LARGE_RATIO, ZEROS = 1e-3, 1e-4, 70.0, 0.7
SWING, SWINGS, GAIN, ACCURACY = 0.03, 0.2, 0.01, 0.6
OUTPUT, HIDDEN = 1.1, 10.0
LOSS_AS_NAN = 1e3


def check(run: Run) -> Symptoms:
    """Symptoms in their list of priority."""
    broken = not_finite(run)
    if broken is None:
        broken = first(run.side.loss >= LOSS_AS_NAN)
    found: Symptoms = (
        [("explode", ["exploding-gradient", "non-finite-values", "diverging-loss"])] if broken is not None else []
    )
    accuracy = np.array([look["outputs"]["accuracy"] for look in run.side.looks if "outputs" in look])
    accuracy = accuracy[np.isfinite(accuracy)]
    return found + _failing(run, accuracy) if len(accuracy) else found


def _failing(run: Run, accuracy: Floats) -> Symptoms:  # float64 [looks]
    found: Symptoms = []
    low, gains = bool(accuracy.max() < ACCURACY), np.diff(accuracy)
    if low:
        found += _gradients(run)
        hidden = first([any(v >= HIDDEN for v in values) for values in layer_looks(run, "mean_abs")])
        outputs = first([look["outputs"]["sum_error"] > OUTPUT - 1.0 for look in run.side.looks])
        found += in_order(
            [
                ("abnormal data", look_step(run, hidden), ("unscaled-inputs",)),
                ("improper output activation", look_step(run, outputs), ("mismatched-loss",)),
            ]
        )
    turns = (gains[1:] * gains[:-1] < 0) & (np.abs(gains[1:]) >= SWING)
    if turns.sum() >= SWINGS * len(accuracy) and low:
        found.append(("oscillating loss", ["oscillating-updates", "high-learning-rate"]))
    if len(gains) and gains.max() < GAIN:
        found.append(("slow convergence", ["slow-convergence", "loss-plateau", "low-learning-rate"]))
    if low:
        found.append(("not converged", ["mismatched-labels", "loss-plateau", "slow-convergence"]))
    return found


def _gradients(run: Run) -> Symptoms:
    norm = run.series.norm("gradient")
    first_, last = norm[:, 0], norm[:, -2 if norm.shape[1] > 1 else -1]
    zeros = run.series.recorded("gradient_zero_fraction")
    share = (zeros * run.series.sizes).sum(axis=1) / run.series.sizes.sum()
    with np.errstate(all="ignore"):
        ratio = first_ / last
        return in_order(
            [
                ("vanish", first((ratio < FIRST_TO_LAST) & (first_ < SMALL)), ("vanishing-gradient",)),
                ("explode", first(ratio > LARGE_RATIO), ("exploding-gradient",)),
                ("dying ReLU", first(share >= ZEROS), ("dead-units",)),
            ]
        )
