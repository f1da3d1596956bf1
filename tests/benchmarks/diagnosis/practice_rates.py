"""Recipes of practice trainings whose rates are wrong, whose progress is poor, or that are healthy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.benchmarks.diagnosis import bases as b
from tests.benchmarks.diagnosis.healthy import PRACTICE, SCHEDULES, SPECIAL
from tests.benchmarks.diagnosis.practice_draw import Drawn, Recipe, Rng, between, one, trained
from tests.benchmarks.diagnosis.training import Training, changed

HEAVY = ("momentum", "nesterov")
CLASSIFY = ("digits-mlp", "digits-wide", "digits-tanh", "spirals", "moons", "logistic", "tokens")


def _seed(rng: Rng) -> int:
    return int(rng.integers(1, 10_000))


def _quadratic(rng: Rng, low: float, high: float, **others: Any) -> Training:
    return Training(f"landscape:quadratic:{between(rng, low, high)}", seed=_seed(rng), **others)


def _landscape(rng: Rng) -> Training:
    """Functions of their own weights, at rates that suit them."""
    bowl = between(rng, 2.0, 30.0)
    return one(
        rng,
        (
            replace(b.PARABOLA, rate=between(rng, 0.05, 0.3)),
            Training(f"landscape:bowl:{bowl}", rate=between(rng, 0.3, 1.5) / bowl, steps=80),
            _quadratic(rng, 5, 40, rate=between(rng, 0.3, 1.5), steps=150),
            _quadratic(rng, 20, 200, optimizer="momentum", momentum=0.85, rate=between(rng, 0.3, 1.0), steps=200),
            Training("landscape:rosenbrock", optimizer="adam", rate=between(rng, 0.05, 0.2), steps=300),
            Training("landscape:himmelblau", rate=between(rng, 0.003, 0.012), steps=100),
            Training("landscape:quartic", optimizer="adam", rate=between(rng, 0.03, 0.1), steps=150),
        ),
    )


def _any(rng: Rng) -> Training:
    return _landscape(rng) if rng.random() < 0.2 else trained(rng)


def _high_learning_rate(rng: Rng) -> Drawn:
    healthy = _any(rng)
    if rng.random() < 0.15 and not healthy.task.startswith("landscape"):
        since = int(rng.integers(20, healthy.steps // 2))
        return Drawn(healthy, {"schedule": f"jump:{between(rng, 30, 1000)}", "since": since}, onset=since)
    return Drawn(healthy, {"rate": healthy.rate * between(rng, 10, 300)})


def _low_learning_rate(rng: Rng) -> Drawn:
    healthy = _any(rng)
    return Drawn(healthy, {"rate": healthy.rate / between(rng, 300, 1e5)})


def _excessive_momentum(rng: Rng) -> Drawn:
    high = 1.0 - between(rng, 0.0005, 0.01)
    if rng.random() < 0.3:
        healthy = _quadratic(rng, 5, 100, optimizer=one(rng, HEAVY), momentum=0.8, rate=between(rng, 0.2, 0.6))
        return Drawn(healthy, {"momentum": high}, ("oscillating-updates",))
    return Drawn(trained(rng, families=HEAVY), {"momentum": high})


def _missing_momentum(rng: Rng) -> Drawn:
    also = ("slow-convergence",)
    family = one(rng, HEAVY)
    if rng.random() < 0.25:
        rate = between(rng, 0.15, 0.4)
        healthy = Training("correlated", widths=(), optimizer=family, rate=rate, momentum=0.95, batch=0, steps=250)
    else:
        rate = between(rng, 0.5, 1.2)
        steps = int(rng.integers(250, 500))
        healthy = _quadratic(rng, 100, 2000, optimizer=family, rate=rate, momentum=0.95, steps=steps)
    return Drawn(healthy, {"optimizer": "sgd", "momentum": 0.0, "rate": rate * between(rng, 1.0, 1.5)}, also)


def _slow_convergence(rng: Rng) -> Drawn:
    low = ("low-learning-rate",)
    kind = int(rng.integers(5))
    if kind == 0:
        healthy = _quadratic(rng, 5, 20, optimizer="momentum", rate=between(rng, 0.5, 1.0), momentum=0.7, steps=300)
        return Drawn(healthy, {"task": f"landscape:quadratic:{between(rng, 2e4, 1e6)}"}, ("missing-momentum",))
    if kind == 1:
        healthy = trained(rng, CLASSIFY)
        return Drawn(healthy, {"schedule": f"exponential:{1.0 - between(rng, 0.05, 0.2):.3g}"}, (*low, "loss-plateau"))
    if kind == 2:
        return Drawn(trained(rng, CLASSIFY), {"schedule": f"inverse:{between(rng, 0.2, 2.0)}"}, (*low, "loss-plateau"))
    if kind == 3:
        return Drawn(trained(rng, CLASSIFY, ("sgd", *HEAVY)), {"clip": between(rng, 0.0005, 0.008)}, low)
    return Drawn(
        trained(rng, CLASSIFY, ("adam", "rmsprop")), {"optimizer": "adagrad", "rate": between(rng, 2e-4, 2e-3)}, low
    )


def _loss_plateau(rng: Rng) -> Drawn:
    flat = ("vanishing-gradient", "poor-initialization")
    kind = int(rng.integers(5))
    if kind == 0:
        healthy = Training("landscape:chain:0.9", rate=between(rng, 0.01, 0.03), steps=150)
        return Drawn(healthy, {"task": f"landscape:chain:{between(rng, 0.05, 0.2)}"}, flat)
    if kind == 1:
        healthy = Training(f"landscape:bump:{between(rng, 0.8, 1.3)}", rate=between(rng, 0.2, 0.4), steps=150)
        return Drawn(healthy, {"task": f"landscape:bump:{between(rng, 4.0, 7.0)}"}, flat)
    if kind == 2:
        return Drawn(
            replace(b.SPIRALS, seed=_seed(rng), rate=between(rng, 0.005, 0.02)),
            {"widths": ()},
            repair={"widths": (32, 32)},
        )
    if kind == 3:
        rate, steps = between(rng, 0.02, 0.05), int(rng.integers(150, 300))
        healthy = Training("parity", widths=(16,), activation="tanh", optimizer="adam", rate=rate, steps=steps)
        return Drawn(replace(healthy, seed=_seed(rng)), {"widths": ()})
    since = int(rng.integers(4, 12))
    fault = {"schedule": f"jump:{between(rng, 1e-6, 1e-3)}", "since": since}
    return Drawn(trained(rng, CLASSIFY), fault, ("low-learning-rate", "unapplied-update"), onset=since)


def _diverging_loss(rng: Rng) -> Drawn:
    if rng.random() < 0.5:
        return Drawn(_any(rng), {"fault": "ascent"}, ("wrong-gradient",))
    since = int(rng.integers(15, 60))
    fault = {"fault": "drift", "factor": 1.0 + between(rng, 0.04, 0.12), "since": since}
    return Drawn(
        trained(rng, ("friedman", "linear", "sine", "waves-conv1d")), fault, ("mismatched-labels",), None, since
    )


def _oscillating_updates(rng: Rng) -> Drawn:
    kind = int(rng.integers(4))
    high = ("high-learning-rate",)
    if kind == 0:
        scale = between(rng, 2, 30)
        healthy = Training(f"landscape:bowl:{scale}", rate=1.0 / scale, steps=80)
        return Drawn(healthy, {"rate": 2.0 / scale}, high)
    if kind == 1:
        rate, seed = between(rng, 0.01, 0.03), _seed(rng)
        healthy = Training("landscape:absolute", optimizer="sign", rate=rate, steps=200, seed=seed)
        return Drawn(healthy, {"rate": between(rng, 0.7, 3.0)}, high)
    if kind == 2:
        bowl = between(rng, 1.5, 8.0)
        healthy = Training(f"landscape:bowl:{bowl}", optimizer="momentum", rate=1.0 / bowl, momentum=0.6, steps=80)
        return Drawn(healthy, {"momentum": 1.0 - between(rng, 0.003, 0.01)}, ("excessive-momentum",))
    healthy = trained(rng, ("digits-mlp", "digits-wide", "digits-tanh", "friedman", "logistic"))
    return Drawn(replace(healthy, batch=int(rng.integers(30, 80)), steps=200), {"fault": "sorted"})


def _noisy_gradient(rng: Rng) -> Drawn:
    kind = int(rng.integers(3))
    if kind == 0:
        healthy = trained(rng, ("digits-mlp", "friedman", "linear", "moons", "logistic", "sine"), ("sgd",))
        return Drawn(healthy, {"fault": "gradient-noise", "factor": between(rng, 0.3, 3.0)})
    if kind == 1:
        rate = between(rng, 0.03, 0.1)
        healthy = Training("noisy", widths=(), rate=rate, steps=300, batch=64, seed=_seed(rng))
        return Drawn(healthy, {"batch": 1}, ("high-learning-rate",))
    healthy = replace(trained(rng, ("digits-mlp", "digits-wide"), ("sgd",)), batch=64, rate=between(rng, 0.1, 0.3))
    return Drawn(healthy, {"batch": int(rng.integers(1, 3))}, ("high-learning-rate",))


def _overfitting(rng: Rng) -> Drawn:
    names = ("digits-mlp", "digits-wide", "digits-cnn", "digits-gru", "tokens", "friedman", "ratings", "spirals")
    healthy = trained(rng, names)
    few = int(rng.integers(20, 60)) * (3 if healthy.task == "ratings" else 1)
    return Drawn(replace(healthy, steps=max(250, healthy.steps)), {"examples": few}, measure="val")


def _excessive_regularization(rng: Rng) -> Drawn:
    names = ("digits-mlp", "digits-tanh", "digits-wide", "digits-cnn", "digits-gru", "friedman", "spirals", "tokens")
    healthy = trained(rng, names)
    healthy = replace(healthy, steps=max(200, healthy.steps))
    if rng.random() < 0.5:
        return Drawn(healthy, {"fault": "penalty", "factor": between(rng, 0.1, 1.0)})
    return Drawn(healthy, {"decay": between(rng, 0.02, 0.2) / healthy.rate})


def healthy(rng: Rng) -> Drawn:
    """A base with a schedule or a practice of its own, a landscape, or a special one with another seed and rate."""
    draw = rng.random()
    if draw < 0.15:
        return Drawn(_landscape(rng))
    if draw < 0.3:
        training = SPECIAL[one(rng, _PLAIN)][0]
        return Drawn(replace(training, seed=_seed(rng), rate=float(f"{training.rate * between(rng, 0.7, 1.2):.3g}")))
    training = trained(rng)
    what = one(rng, [k for k in (*SCHEDULES, *PRACTICE, "none", "none") if k != "dropout"])
    variation = {**SCHEDULES, **PRACTICE}.get(what, {})
    if "batch" in variation and not training.batch:
        variation = {}
    return Drawn(changed(training, variation))


_PLAIN = sorted(name for name, given in SPECIAL.items() if len(given) == 1)
RECIPES: Mapping[str, Recipe] = {
    "high-learning-rate": _high_learning_rate,
    "low-learning-rate": _low_learning_rate,
    "excessive-momentum": _excessive_momentum,
    "excessive-regularization": _excessive_regularization,
    "missing-momentum": _missing_momentum,
    "slow-convergence": _slow_convergence,
    "loss-plateau": _loss_plateau,
    "diverging-loss": _diverging_loss,
    "oscillating-updates": _oscillating_updates,
    "noisy-gradient": _noisy_gradient,
    "overfitting": _overfitting,
}
"""Finding → a training in which it is the fault."""
