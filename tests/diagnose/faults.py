"""Mistakes to train with: data that do not fit, weights that begin badly, gradients that go to other variables."""

from collections.abc import Mapping

import numpy as np

from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, digits
from tests.diagnose.simulate import Array, Recording, Update, sgd


def images(scale: float) -> tuple[Array, Array]:
    """The digits in 0 … ``scale``."""
    x, labels = digits()
    return x * scale, labels


def shuffled(seed: int) -> tuple[Array, Array]:
    """The digits with the labels of others."""
    x, labels = digits()
    return x, np.random.default_rng(seed).permutation(labels)


def classes(count: int, among: int) -> Array:
    """Labels [count] that take turns."""
    labels: Array = np.asarray([i % among for i in range(count)])
    return labels


def line(seed: int, *, scale: float = 1.0, shift: float = 0.0, labels: float = 1.0) -> tuple[Array, Array]:
    """Points [512, 8] and a linear target [512, 1] with a little noise; inputs scaled and shifted, labels scaled."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(512, 8))
    y = x @ rng.normal(size=8) / np.sqrt(8.0) + 0.1 * rng.normal(size=512)
    return x * scale + shift, labels * y[:, None]


def constant(net: Mlp, value: float) -> list[Array]:
    """Kernels of one value, biases of zero."""
    start = net.initial(np.random.default_rng(0))
    return [np.full_like(w, value if w.ndim > 1 else 0.0) for w in start]


def biased(net: Mlp, seed: int, bias: float) -> list[Array]:
    """Usual kernels, and hidden biases of one value."""
    start = net.initial(np.random.default_rng(seed))
    return [w + bias if w.ndim == 1 and i < len(start) - 1 else w for i, w in enumerate(start)]


def swapped(inner: Update, gradient_of: Mapping[int, int]) -> Update:
    """Variable i is moved by the gradient of variable ``gradient_of[i]``."""
    return lambda weights, gradients: inner(weights, [gradients[gradient_of.get(i, i)] for i in range(len(gradients))])


def valley(rate: float, condition: float, steps: int, *, momentum: float = 0.0, start: Array | None = None) -> Series:
    """L(w) = ½ (w₁² + w₂²/condition) from (1, 1)."""
    recording, w = Recording(["w"]), np.ones(2) if start is None else start
    curvatures, update = np.array([1.0, 1.0 / condition]), sgd(rate, momentum)
    for _ in range(steps):
        gradient = curvatures * w
        (delta,) = update([w], [gradient])
        recording.step([w], [gradient], [w + delta], loss=float(0.5 * (curvatures * w * w).sum()))
        w = w + delta
    return recording.series()


def plain(rate: float, steps: int, *, start: float) -> Series:
    """L(w) = 1 − sigmoid(w) from far out on its plain."""
    recording, w = Recording(["w"]), np.array(start)
    for _ in range(steps):
        s = 1.0 / (1.0 + np.exp(-w))
        after = w + rate * s * (1.0 - s)
        recording.step([w], [-s * (1.0 - s)], [after], loss=float(1.0 - s))
        w = after
    return recording.series()


def scaled(inner: Update, factor: float) -> Update:
    """An update that is given ``factor`` times the right gradient, which ``train`` records without it."""
    return lambda weights, gradients: inner(weights, [factor * g for g in gradients])
