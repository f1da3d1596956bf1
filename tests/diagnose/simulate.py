"""Small trainings in numpy, recorded as ``log_step`` records them: independent of TensorFlow and of the recorder."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tb_convergence.schema.manifest import Variable
from tb_convergence.schema.statistics import VARIABLE_STATISTICS, VECTORS, cosine, length
from tb_convergence.series import Series

Array = NDArray[np.float64]
Update = Callable[[list[Array], list[Array]], list[Array]]


@dataclass
class Recording:
    """Collects steps; ``series()`` gives what a reader would see of them."""

    names: Sequence[str]
    activations: Sequence[str | None] = ()
    rows: list[dict[str, list[float]]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    looked: list[Mapping[str, float]] = field(default_factory=list)
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    _before: tuple[list[Array | None], list[Array | None]] | None = None

    def step(
        self,
        weights: Sequence[Array],
        gradients: Sequence[Array | None],
        after: Sequence[Array],
        *,
        loss: float = np.nan,
        rate: float = np.nan,
        references: Sequence[Array] | None = None,
        looked: Mapping[str, float] | None = None,
    ) -> None:
        """Records one step: weights before, gradients used, weights after; ``looked``: statistics of the step."""
        self.shapes = [np.shape(w) for w in weights]
        updates = [a - w for a, w in zip(after, weights, strict=True)]
        nothing: list[Array | None] = [None] * len(weights)
        previous_g, previous_u = self._before or (nothing, nothing)
        row: dict[str, list[float]] = {name: [] for name in VARIABLE_STATISTICS}
        for i, (w, g, u) in enumerate(zip(weights, gradients, updates, strict=True)):
            for name, value in _statistics(w, g, u, previous_g[i], previous_u[i]).items():
                row[name].append(value)
            r = None if references is None else references[i]
            row["reference_norm"].append(_norm(r))
            row["reference_cosine"].append(_cosine(g, r))
        self.rows.append(row)
        self.losses.append(float(loss))
        self.rates.append(float(rate))
        self.looked.append(looked or {})
        self._before = (list(gradients), list(updates))

    def series(self, run: str = "run") -> Series:
        """Everything recorded so far, with the 24 bits of a record."""
        shape = (len(self.rows), len(self.names))
        with np.errstate(over="ignore"):  # beyond float32 a record holds infinity
            values = {
                name: np.array([row[name] for row in self.rows], np.float32).astype(np.float64).reshape(shape)
                for name in VARIABLE_STATISTICS
            }
        activations = self.activations or [None] * len(self.names)
        variables = tuple(
            Variable(name, shape, "float32", depth, activation=activation)
            for depth, (name, shape, activation) in enumerate(zip(self.names, self.shapes, activations, strict=True))
        )
        steps = np.arange(len(self.rows))
        step_values = {"loss": np.array(self.losses), "learning_rate": np.array(self.rates)}
        for name in sorted({name for seen in self.looked for name in seen}):
            step_values[name] = np.array([seen.get(name, np.nan) for seen in self.looked])
        return Series(run, variables, steps, steps.astype(float), np.ones(len(steps), np.int32), values, step_values)


def _norm(x: Array | None) -> float:
    return np.nan if x is None or not np.isfinite(x).all() else float(np.sqrt(np.sum(np.square(x))))


def _cosine(x: Array | None, y: Array | None) -> float:
    if x is None or y is None:
        return np.nan
    lengths = _norm(x) * _norm(y)
    return float(np.sum(x * y)) / lengths if lengths > 0 else (0.0 if lengths == 0 else np.nan)


def _statistics(
    w: Array, g: Array | None, u: Array, previous_g: Array | None, previous_u: Array | None
) -> dict[str, float]:
    known = [x is not None for x in (w, g, u, previous_g, previous_u)]
    flat = np.stack([np.zeros(w.size) if x is None else np.ravel(x) for x in (w, g, u, previous_g, previous_u)])
    broken = ~np.isfinite(flat).all(axis=1) | ~np.array(known)
    flat[broken] = 0.0
    scale = np.abs(flat).max(axis=1)
    unit = flat / np.where(scale > 0, scale, 1.0)[:, None]  # squares of tiny and huge numbers stay in range
    gram = unit @ unit.T
    lengths = np.sqrt(np.diag(gram))
    found = {length(name): np.nan if b else x for name, b, x in zip(VECTORS, broken, lengths * scale, strict=True)}
    for (i, a), (j, b) in combinations(enumerate(VECTORS), 2):
        product = lengths[i] * lengths[j]
        angle = gram[i, j] / product if product > 0 else 0.0
        found[cosine(a, b)] = np.nan if broken[i] or broken[j] else angle
    found["weight_mean"] = float(np.mean(w))
    if g is None:
        return found | dict.fromkeys(
            ("gradient_max", "gradient_zero_fraction", "gradient_nonfinite_count", "dead_unit_fraction"), np.nan
        )
    finite = bool(np.isfinite(g).all())
    found["gradient_max"] = float(np.max(np.abs(g))) if finite else np.nan
    found["gradient_zero_fraction"] = float(np.mean(g == 0))
    found["gradient_nonfinite_count"] = float(np.sum(~np.isfinite(g)))
    dead = np.mean((g == 0).reshape(-1, g.shape[-1]).all(axis=0)) if g.ndim > 1 else np.nan
    found["dead_unit_fraction"] = float(dead)
    return found


def sgd(rate: float, momentum: float = 0.0, *, nesterov: bool = False, clip: float | None = None) -> Update:
    """Stochastic gradient descent as Keras does it; ``clip``: the largest global norm."""
    velocity: list[Array] = []

    def update(weights: list[Array], gradients: list[Array]) -> list[Array]:
        if not velocity:
            velocity.extend(np.zeros_like(w) for w in weights)
        if clip is not None:
            norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
            gradients = [g * min(1.0, clip / norm) for g in gradients]
        velocity[:] = [momentum * v - rate * g for v, g in zip(velocity, gradients, strict=True)]
        if nesterov:
            return [momentum * v - rate * g for v, g in zip(velocity, gradients, strict=True)]
        return list(velocity)

    return update


def scheduled(rate: Callable[[int], float]) -> Update:
    """Gradient descent at ``rate(1)``, ``rate(2)``, …"""
    steps = itertools.count(1)

    def update(_: list[Array], gradients: list[Array]) -> list[Array]:
        now = rate(next(steps))
        return [-now * g for g in gradients]

    return update


def adam(rate: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-7) -> Update:
    """Adam (Kingma & Ba 2015)."""
    state: dict[str, list[Array]] = {}
    t = 0

    def update(weights: list[Array], gradients: list[Array]) -> list[Array]:
        nonlocal t
        t += 1
        zeros = [np.zeros_like(w) for w in weights]
        m, v = state.get("m", zeros), state.get("v", zeros)
        state["m"] = m = [beta1 * a + (1 - beta1) * g for a, g in zip(m, gradients, strict=True)]
        state["v"] = v = [beta2 * a + (1 - beta2) * g**2 for a, g in zip(v, gradients, strict=True)]
        c1, c2 = 1 - beta1**t, 1 - beta2**t
        return [-rate * (a / c1) / (np.sqrt(b / c2) + epsilon) for a, b in zip(m, v, strict=True)]

    return update


def parabola(
    update: Update, steps: int, *, factor: float = 1.0, start: float = 2.0, loss: bool = True, reference: bool = False
) -> Series:
    """L(w) = w² from w = 2, with ``factor`` times the right gradient."""
    recording, w = Recording(["w"]), np.array(start)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            gradient = factor * 2.0 * w
            (delta,) = update([w], [gradient])
            after = w + delta
            references = [2.0 * w] if reference else None
            recording.step([w], [gradient], [after], loss=float(w**2) if loss else np.nan, references=references)
            w = after
    return recording.series()
