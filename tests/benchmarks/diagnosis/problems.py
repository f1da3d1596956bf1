"""What a training minimizes: variables, the loss of a batch, and the measures that tell a good end from a bad one."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.benchmarks.diagnosis import faults
from tests.benchmarks.diagnosis.landscapes import landscape
from tests.benchmarks.diagnosis.networks import network
from tests.benchmarks.diagnosis.tasks import task
from tests.benchmarks.diagnosis.training import Training

LANDSCAPE = "landscape:"


class Learning:
    """A network on data."""

    def __init__(self, training: Training) -> None:
        self.training, self.task = training, task(training.task, training.examples)
        policy = "mixed_float16" if training.precision == "mixed" else "float32"
        keras.config.set_dtype_policy(policy)
        self.network = network(training, self.task)
        keras.config.set_dtype_policy("float32")
        self.variables = self.network.variables
        self.y = faults.labels(training, self.task)
        self.rows = faults.batches(training, self.y)
        self._x = tf.constant(faults.inputs(training, self.task.x))
        self._y = tf.constant(self.y)
        self._loss = LOSSES[training.loss or _usual(self.task.kind)]
        self._clean = LOSSES[_clean(training, self.task.kind)]

    def batch(self, row: Any, t: Any) -> tuple[Any, Any]:
        """Inputs and labels of a step."""
        return faults.batch(self.training, tf.gather(self._x, row), tf.gather(self._y, row), t)

    def outputs(self, x: Any, *, training: bool, kept: list[tuple[str, Any]] | None = None) -> Any:
        """Of the network."""
        cut = int(self.training.factor) if self.training.fault == "detached" else 0
        return self.network(x, training, kept, cut)

    def loss(self, y: Any, outputs: Any) -> Any:
        """What is minimized."""
        return self._loss(y, outputs)

    def measures(self) -> dict[str, float]:
        """``loss`` on the true training data, ``val`` on data kept back, ``error``: share of wrong classes."""
        shown = self._measure(self.task.x, self.task.y)
        kept = self._measure(self.task.x_val, self.task.y_val)
        return {"loss": shown[0], "error": shown[1], "val": kept[0], "val_error": kept[1]}

    def validation(self) -> float:
        """Loss on data kept back."""
        return self._measure(self.task.x_val, self.task.y_val)[0]

    def _measure(self, x: Any, y: Any) -> tuple[float, float]:
        outputs = self.outputs(tf.constant(faults.inputs(self.training, x)), training=False)
        loss = float(self._clean(tf.constant(y), outputs))
        wrong = np.mean(np.argmax(np.asarray(outputs), -1) != y) if self.task.kind == "classes" else np.nan
        return loss, float(wrong)


class Descent:
    """A function of its own weights."""

    def __init__(self, training: Training) -> None:
        name = training.task.removeprefix(LANDSCAPE)
        initial, self._function, self._least = landscape(name, training.seed)
        self.training = training
        self.variables = [tf.Variable(w.astype(np.float32), name=f"w_{i}") for i, w in enumerate(initial)]
        self.rows = np.zeros((training.steps + training.pretrain, 1), np.int32)

    def batch(self, _row: Any, _t: Any) -> tuple[Any, Any]:
        """Nothing."""
        return tf.zeros(1), tf.zeros(1)

    def outputs(self, _x: Any, *, training: bool, kept: list[tuple[str, Any]] | None = None) -> Any:  # noqa: ARG002  as Learning's
        """The weights themselves."""
        return [tf.convert_to_tensor(v) for v in self.variables]

    def loss(self, _y: Any, outputs: Any) -> Any:
        """The function's value."""
        return self._function(outputs)

    def measures(self) -> dict[str, float]:
        """``loss`` above the least value."""
        found = float(self._function(self.outputs(None, training=False))) - self._least
        return {"loss": found, "error": np.nan, "val": np.nan, "val_error": np.nan}

    def validation(self) -> float:
        """There is none."""
        return float("nan")


def problem(training: Training) -> Learning | Descent:
    """What this training minimizes."""
    return Descent(training) if training.task.startswith(LANDSCAPE) else Learning(training)


