"""UMLAUT: settings against fixed ranges, and two epochs (here: looks) against each other."""

import numpy as np

from tests.benchmarks.diagnosis.published.symptom import Run, Symptoms, first, in_order, not_finite

RATE = (1e-7, 0.01)
DROPOUT = 0.5


def check(run: Run) -> Symptoms:
    """In the order in which they appear."""
    begin = run.side.looks[0]
    inputs = begin.get("inputs")
    outside = inputs is not None and (inputs["least"] < -1.0 or inputs["largest"] > 1.0) and not begin["integer_inputs"]
    plain = bool(begin.get("classes")) and begin["output_activation"] not in {"", "softmax"}
    twice = begin.get("output_activation") == "softmax"
    return in_order(
        [
            ("learning rate is high", 0 if run.learning_rate > RATE[1] else None, ("high-learning-rate",)),
            ("learning rate is low", 0 if run.learning_rate < RATE[0] else None, ("low-learning-rate",)),
            ("input exceeds its limits", 0 if outside else None, ("unscaled-inputs",)),
            ("missing softmax, or one too many", 0 if plain or twice else None, ("mismatched-loss",)),
            ("dropout", 0 if begin.get("dropout", 0.0) > DROPOUT else None, ("loss-plateau", "noisy-gradient")),
            ("loss is not a number", not_finite(run), ("non-finite-values", "exploding-gradient")),
            ("overfitting", _overfitting(run), ("overfitting",)),
        ]
    )


def _overfitting(run: Run) -> int | None:
    steps = [look["step"] for look in run.side.looks]
    train, validation = run.side.loss[steps], run.side.validation[steps]
    found = first((np.diff(validation) > 0) & (np.diff(train) < 0))
    return None if found is None else steps[found + 1]
