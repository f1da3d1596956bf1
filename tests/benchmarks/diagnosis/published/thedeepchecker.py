"""TheDeepChecker's checks, every ten steps from the tenth.

It means a single batch that is to be overfitted; people give it minibatches, as here. Its gradient check is off by
default, and the alarm whose code raises is left out.
"""

import numpy as np

from tests.benchmarks.diagnosis.published.symptom import Run, Symptoms, any_layer, first, in_order, not_finite

START = PERIOD = 10
VANISHING, EXPLODING = 1e-6, 1e6
UPDATE_RATIO = (-4.0, -1.0)
DROP, TIMES, GROWTH = 0.05, 4, 2.0
SMOOTH, SMOOTH_STEPS = 0.5, 50
STD = (0.5, 2.0)


def check(run: Run) -> Symptoms:
    """In the order in which they appear."""
    gradient, series = run.side.mean_gradient, run.series
    with np.errstate(all="ignore"):
        ratio = np.log10(series.norm("update") / series.norm("weight"))
    kernels = [i for i, v in enumerate(series.variables) if len(v.shape) >= 2]
    windows = [ratio[t - PERIOD : t, kernels].mean(axis=0) for t in range(START, len(ratio) + 1, PERIOD)]
    untrained = [
        (series.norm("update")[t - PERIOD : t] == 0.0).all(axis=0).any() for t in range(START, len(ratio) + 1, PERIOD)
    ]
    return in_order(
        [
            ("initial loss", _initial_loss(run), ("mismatched-loss", "poor-initialization")),
            ("initial variance", _initial_variance(run), ("poor-initialization",)),
            ("not finite", not_finite(run), ("non-finite-values", "exploding-gradient")),
            ("untrained", _window(first(untrained) if untrained else None), ("unapplied-update", "missing-gradient")),
            ("vanishing gradient", _from_start(gradient < VANISHING), ("vanishing-gradient",)),
            ("exploding gradient", _from_start(gradient > EXPLODING), ("exploding-gradient",)),
            ("large updates", _window(first([(w > UPDATE_RATIO[1]).any() for w in windows])), ("high-learning-rate",)),
            ("small updates", _window(first([(w < UPDATE_RATIO[0]).any() for w in windows])), ("low-learning-rate",)),
            ("dead activations", any_layer(run, "dead_units_p95", 0.5), ("dead-units",)),
            ("saturated activations", any_layer(run, "squashed", 0.5), ("saturated-activations",)),
            ("activation range", _spread(run), ("poor-initialization", "unscaled-inputs")),
            (
                "stagnation",
                _loss(run, lambda a, b: a > (1.0 - DROP) * b),
                ("loss-plateau", "slow-convergence", "low-learning-rate"),
            ),
            ("diverging loss", _loss(run, lambda a, b: a >= GROWTH * b), ("diverging-loss", "high-learning-rate")),
            ("fluctuating loss", _rough(run.side.loss), ("oscillating-updates", "noisy-gradient")),
        ]
    )


def _window(index: int | None) -> int | None:
    return None if index is None else START + PERIOD * index


def _from_start(flags: object) -> int | None:
    found = first(np.asarray(flags)[START:])
    return None if found is None else found + START


def _initial_loss(run: Run) -> int | None:
    classes = run.side.looks[0].get("classes")
    return 0 if classes and abs(run.side.loss[0] - np.log(classes)) > np.log(classes) else None


def _initial_variance(run: Run) -> int | None:
    """Against the least of LeCun's, Glorot's and He's variance and the greatest, each with a factor of 2.71."""
    for variable, seen in zip(run.series.variables, run.side.looks[0]["weights"], strict=False):
        if len(variable.shape) == 2:
            fan_in, fan_out = variable.shape
            known = (1.0 / fan_in, 2.0 / (fan_in + fan_out), 2.0 / fan_in)
            if not min(known) / 2.71 <= seen["variance"] <= 2.71 * max(known):
                return 0
    return None


def _spread(run: Run) -> int | None:
    for look in run.side.looks:
        if look["step"] >= START and any(
            not STD[0] <= layer["variance"] ** 0.5 <= STD[1] for layer in look.get("layers", [])
        ):
            return int(look["step"])
    return None


def _loss(run: Run, bad: object) -> int | None:
    loss = run.side.loss[START::PERIOD]
    count = 0
    for i in range(1, len(loss)):
        count = count + 1 if bad(loss[i], loss[i - 1]) else 0  # type: ignore[operator]  # a predicate of two losses
        if count == TIMES:
            return START + PERIOD * i
    return None


def _rough(loss: object) -> int | None:
    values = np.asarray(loss)
    for end in range(SMOOTH_STEPS, len(values) + 1, PERIOD):
        steps = np.diff(values[end - SMOOTH_STEPS : end])
        if np.abs(steps.sum()) < SMOOTH * np.abs(steps).sum():
            return end - 1
    return None
