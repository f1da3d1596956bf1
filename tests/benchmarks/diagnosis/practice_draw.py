"""Draws of a seeded generator that recipes of practice trainings share: a healthy training, and what is done to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tests.benchmarks.diagnosis.healthy import BASES
from tests.benchmarks.diagnosis.training import Training, changed

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Drawn:
    """As the arguments of ``faulty.declare.Suite.add``; without a fault it is healthy."""

    healthy: Training
    fault: Mapping[str, Any] = field(default_factory=dict)
    also: Sequence[str] = ()
    repair: Mapping[str, Any] | None = None
    onset: int = 0
    measure: str = "loss"


Recipe = Callable[[Rng], Drawn]

FAMILIES: Mapping[str, Mapping[str, Any]] = {
    "sgd": {"rate": 0.1, "momentum": 0.0},
    "momentum": {"rate": 0.03, "momentum": 0.9},
    "nesterov": {"rate": 0.03, "momentum": 0.9},
    "adam": {"rate": 0.005, "momentum": 0.0},
    "rmsprop": {"rate": 0.003, "momentum": 0.0},
    "nadam": {"rate": 0.005, "momentum": 0.0},
}
"""Optimizers that train the dense networks of the suite at these rates."""

ADAPTIVE = ("adam", "rmsprop", "nadam")
_BY_KERAS_ALONE = {"nadam"}


def one(rng: Rng, of: Sequence[Any]) -> Any:
    """One of them."""
    return of[int(rng.integers(len(of)))]


def between(rng: Rng, low: float, high: float) -> float:
    """A number with three digits whose logarithm is uniform."""
    return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.3g}")


def trained(rng: Rng, names: Sequence[str] = (), families: Sequence[str] = ()) -> Training:
    """A healthy training of the suite (one of ``names``) with other seed, size, batch, rate and, perhaps, optimizer.

    ``families``: the optimizer is one of these (keys of ``FAMILIES``).
    """
    base = BASES[one(rng, names or sorted(BASES))]
    base = replace(base, seed=int(rng.integers(1, 10_000)), steps=round(base.steps * rng.uniform(0.9, 1.6)))
    if base.batch:
        base = replace(base, batch=int(base.batch * one(rng, (0.5, 1, 1, 2))))
    if base.model == "mlp" and base.widths and base.task != "autoencode":
        base = replace(base, widths=(int(rng.integers(16, 65)),) * int(rng.integers(1, 4)))
        base = replace(base, activation=one(rng, ("relu", "relu", "tanh", "gelu", "leaky_relu")))
    if families or rng.random() < 0.5:
        base = _optimized(rng, base, families)
    return replace(base, rate=float(f"{base.rate * between(rng, 0.5, 1.3):.3g}"))


def _optimized(rng: Rng, base: Training, families: Sequence[str]) -> Training:
    dense = base.model in {"mlp", "embedding"} and base.task != "autoencode"
    allowed = families or (tuple(FAMILIES) if dense else ADAPTIVE)
    family = one(rng, allowed)
    if family == base.optimizer.removeprefix("keras-"):
        return base
    keras = family in _BY_KERAS_ALONE or rng.random() < 0.5
    return changed(base, {"optimizer": f"keras-{family}" if keras else family, "decay": 0.0, **FAMILIES[family]})
