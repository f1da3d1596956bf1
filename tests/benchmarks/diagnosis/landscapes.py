"""Functions of their own weights: nothing is learnt from data, and the minimum is known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

Landscape = tuple[list[Any], Callable[[list[Any]], Any], float]


def landscape(name: str, seed: int) -> Landscape:
    """Initial values, the function, its least value; in ``name:number`` a condition number or a start."""
    kind, _, number = name.partition(":")
    return _LANDSCAPES[kind](float(number or 1.0), np.random.default_rng(seed))


def _parabola(_: float, __: Any) -> Landscape:
    return [np.array(2.0)], lambda w: w[0] ** 2, 0.0


def _bowl(condition: float, _: Any) -> Landscape:
    scale = tf.constant([1.0, condition], tf.float32)
    return [np.array([3.0, 1.0])], lambda w: 0.5 * tf.reduce_sum(scale * w[0] ** 2), 0.0


def _quadratic(condition: float, rng: Any) -> Landscape:
    """Turned, and begun where every direction has its share of the loss."""
    rotation = np.linalg.qr(rng.normal(size=(20, 20)))[0]
    curvatures = np.logspace(0, -np.log10(condition), 20)
    hessian = tf.constant(rotation * curvatures @ rotation.T, tf.float32)
    return (
        [rotation @ (rng.normal(size=20) / np.sqrt(curvatures))],
        lambda w: 0.5 * tf.tensordot(w[0], tf.linalg.matvec(hessian, w[0]), 1),
        0.0,
    )


def _rosenbrock(_: float, __: Any) -> Landscape:
    return [np.array(-1.2), np.array(1.0)], lambda w: (1 - w[0]) ** 2 + 100.0 * (w[1] - w[0] ** 2) ** 2, 0.0


def _beale(_: float, __: Any) -> Landscape:
    def f(w: list[Any]) -> Any:
        x, y = w
        return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2

    return [np.array(1.0), np.array(1.0)], f, 0.0


def _himmelblau(_: float, __: Any) -> Landscape:
    def f(w: list[Any]) -> Any:
        x, y = w[0][0], w[0][1]
        return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2

    return [np.array([0.5, 0.5])], f, 0.0


def _absolute(_: float, rng: Any) -> Landscape:
    return [rng.normal(size=(8,)) * 2.0], lambda w: tf.reduce_sum(tf.abs(w[0])), 0.0


def _well(side: float, _: Any) -> Landscape:
    """Two valleys, the right one 1.2 deeper; the number is where the run begins."""
    return [np.array(side)], lambda w: (w[0] ** 2 - 1.0) ** 2 - 0.6 * w[0] + 0.6, 0.0


def _quartic(_: float, __: Any) -> Landscape:
    return [np.array([1.0, -1.5])], lambda w: tf.reduce_sum(w[0] ** 4), 0.0


def _chain(start: float, _: Any) -> Landscape:
    """Five factors of one product: flat near zero, which is where a small number begins."""
    return [np.array(start)] * 5, lambda w: (w[0] * w[1] * w[2] * w[3] * w[4] - 1.0) ** 2, 0.0


def _bump(start: float, _: Any) -> Landscape:
    """A valley with flat land around it; the number is how far outside the run begins."""
    return [np.array([start, start])], lambda w: 1.0 - tf.exp(-0.5 * tf.reduce_sum(w[0] ** 2)), 0.0


_LANDSCAPES: dict[str, Callable[[float, Any], Landscape]] = {
    "parabola": _parabola,
    "bowl": _bowl,
    "quadratic": _quadratic,
    "rosenbrock": _rosenbrock,
    "beale": _beale,
    "himmelblau": _himmelblau,
    "absolute": _absolute,
    "well": _well,
    "quartic": _quartic,
    "chain": _chain,
    "bump": _bump,
}
