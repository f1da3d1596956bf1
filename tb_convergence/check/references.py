"""Derivatives along directions, from the forward pass alone.

Forward mode differentiates each operation that the loss runs and never calls the backward function of a
``tf.custom_gradient``, as long as functions run eagerly. Central differences need nothing but the loss, and are coarse.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.check.bench import Bench, moved
from tb_convergence.check.reference import Directions, Reference, Values
from tb_convergence.record.observer import gradient_unobserved
from tb_convergence.record.weights import read

Slope = tuple[float, float]
"""A directional derivative and its uncertainty."""

Along = Callable[[int, Values], Slope]
"""(variable, direction [n]) → derivative of the loss along it."""

FORWARD, DIFFERENCE = "forward mode", "central differences"
SOURCES = {"forward": FORWARD, "difference": DIFFERENCE}


class NoForwardModeError(RuntimeError):
    """An operation of the loss has no forward-mode derivative; the text says which."""


def tape_gradients(bench: Bench, variables: Sequence[Any]) -> list[Values | None]:
    """float64 gradients by ``tf.GradientTape``, in the shapes of the variables; ``None`` where the tape says so."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(variables)
        loss = bench.evaluate()
    return [dense(g) for g in gradient_unobserved(tape, loss, list(variables))]


def dense(gradient: Any) -> Values | None:
    """A gradient as float64 array; ``tf.IndexedSlices`` are added up."""
    if gradient is None:
        return None
    return _float64(tf.convert_to_tensor(gradient))


def rounding(bench: Bench, variables: Sequence[Any], gradients: Sequence[Values | None]) -> list[float]:
    """What rounding does to each ‖gradient‖: how far it moves when each weight moves by a rounding.

    The gradient of a bias before a normalization is nothing but rounding, and only this tells.
    """
    found = np.zeros(len(variables))
    for seed in range(2):
        nudged = moved(
            variables, [_nudged(v, bench, seed) for v in variables], lambda: tape_gradients(bench, variables)
        )
        for i, (before, after) in enumerate(zip(gradients, nudged, strict=True)):
            if before is not None and after is not None and np.isfinite(after).all():
                found[i] = max(found[i], float(np.linalg.norm(after - before)))
    return [float(x) for x in found]


def _nudged(variable: Any, bench: Bench, seed: int) -> Any:
    value = read(variable)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=tuple(value.shape))
    factor = 1.0 + bench.precision.epsilon * signs
    return tf.cast(tf.cast(value, tf.float64) * factor, value.dtype)


def forward(bench: Bench, variables: Sequence[Any], directions: Sequence[Values]) -> float:
    """⟨∇L, d⟩ by forward mode; ``directions`` are in the order of ``variables``, each [n].

    Raises:
      NoForwardModeError: an operation has no such derivative.
    """
    tangents = [
        tf.cast(tf.reshape(tf.constant(d), v.shape), v.dtype) for v, d in zip(variables, directions, strict=True)
    ]
    try:
        with tf.autodiff.ForwardAccumulator(list(variables), tangents) as accumulator:
            loss = bench.evaluate()
        found = accumulator.jvp(loss)
    except (LookupError, NotImplementedError, tf.errors.UnimplementedError) as error:
        raise NoForwardModeError(str(error).split("\n", 1)[0]) from error
    return 0.0 if found is None else float(found)


def forward_along(bench: Bench, variables: Sequence[Any]) -> Along:
    """Forward mode, one variable at a time."""
    return lambda i, d: (forward(bench, [variables[i]], [d]), 0.0)


def difference_along(bench: Bench, variables: Sequence[Any]) -> Along:
    """Central differences, one variable at a time."""
    scales = step_scales(variables)

    def along(i: int, d: Values) -> Slope:
        slope, unsure = difference(bench, [variables[i]], [d * scales[i]])
        return slope / scales[i], unsure / scales[i]

    return along


def difference(bench: Bench, variables: Sequence[Any], directions: Sequence[Values]) -> Slope:
    """The slope of the loss along directions as long as the weights, by central differences.

    It is uncertain by what halving the step changes, by a kink (where the two sides keep their different slopes), and
    by rounding.
    """
    h, zero = bench.precision.step, bench.loss
    (up, down), (near_up, near_down) = (_ends(bench, variables, [d * s for d in directions]) for s in (h, h / 2.0))
    coarse, slope = (up - down) / (2.0 * h), (near_up - near_down) / h
    bend, near_bend = (up + down - 2.0 * zero) / h, 2.0 * (near_up + near_down - 2.0 * zero) / h
    rounded = 4.0 * bench.precision.epsilon * abs(zero) / h
    return slope, abs(slope - coarse) + abs(2.0 * near_bend - bend) / 2.0 + rounded


def _ends(bench: Bench, variables: Sequence[Any], steps: Sequence[Values]) -> tuple[float, float]:
    """L(w + s) and L(w − s), as if the weights' type had not rounded the steps."""
    shaped = [s.reshape(tuple(v.shape)) for v, s in zip(variables, steps, strict=True)]
    own = [_float64(read(v)) for v in variables]
    ends = [
        [tf.cast(w + sign * s, v.dtype) for w, s, v in zip(own, shaped, variables, strict=True)] for sign in (1.0, -1.0)
    ]
    up, down = (moved(variables, values, lambda: float(_float64(bench.evaluate()))) for values in ends)
    gone = sum(float(np.sum(np.sign(s) * (_float64(u) - _float64(d)))) for u, d, s in zip(*ends, shaped, strict=True))
    excess = (2.0 * sum(float(np.abs(s).sum()) for s in shaped) / gone if gone else 1.0) - 1.0
    change = (up - down) / 2.0 * excess
    return up + change, down - change


def _float64(tensor: Any) -> Values:
    return np.asarray(tf.cast(tensor, tf.float64).numpy(), np.float64)


def step_scales(variables: Sequence[Any]) -> list[float]:
    """Typical size of an element of each variable; of the others for one that is (nearly) zero."""
    rms = [float(np.sqrt(np.mean(_float64(read(v)) ** 2))) if v.shape.num_elements() else 0.0 for v in variables]
    nonzero = [x for x in rms if x > 0 and np.isfinite(x)]
    usual = float(np.median(nonzero)) if nonzero else 1.0
    return [max(x, 0.1 * usual) if np.isfinite(x) else usual for x in rms]


def reference_of(slopes: Sequence[Slope], directions: Directions | None, tolerance: float, source: str) -> Reference:
    """What slopes along ``directions``, or along each element, tell of a derivative."""
    values = np.array([slope for slope, _ in slopes])
    spreads = np.array([spread for _, spread in slopes])
    found = Reference(values, 0.0, tolerance, source, directions)
    return replace(found, blur=found.size(spreads))
