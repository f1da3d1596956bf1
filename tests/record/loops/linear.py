"""A linear layer under mean squared error, in plain numpy and float64: the twin of what the loops train."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.record.written import Written, assert_same

Floats = NDArray[np.float64]
Weights = list[Floats]
Update = Callable[[Weights, Weights], Weights]
"""(weights, gradients) → weights; may keep state of its own."""

SAMPLES, INPUTS, OUTPUTS = 20, 3, 2
_KEYS = np.random.default_rng(7)
X: Floats = _KEYS.normal(size=(SAMPLES, INPUTS)).astype(np.float32).astype(np.float64)
Y: Floats = _KEYS.normal(size=(SAMPLES, OUTPUTS)).astype(np.float32).astype(np.float64)
W: Floats = _KEYS.normal(size=(INPUTS, OUTPUTS)).astype(np.float32).astype(np.float64)
B: Floats = np.array([0.5, -0.25])


def gradients(weights: Weights, x: Floats, y: Floats) -> tuple[float, Weights]:
    """Loss mean((xW + b − y)²) and its gradients."""
    error = x @ weights[0] + weights[1] - y
    return float((error**2).mean()), [2 * x.T @ error / error.size, 2 * error.sum(0) / error.size]


@dataclass
class Steps:
    """What really happened: weights [T + 1], gradients [T], losses [T]."""

    weights: list[Weights]
    gradients: list[Weights] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


def trained(update: Update, batches: Iterable[tuple[Floats, Floats]], start: Sequence[Floats] = (W, B)) -> Steps:
    """The same training in numpy."""
    steps = Steps([[np.asarray(w, np.float64) for w in start]])
    for x, y in batches:
        loss, g = gradients(steps.weights[-1], x, y)
        steps.losses.append(loss)
        steps.gradients.append(g)
        steps.weights.append(update(steps.weights[-1], g))
    return steps


def batches(size: int, epochs: int = 1) -> list[tuple[Floats, Floats]]:
    """As ``fit`` cuts them without shuffling: the last one may be smaller."""
    return [(X[i : i + size], Y[i : i + size]) for _ in range(epochs) for i in range(0, SAMPLES, size)]


def sgd(rate: float = 0.1, momentum: float = 0.0, decay: float = 0.0) -> Update:
    """Heavy ball; decay is decoupled and comes first, as in Keras."""
    velocity: list[Any] = [0.0, 0.0]

    def update(weights: Weights, g: Weights) -> Weights:
        for i in range(len(weights)):
            velocity[i] = momentum * velocity[i] - rate * g[i]
        return [w * (1 - rate * decay) + v for w, v in zip(weights, velocity, strict=True)]

    return update


def clipped(gradients: Weights, most: float) -> Weights:
    """By global norm."""
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1.0, most / norm) for g in gradients]


def assert_recorded(got: Written, steps: Steps, *, first: int = 0) -> None:
    """Every length, cosine and extreme, the loss and the number of every step."""
    assert got.steps.tolist() == list(range(first, first + len(steps.losses)))
    for i in range(len(steps.weights[0])):
        assert_same(got, i, [w[i] for w in steps.weights], [g[i] for g in steps.gradients])
    np.testing.assert_allclose(got.step_values["loss"], steps.losses, rtol=2e-5)
