"""DeepLocalize: means of layers that are not finite, zero in half of the batches so far, or constant over five.

The looks stand for its batches, except for the loss, which it has at every step.
"""

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

BATCHES = 5
DEAD = ("dead-units", "vanishing-gradient", "missing-gradient")


def check(run: Run) -> Symptoms:
    """In the order in which they appear."""
    outputs = np.array(layer_looks(run, "mean"), float).reshape(len(run.side.looks), -1)
    weights = np.array([[w["mean"] for w in look["weights"]] for look in run.side.looks], float)
    accuracy = np.array([[look["outputs"]["accuracy"]] if "outputs" in look else [np.nan] for look in run.side.looks])
    gradients = run.side.mean_gradient
    return in_order(
        [
            ("not a number", not_finite(run), ("non-finite-values", "exploding-gradient")),
            ("zero outputs", look_step(run, _zero(outputs)), DEAD),
            ("zero gradients", _zero(gradients), DEAD),
            ("constant outputs", look_step(run, _constant(outputs)), DEAD),
            ("constant weights", look_step(run, _constant(weights)), ("unapplied-update", "missing-gradient")),
            ("constant gradients", _constant(gradients), DEAD),
            ("constant loss", _constant(run.side.loss[:, None]), ("loss-plateau", "slow-convergence")),
            (
                "constant accuracy",
                look_step(run, _constant(accuracy)),
                ("loss-plateau", "slow-convergence", "mismatched-labels"),
            ),
        ]
    )


def _zero(means: object) -> int | None:
    values = np.asarray(means)
    so_far = np.cumsum(values == 0.0, axis=0) >= 0.5 * np.arange(1, len(values) + 1)[:, None]
    return first(so_far[BATCHES - 1 :]) if len(values) >= BATCHES else None


def _constant(means: object) -> int | None:
    values = np.asarray(means)
    last = range(BATCHES - 1, len(values), BATCHES)
    for t in last:
        window = values[t - BATCHES + 1 : t + 1]
        if values.shape[1] and (window.mean(axis=0) == window.max(axis=0)).any():
            return t
    return None
