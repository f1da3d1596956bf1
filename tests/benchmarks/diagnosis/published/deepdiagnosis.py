"""DeepDiagnosis: symptoms at the end of an epoch (here: at a look), then a cause by its decision tree.

As published, without the faults of its code: the variance of weights is computed, and the learning rate is held
against the length of the weights instead of their mean.
"""

import numpy as np

from tests.benchmarks.diagnosis.published.symptom import (
    Run,
    Symptoms,
    any_layer,
    first,
    in_order,
    look_step,
    not_finite,
)

DEAD, SATURATED, VANISHING, SPAN = 0.7, 0.5, 1e-7, 10.0
RATE_RATIO = (1e-5, 1e-1)
VARIANCE = (1e-5, 10.0)
RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, np.inf)}
PATIENCE = 5


def check(run: Run) -> Symptoms:
    """The symptoms, in order of their appearance, and behind them the causes proposed."""
    last = run.side.looks[-1]
    dead = any(layer["zero_share"] >= DEAD for layer in last.get("layers", []) if layer["activation"] == "relu")
    unchanged = run.series.norm("update") == 0.0
    symptoms = in_order(
        [
            ("numerical error", not_finite(run), ("non-finite-values", "exploding-gradient")),
            ("dead node", last["step"] if dead else None, ("dead-units",)),
            ("saturated", any_layer(run, "above_5", SATURATED), ("saturated-activations",)),
            ("vanishing gradient", first(run.side.mean_gradient < VANISHING), ("vanishing-gradient",)),
            ("out of range", look_step(run, first([_out(look) for look in run.side.looks])), ("mismatched-loss",)),
            (
                "unchanged weight",
                first(unchanged[PATIENCE:]),
                ("unapplied-update", "missing-gradient", "low-learning-rate"),
            ),
            ("loss not decreasing", _flat(run), ("loss-plateau", "diverging-loss", "slow-convergence")),
        ]
    )
    return symptoms + _causes(run) if symptoms else []


def _out(look: dict[str, object]) -> bool:
    seen = look.get("outputs")
    if not isinstance(seen, dict) or look.get("classes"):
        return False
    low, high = RANGES.get(str(look["output_activation"]), (-np.inf, np.inf))
    span = seen["label_largest"] - seen["label_least"]
    outside = seen["label_least"] < low or seen["label_largest"] > high
    return bool(outside or (span > 0 and seen["largest"] - seen["least"] > SPAN * span))


def _flat(run: Run) -> int | None:
    looks = np.array([run.side.loss[look["step"]] for look in run.side.looks])
    return next(
        (
            run.side.looks[i]["step"]
            for i in range(PATIENCE, len(looks))
            if not looks[i - PATIENCE + 1 : i + 1].min() < looks[i - PATIENCE]
        ),
        None,
    )


def _causes(run: Run) -> Symptoms:
    gradient, weight = (np.nanmean(run.series.norm(x), axis=0) for x in ("gradient", "weight"))
    with np.errstate(all="ignore"):
        ratio = run.learning_rate * gradient / weight
    variances = [w["variance"] for w in run.side.looks[0]["weights"] if w["rank"] >= 2]
    inputs = run.side.looks[0].get("inputs")
    found: Symptoms = []
    if (ratio > RATE_RATIO[1]).any() or (ratio < RATE_RATIO[0]).any():
        found.append(("learning rate", ["high-learning-rate", "low-learning-rate"]))
    if any(not VARIANCE[0] <= v <= VARIANCE[1] for v in variances):
        found.append(("poor weights", ["poor-initialization"]))
    if inputs and (inputs["least"] < -1.0 or inputs["largest"] > 1.0):
        found.append(("normalize the data", ["unscaled-inputs"]))
    return found
