"""Two networks against each other, each with a stream of its own: losses that are not meant to fall."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import tb_convergence
from tests.benchmarks.diagnosis.optimizers import optimizer
from tests.benchmarks.diagnosis.training import Training

GAME = "game:"
_LATENT = 4


class Game:
    """A generator that learns to imitate points, and a critic that tells them apart."""

    def __init__(self, training: Training) -> None:
        self.training = training
        kind, _, self._points = training.task.removeprefix(GAME).partition(":")
        self._losses = _LOSSES[kind]
        keras.utils.set_random_seed(training.seed)
        self._generator = _dense(training.widths, 2, training.activation, _LATENT)
        self._critic = _dense(training.widths, 1, "leaky_relu", 2)
        self._rng = np.random.default_rng(training.seed)
        self._fixed = tf.constant(self._rng.normal(size=(512, _LATENT)), tf.float32)

    def measures(self) -> dict[str, float]:
        """``loss``: distance of the mean of what is generated from the mean of the points."""
        made = np.asarray(self._generator(self._fixed)).mean(axis=0)
        return {"loss": float(np.linalg.norm(made - self._real(4096).mean(axis=0)))}

    def _real(self, n: int) -> Any:
        return _POINTS[self._points](np.random.default_rng(1) if n > 1000 else self._rng, n).astype(np.float32)

    def steps(self, *, recorded: bool) -> None:
        """Both networks in turn."""
        critic, generator = self._critic.trainable_variables, self._generator.trainable_variables
        of_critic, of_generator = optimizer(self.training, critic), optimizer(self.training, generator)
        rate = tf.constant(self.training.rate)

        @tf.function(autograph=False)
        def step(real: Any, noise: Any) -> None:
            with tf.GradientTape() as tape:
                loss = self._losses[0](self._critic(real), self._critic(self._generator(noise)))
            found = tape.gradient(loss, critic)
            of_critic.apply(found, critic, rate)
            if recorded:
                tb_convergence.log_step(tape, found, name="critic")
            with tf.GradientTape() as tape:
                loss = self._losses[1](self._critic(self._generator(noise)))
            found = tape.gradient(loss, generator)
            of_generator.apply(found, generator, rate)
            if recorded:
                tb_convergence.log_step(tape, found, name="generator")

        for _ in range(self.training.steps):
            noise = self._rng.normal(size=(self.training.batch, _LATENT)).astype(np.float32)
            step(tf.constant(self._real(self.training.batch)), tf.constant(noise))


def _dense(widths: tuple[int, ...], outputs: int, activation: str, inputs: int) -> Any:
    layers = [keras.layers.Dense(w, activation) for w in widths]
    return keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(outputs)])


def _bce(z: Any, label: float) -> Any:
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(label * tf.ones_like(z), z))


Losses = tuple[Callable[[Any, Any], Any], Callable[[Any], Any]]
_LOSSES: dict[str, Losses] = {
    "log": (lambda real, made: _bce(real, 1.0) + _bce(made, 0.0), lambda made: _bce(made, 1.0)),
    "squares": (
        lambda real, made: tf.reduce_mean((real - 1.0) ** 2) + tf.reduce_mean(made**2),
        lambda made: tf.reduce_mean((made - 1.0) ** 2),
    ),
    "hinge": (
        lambda real, made: tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + made)),
        lambda made: -tf.reduce_mean(made),
    ),
}


def _blob(rng: np.random.Generator, n: int) -> Any:
    return np.array([3.0, -2.0]) + 0.5 * rng.normal(size=(n, 2))


def _two(rng: np.random.Generator, n: int) -> Any:
    side = rng.integers(0, 2, (n, 1))
    return np.array([2.0, 2.0]) + side * np.array([2.0, 0.0]) + 0.3 * rng.normal(size=(n, 2))


_POINTS: dict[str, Callable[[np.random.Generator, int], Any]] = {"blob": _blob, "two": _two}