def _usual(kind: str) -> str:
    return "cross-entropy" if kind == "classes" else "mse"


def _clean(training: Training, kind: str) -> str:
    """The loss to measure with; where a loss is itself the fault the cases measure the error, or name this one."""
    if training.loss in {"poisson", "gaussian"}:
        return training.loss
    return _usual(kind)


def _cross_entropy(y: Any, z: Any) -> Any:
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, z))


def _smoothed(y: Any, z: Any) -> Any:
    target = 0.9 * tf.one_hot(y, z.shape[-1]) + 0.1 / z.shape[-1]
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(target, z))


def _by_hand(y: Any, z: Any) -> Any:
    """-log of a softmax written out: overflows and takes log(0) once the net is sure."""
    p = tf.exp(z) / tf.reduce_sum(tf.exp(z), axis=-1, keepdims=True)
    return -tf.reduce_mean(tf.math.log(tf.gather(p, y, batch_dims=1)))


def _of_probabilities(y: Any, p: Any) -> Any:
    """The cross-entropy of probabilities, whatever is given."""
    return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, tf.identity(p)))


def _mse_one_hot(y: Any, p: Any) -> Any:
    return tf.reduce_mean((p - tf.one_hot(y, p.shape[-1])) ** 2)


def _mse_index(y: Any, z: Any) -> Any:
    """The number of the class as if it were a value, against every output."""
    return tf.reduce_mean((z - tf.cast(y, tf.float32)[:, None]) ** 2)


def _broadcast(y: Any, z: Any) -> Any:
    """[N] − [N, 1] is [N, N]: every prediction against every target."""
    return tf.reduce_mean((y[:, 0] - z) ** 2)


def _gaussian(y: Any, z: Any) -> Any:
    """Negative log density with a noise of 0.05: below zero when all is well."""
    return tf.reduce_mean(0.5 * ((z - y) / 0.2) ** 2 + np.log(0.2 * np.sqrt(2 * np.pi)))


def _root(y: Any, z: Any) -> Any:
    """The root of the squared error of each example: no derivative where it is zero."""
    return tf.reduce_mean(tf.sqrt(tf.nn.relu((z - y) ** 2 - 0.01)))


def _policy(y: Any, z: Any) -> Any:
    """REINFORCE: an action is drawn, and rewarded where it is the label; noise around zero, whatever is learnt."""
    action = tf.random.categorical(tf.stop_gradient(z), 1, dtype=tf.int32)[:, 0]
    reward = tf.cast(action == y, tf.float32)
    return tf.reduce_mean((reward - tf.reduce_mean(reward)) * tf.nn.sparse_softmax_cross_entropy_with_logits(action, z))


def _hinge(y: Any, z: Any) -> Any:
    """Exactly zero once every example is beyond the margin."""
    right = tf.gather(z, y, batch_dims=1)[:, None]
    others = tf.one_hot(y, z.shape[-1], on_value=0.0, off_value=1.0)
    return tf.reduce_mean(tf.reduce_max(others * tf.nn.relu(1.0 + z - right), axis=-1))


LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross-entropy": _cross_entropy,
    "smoothed": _smoothed,
    "by-hand": _by_hand,
    "of-probabilities": _of_probabilities,
    "mse-one-hot": _mse_one_hot,
    "mse-index": _mse_index,
    "broadcast": _broadcast,
    "gaussian": _gaussian,
    "root": _root,
    "policy": _policy,
    "hinge": _hinge,
    "mse": lambda y, z: tf.reduce_mean((z - y) ** 2),
    "sum": lambda y, z: tf.reduce_sum((z - y) ** 2),
    "mae": lambda y, z: tf.reduce_mean(tf.abs(z - y)),
    "huber": lambda y, z: tf.reduce_mean(tf.where(tf.abs(z - y) < 1.0, 0.5 * (z - y) ** 2, tf.abs(z - y) - 0.5)),
    "poisson": lambda y, z: tf.reduce_mean(tf.exp(z) - y * z),
    "sigmoid-each": lambda y, z: tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.one_hot(y, z.shape[-1]), z)),
}
