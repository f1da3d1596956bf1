"""torchmortem's detectors over the whole run."""

import numpy as np

from tests.benchmarks.diagnosis.published.symptom import Run, Symptoms, first, in_order, layer_looks, not_finite

DEPTH_RATIO, NORM = 100.0, 1000.0
STALL, STALL_SHARE = 1e-8, 0.3
UPDATE_RATIO = (1e-5, 1e-1)
UNITS = 0.5
PLATEAU, WINDOW = 1e-5, 20
RISING, GREW = 0.8, 1.5
CATAPULT = 2.0
WEIGHT_GROWTH = 10.0


def check(run: Run) -> Symptoms:
    """All that fire; those of the whole run count from its first step."""
    series, mean = run.series, run.side.mean_gradient
    norm, weight = series.norm("gradient"), series.norm("weight")
    kernels = [i for i, v in enumerate(series.variables) if len(v.shape) >= 2] or [0]
    with np.errstate(all="ignore"):
        depth = np.nanmean(mean[:, kernels[-1]]) / np.nanmean(mean[:, kernels[0]])
        ratio = np.nanmedian(series.norm("update") / weight, axis=0)[kernels]
        total = np.sqrt(np.nansum(norm**2, axis=1))
        noise = total.mean() / total.std() if total.std() > 0 else np.inf
        grown = (weight[-1] > WEIGHT_GROWTH * weight[0])[kernels].any()
    return in_order(
        [
            ("not finite", not_finite(run), ("non-finite-values", "exploding-gradient")),
            ("vanishing gradient", 0 if depth >= DEPTH_RATIO else None, ("vanishing-gradient",)),
            ("exploding gradient", first(norm > NORM), ("exploding-gradient",)),
            (
                "stalled gradient",
                0 if (mean < STALL).mean(axis=0).max() >= STALL_SHARE else None,
                ("vanishing-gradient", "dead-units"),
            ),
            ("large updates", 0 if (ratio > UPDATE_RATIO[1]).any() else None, ("high-learning-rate",)),
            (
                "small updates",
                0 if (ratio < UPDATE_RATIO[0]).any() else None,
                ("low-learning-rate", "unapplied-update"),
            ),
            ("dead units", _half(run, "dead_units"), ("dead-units",)),
            ("saturated units", _half(run, "squashed"), ("saturated-activations",)),
            ("plateau", _loss(run, _flat), ("loss-plateau", "slow-convergence")),
            ("divergence", _loss(run, _diverges), ("diverging-loss", "high-learning-rate")),
            ("catapult", _catapult(run), ("high-learning-rate",)),
            ("noisy gradient", 0 if noise < 1.0 else None, ("noisy-gradient",)),
            ("growing weights", 0 if grown else None, ("exploding-gradient", "high-learning-rate")),
        ]
    )


def _half(run: Run, statistic: str) -> int | None:
    looks = layer_looks(run, statistic)
    late = looks[len(looks) // 2 :]
    return 0 if late and np.mean([any(v > UNITS for v in values) for values in late]) >= 0.5 else None


def _loss(run: Run, bad: object) -> int | None:
    loss = run.side.loss
    return next((t for t in range(WINDOW, len(loss) + 1) if bad(loss[t - WINDOW : t])), None)  # type: ignore[operator]


def _flat(window: object) -> bool:
    values = np.asarray(window)
    return bool(np.ptp(values) < PLATEAU * abs(values.mean()))


def _diverges(window: object) -> bool:
    values = np.asarray(window)
    return bool(np.mean(np.diff(values) > 0) >= RISING and values[-1] > GREW * values[0])


def _catapult(run: Run) -> int | None:
    loss = run.side.loss
    early = loss[: max(2, len(loss) // 10)]
    means = np.cumsum(early) / np.arange(1, len(early) + 1)
    return first(early[1:] > CATAPULT * means[:-1])
