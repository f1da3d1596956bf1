"""SageMaker Debugger's built-in rules with their documented defaults, at every step.

The shipped configuration saves every 500 steps, which would see nothing of most runs here; so it is given all.
The percentiles of a gradient are taken from its root mean square as of a normal distribution.
"""

import numpy as np

from tests.benchmarks.diagnosis.published.symptom import Run, Symptoms, any_layer, first, in_order, not_finite

VANISHING = 1e-7
UPDATE_RATIO = (1e-8, 10.0)
INITIAL_STEPS = 10
VARIANCE_RATIO, PERCENTILES, PATIENCE = 10.0, 1e-3, 5
NOT_DECREASING = 10
OVERFIT = 0.1


def check(run: Run) -> Symptoms:
    """Every rule, in the order in which they fire."""
    series, loss = run.series, run.side.loss
    update, weight = series.norm("update"), series.norm("weight")
    with np.errstate(all="ignore"):
        ratio = update / (weight + 1e-9)
        unchanged = update <= 1e-5 * weight
    flat = np.array(
        [
            t >= NOT_DECREASING and t % NOT_DECREASING == 0 and not loss[t] < loss[t - NOT_DECREASING]
            for t in range(len(loss))
        ]
    )
    validation = run.side.validation
    return in_order(
        [
            ("VanishingGradient", first(run.side.mean_gradient < VANISHING), ("vanishing-gradient",)),
            ("ExplodingTensor", not_finite(run), ("exploding-gradient", "non-finite-values")),
            ("WeightUpdateRatio, large", first(ratio > UPDATE_RATIO[1]), ("high-learning-rate",)),
            ("WeightUpdateRatio, small", first(ratio < UPDATE_RATIO[0]), ("low-learning-rate", "unapplied-update")),
            ("PoorWeightInitialization", _initialization(run), ("poor-initialization",)),
            ("DeadRelu", any_layer(run, "dead_units", 0.5), ("dead-units",)),
            ("SaturatedActivation", any_layer(run, "saturated_units", 0.5), ("saturated-activations",)),
            (
                "LossNotDecreasing",
                first(flat),
                ("loss-plateau", "slow-convergence", "diverging-loss", "low-learning-rate"),
            ),
            ("UnchangedTensor", first(unchanged[2:] & unchanged[1:-1]), ("unapplied-update", "low-learning-rate")),
            ("AllZero", first(series.recorded("gradient_zero_fraction") == 1.0), ("missing-gradient", "dead-units")),
            ("Overfit", first((validation - loss) / np.abs(loss) > OVERFIT), ("overfitting",)),
        ]
    )


def _initialization(run: Run) -> int | None:
    early = run.side.loss[:INITIAL_STEPS]
    looks = [look for look in run.side.looks if look["step"] < INITIAL_STEPS]
    variances = [layer["variance"] for look in looks for layer in look.get("layers", [])]
    if variances and max(variances) > VARIANCE_RATIO * min(variances):
        return 0
    rms = run.series.norm("gradient")[:INITIAL_STEPS] / np.sqrt(np.maximum(run.series.sizes, 1))
    if (3.29 * rms < PERCENTILES).any():
        return 0
    return 0 if len(early) > PATIENCE and not early[1 : PATIENCE + 1].min() < early[0] else None
