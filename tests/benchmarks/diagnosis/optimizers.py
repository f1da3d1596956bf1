"""Optimizers written by hand, as people write them, and Keras' own behind the same call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from tests.benchmarks.diagnosis.training import Training


class Optimizer(Protocol):
    """Applies gradients; those that are ``None`` are passed over."""

    inner: Any

    def apply(self, gradients: Sequence[Any], variables: Sequence[Any], rate: Any) -> None:
        """One update."""


class _Hand:
    inner = None

    def __init__(self, training: Training, variables: Sequence[Any], direction: Callable[..., Any], slots: int) -> None:
        self._training, self._direction = training, direction
        self._slots = {
            id(v): [tf.Variable(tf.zeros(v.shape), trainable=False) for _ in range(slots)] for v in variables
        }
        self._count = tf.Variable(0.0, trainable=False)

    def apply(self, gradients: Sequence[Any], variables: Sequence[Any], rate: Any) -> None:
        self._count.assign_add(1.0)
        for g, v in zip(gradients, variables, strict=True):
            if g is not None:
                step = self._direction(
                    tf.convert_to_tensor(g), self._slots[id(v)], self._training.momentum, self._count
                )
                v.assign_sub(rate * (step + self._training.decay * v))


class _Keras:
    def __init__(self, training: Training, variables: Sequence[Any]) -> None:
        kind = training.optimizer.removeprefix("keras-")
        extra: dict[str, Any] = {"weight_decay": training.decay} if training.decay else {}
        if kind in {"momentum", "nesterov"}:
            extra |= {"momentum": training.momentum, "nesterov": kind == "nesterov"}
        made = _KERAS[kind](training.rate, **extra)
        self.inner = keras.optimizers.LossScaleOptimizer(made) if training.precision == "mixed" else made
        self._made = made
        self.inner.build(list(variables))

    def apply(self, gradients: Sequence[Any], variables: Sequence[Any], rate: Any) -> None:
        self._made.learning_rate.assign(rate)
        pairs = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
        self.inner.apply_gradients(pairs)


_KERAS: dict[str, Any] = {
    "sgd": keras.optimizers.SGD,
    "momentum": keras.optimizers.SGD,
    "nesterov": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "adagrad": keras.optimizers.Adagrad,
    "lion": keras.optimizers.Lion,
    "adafactor": keras.optimizers.Adafactor,
}


def _sgd(g: Any, _: list[Any], __: float, ___: Any) -> Any:
    return g


def _momentum(g: Any, slots: list[Any], momentum: float, _: Any) -> Any:
    return slots[0].assign(momentum * slots[0] + g)


def _nesterov(g: Any, slots: list[Any], momentum: float, _: Any) -> Any:
    return g + momentum * slots[0].assign(momentum * slots[0] + g)


def _adam(g: Any, slots: list[Any], _: float, count: Any) -> Any:
    first = slots[0].assign(0.9 * slots[0] + 0.1 * g) / (1.0 - 0.9**count)
    second = slots[1].assign(0.999 * slots[1] + 0.001 * g**2) / (1.0 - 0.999**count)
    return first / (tf.sqrt(second) + 1e-7)


def _rmsprop(g: Any, slots: list[Any], _: float, __: Any) -> Any:
    return g / (tf.sqrt(slots[0].assign(0.9 * slots[0] + 0.1 * g**2)) + 1e-7)


def _adagrad(g: Any, slots: list[Any], _: float, __: Any) -> Any:
    return g / (tf.sqrt(slots[0].assign_add(g**2)) + 1e-7)


def _lion(g: Any, slots: list[Any], _: float, __: Any) -> Any:
    step = tf.sign(0.9 * slots[0] + 0.1 * g)
    slots[0].assign(0.99 * slots[0] + 0.01 * g)
    return step


def _sign(g: Any, _: list[Any], __: float, ___: Any) -> Any:
    return tf.sign(g)


_HAND: dict[str, tuple[Callable[..., Any], int]] = {
    "sgd": (_sgd, 0),
    "momentum": (_momentum, 1),
    "nesterov": (_nesterov, 1),
    "adam": (_adam, 2),
    "rmsprop": (_rmsprop, 1),
    "adagrad": (_adagrad, 1),
    "lion": (_lion, 1),
    "sign": (_sign, 0),
}


def optimizer(training: Training, variables: Sequence[Any]) -> Optimizer:
    """The optimizer of this training."""
    if training.optimizer.startswith("keras-"):
        return _Keras(training, variables)
    return _Hand(training, variables, *_HAND[training.optimizer])


def rates(training: Training) -> Any:
    """Learning rate of each step, float32 [steps]."""
    kind, _, number = training.schedule.partition(":")
    shape = _SCHEDULES[kind](_Clock(np.arange(training.steps), training.steps, float(number or 0.0), training.since))
    return (training.rate * shape * np.ones(training.steps)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Clock:
    """Steps ``t`` [n] of ``n``, the number of the schedule, and when the fault begins."""

    t: Any
    n: int
    x: float
    since: int

    @property
    def cosine(self) -> Any:
        """From 1 to 0 over the run."""
        return 0.5 * (1.0 + np.cos(np.pi * self.t / self.n))

    @property
    def warm_up(self) -> Any:
        """From 0 to 1 over ``x`` steps."""
        return np.minimum(1.0, (self.t + 1) / self.x)


_SCHEDULES: dict[str, Callable[[_Clock], Any]] = {
    "constant": lambda _: 1.0,
    "warm-up": lambda c: c.warm_up,
    "cosine": lambda c: c.cosine,
    "warm-cosine": lambda c: c.warm_up * c.cosine,
    "linear": lambda c: 1.0 - c.t / c.n,
    "stairs": lambda c: 0.3 ** (c.t // c.x),
    "restarts": lambda c: 0.5 * (1.0 + np.cos(np.pi * (c.t % c.x) / c.x)),
    "one-cycle": lambda c: 0.1 + 0.9 * (1.0 - np.abs(2.0 * c.t / c.n - 1.0)),
    "inverse": lambda c: 1.0 / (1.0 + c.t / c.x),
    "exponential": lambda c: c.x**c.t,
    "jump": lambda c: np.where(c.t >= c.since, c.x, 1.0),
}
