"""The data of the suite: real digits, and small sets drawn from known laws."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

Array = NDArray[np.float32]
Labels = NDArray[np.float32] | NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Examples to train on and examples kept back.

    Attributes:
      x, y: training inputs [N, …] and labels: int32 classes [N] or [N, T], or float32 values [N, k].
      x_val, y_val: kept back.
      outputs: classes, or width of the values.
      kind: ``classes`` or ``values``.
    """

    x: NDArray[np.generic]
    y: Labels
    x_val: NDArray[np.generic]
    y_val: Labels
    outputs: int
    kind: str


def task(name: str, examples: int = 0) -> Task:
    """The data of this name, the first ``examples`` of it to train on (0: three quarters)."""
    x, y, outputs = _MAKERS[name](np.random.default_rng(7))
    cut = 3 * len(x) // 4
    shown = min(examples or cut, cut)
    kind = "classes" if y.dtype == np.int32 else "values"
    return Task(x[:shown], y[:shown], x[cut:], y[cut:], outputs, kind)


Made = tuple[NDArray[np.generic], Labels, int]
Rng = np.random.Generator


@cache
def _digits() -> tuple[Array, NDArray[np.int32]]:
    data = load_digits()
    order = np.random.default_rng(1).permutation(len(data.data))
    return (data.data[order] / 16.0).astype(np.float32), data.target[order].astype(np.int32)


def _digit_classes(_: Rng) -> Made:
    return (*_digits(), 10)


def _autoencode(_: Rng) -> Made:
    return _digits()[0], _digits()[0], 64


def _even(_: Rng) -> Made:
    x, y = _digits()
    return x, (y % 2).astype(np.int32), 2


def _blobs(rng: Rng) -> Made:
    centers = rng.normal(size=(5, 10))
    y = rng.integers(0, 5, 800).astype(np.int32)
    return (centers[y] + 0.7 * rng.normal(size=(800, 10))).astype(np.float32), y, 5


def _moons(rng: Rng) -> Made:
    y = rng.integers(0, 2, 600).astype(np.int32)
    angle = np.pi * rng.random(600)
    side = np.where(y == 1, -1.0, 1.0)
    x = np.stack([side * np.cos(angle) + (y == 1), side * np.sin(angle) + 0.5 * (y == 1)], 1)
    return (x + 0.1 * rng.normal(size=x.shape)).astype(np.float32), y, 2


def _spirals(rng: Rng) -> Made:
    y = rng.integers(0, 3, 900).astype(np.int32)
    radius = rng.random(900)
    angle = 3.0 * radius + 2.0 * np.pi * y / 3.0
    x = 2.0 * np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return (x + 0.05 * rng.normal(size=x.shape)).astype(np.float32), y, 3


def _linear(rng: Rng) -> Made:
    x = rng.normal(size=(600, 12))
    y = x @ rng.normal(size=(12, 1)) + 0.1 * rng.normal(size=(600, 1))
    return x.astype(np.float32), y.astype(np.float32), 1


def _noisy(rng: Rng) -> Made:
    x = rng.normal(size=(800, 12))
    y = x @ rng.normal(size=(12, 1)) + 3.0 * rng.normal(size=(800, 1))
    return x.astype(np.float32), y.astype(np.float32), 1


def _correlated(rng: Rng) -> Made:
    scales = np.logspace(0.0, -1.3, 10)
    rotation = np.linalg.qr(rng.normal(size=(10, 10)))[0]
    x = rng.normal(size=(400, 10)) * scales @ rotation
    y = x @ rotation.T @ (rng.normal(size=(10, 1)) / scales[:, None])
    return x.astype(np.float32), y.astype(np.float32), 1


def _sine(rng: Rng) -> Made:
    x = rng.uniform(-2.0, 2.0, size=(400, 1))
    return x.astype(np.float32), (np.sin(3.0 * x) + 0.05 * rng.normal(size=x.shape)).astype(np.float32), 1


def _friedman(rng: Rng) -> Made:
    x = rng.random((800, 10))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    y = (y - y.mean()) / y.std() + 0.1 * rng.normal(size=800)
    return (2.0 * x - 1.0).astype(np.float32), y[:, None].astype(np.float32), 1


def _tokens(rng: Rng) -> Made:
    x = rng.integers(0, 40, (900, 12))
    votes = np.stack([np.isin(x, np.arange(5 * k, 5 * k + 5)).sum(1) for k in range(3)], 1)
    return x.astype(np.int32), votes.argmax(1).astype(np.int32), 3


def _chain(rng: Rng) -> Made:
    follow = rng.dirichlet(np.full(16, 0.08), 16).cumsum(1)
    text = np.zeros((600, 11), np.int32)
    text[:, 0] = rng.integers(0, 16, 600)
    for t in range(10):
        text[:, t + 1] = (rng.random((600, 1)) > follow[text[:, t]]).sum(1).clip(0, 15)
    return text[:, :-1], text[:, 1:].copy(), 16


def _ratings(rng: Rng) -> Made:
    users, items = rng.normal(size=(30, 3)), rng.normal(size=(25, 3))
    x = np.stack([rng.integers(0, 30, 900), rng.integers(0, 25, 900)], 1)
    y = (users[x[:, 0]] * items[x[:, 1]]).sum(1) + 0.1 * rng.normal(size=900)
    return x.astype(np.int32), y[:, None].astype(np.float32), 1


def _waves(rng: Rng) -> Made:
    start, speed = rng.uniform(0, 6, (600, 1)), rng.uniform(0.3, 0.6, (600, 1))
    wave = np.sin(start + speed * np.arange(17)) + 0.05 * rng.normal(size=(600, 17))
    return wave[:, :16, None].astype(np.float32), wave[:, 16:].astype(np.float32), 1


def _counts(rng: Rng) -> Made:
    x = rng.normal(size=(600, 6))
    return x.astype(np.float32), rng.poisson(np.exp(x @ (0.5 * rng.normal(size=(6, 1))))).astype(np.float32), 1


def _parity(rng: Rng) -> Made:
    bits = rng.integers(0, 2, (600, 3))
    x = 2.0 * bits - 1.0 + 0.1 * rng.normal(size=bits.shape)
    return x.astype(np.float32), (bits.sum(1) % 2).astype(np.int32), 2


_MAKERS: dict[str, Callable[[Rng], Made]] = {
    "digits": _digit_classes,
    "autoencode": _autoencode,
    "even": _even,
    "blobs": _blobs,
    "moons": _moons,
    "spirals": _spirals,
    "linear": _linear,
    "noisy": _noisy,
    "correlated": _correlated,
    "sine": _sine,
    "friedman": _friedman,
    "tokens": _tokens,
    "chain": _chain,
    "ratings": _ratings,
    "waves": _waves,
    "counts": _counts,
    "parity": _parity,
}
