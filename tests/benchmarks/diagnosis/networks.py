"""The networks of the suite, each a list of stages whose activations can be looked at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.benchmarks.diagnosis.tasks import Task
from tests.benchmarks.diagnosis.training import Training

Stage = Callable[[Any, bool], Any]


@dataclass(slots=True)
class Network:
    """Stages in order of depth.

    Attributes:
      stages: (activation, function of the input and of ``training``).
      layers: that hold the variables, in the same order.
    """

    stages: list[tuple[str, Stage]] = field(default_factory=list)
    layers: list[Any] = field(default_factory=list)

    def add(self, layer: Any, activation: str = "", *, training: bool = False) -> None:
        """One more layer."""
        self.layers.append(layer)
        self.stages.append((activation, lambda h, t: layer(h, training=t) if training else layer(h)))

    def __call__(self, x: Any, training: bool, kept: list[tuple[str, Any]] | None = None, cut: int = 0) -> Any:
        """The output; activations go into ``kept``; no gradient passes back through the stages before ``cut``."""
        h = x
        for i, (activation, stage) in enumerate(self.stages):
            h = stage(h, training)
            if i + 1 == cut:
                h = tf.stop_gradient(h)
            if kept is not None:
                kept.append((activation, h))
        return h

    @property
    def variables(self) -> list[Any]:
        """Trainable variables, input first."""
        return [v for layer in self.layers for v in layer.trainable_variables]


def network(training: Training, task: Task) -> Network:
    """The network of this training, with its initial weights."""
    keras.utils.set_random_seed(training.seed)
    net = Network()
    _BUILDERS[training.model](net, training, task)
    net.add(keras.layers.Dense(task.outputs, training.output or None, dtype="float32"), training.output)
    net(tf.constant(task.x[:4]), False)
    _initialize(net, training)
    return net


def _kernel(training: Training) -> str:
    if training.init not in {"standard", "identical", "negative"}:
        return training.init
    return "he_normal" if training.activation in {"relu", "leaky_relu", "gelu"} else "glorot_uniform"


def _initialize(net: Network, training: Training) -> None:
    rng = np.random.default_rng(training.seed)
    for layer in net.layers:
        for v in layer.trainable_variables:
            value = np.asarray(v)
            if value.ndim >= 2:
                v.assign(_weights(value, training, rng, last=layer is net.layers[-1]))
            elif training.bias and "bias" in v.name and layer is not net.layers[-1]:
                v.assign(np.full(value.shape, training.bias, value.dtype))


def _weights(value: Any, training: Training, rng: np.random.Generator, *, last: bool) -> Any:
    if training.init == "negative" and not last:
        value = -np.abs(value)
    if training.init == "identical" and not last:
        value = np.broadcast_to(value[..., :1], value.shape)
    if training.init == "zeros" and last:
        value = 0.1 * rng.normal(size=value.shape)
    return (training.gain * value).astype(np.float32)


def _act(net: Network, training: Training) -> None:
    if training.normalization == "batch":
        net.add(keras.layers.BatchNormalization(), training=True)
    if training.normalization == "layer":
        net.add(keras.layers.LayerNormalization())
    if training.normalization:
        net.stages.append((training.activation, lambda h, _: keras.activations.get(training.activation)(h)))
    if training.dropout:
        drop = keras.layers.Dropout(training.dropout, seed=training.seed)
        net.stages.append(("", lambda h, t: drop(h, training=t)))


def _inner(training: Training) -> str | None:
    return None if training.normalization else training.activation


def _name(training: Training) -> str:
    return "" if training.normalization else training.activation


def _mlp(net: Network, training: Training, _: Task) -> None:
    net.stages.append(("", lambda h, _t: tf.reshape(h, (tf.shape(h)[0], int(np.prod(h.shape[1:]))))))
    for width in training.widths:
        net.add(keras.layers.Dense(width, _inner(training), kernel_initializer=_kernel(training)), _name(training))
        _act(net, training)


def _image(h: Any) -> Any:
    return tf.reshape(h, (tf.shape(h)[0], 8, 8, 1))


def _rows(h: Any) -> Any:
    return tf.reshape(h, (tf.shape(h)[0], 8, 8)) if len(h.shape) == 2 else h


def _cnn(net: Network, training: Training, _: Task) -> None:
    net.stages.append(("", lambda h, _t: _image(h)))
    for width in training.widths:
        conv = keras.layers.Conv2D(
            width, 3, padding="same", activation=_inner(training), kernel_initializer=_kernel(training)
        )
        net.add(conv, _name(training))
        _act(net, training)
    net.stages.append(("", lambda h, _t: tf.reduce_mean(h, axis=(1, 2))))


def _conv1d(net: Network, training: Training, _: Task) -> None:
    net.stages.append(("", lambda h, _t: _rows(h)))
    for width in training.widths:
        conv = keras.layers.Conv1D(
            width, 3, padding="same", activation=_inner(training), kernel_initializer=_kernel(training)
        )
        net.add(conv, _name(training))
        _act(net, training)
    net.stages.append(("", lambda h, _t: tf.reduce_mean(h, axis=1)))


def _recurrent(kind: Any) -> Callable[[Network, Training, Task], None]:
    def build(net: Network, training: Training, task: Task) -> None:
        if task.x.dtype == np.int32:
            net.add(keras.layers.Embedding(64, training.widths[0]))
        else:
            net.stages.append(("", lambda h, _t: _rows(h)))
        for i, width in enumerate(training.widths):
            more = i + 1 < len(training.widths) or (task.y.ndim == 2 and task.kind == "classes")
            extra = {"activation": training.activation} if kind is keras.layers.SimpleRNN else {}
            net.add(kind(width, return_sequences=more, **extra), training.activation)
            _act(net, training)

    return build


def _attention(net: Network, training: Training, task: Task) -> None:
    width = training.widths[0]
    if task.x.dtype == np.int32:
        net.add(keras.layers.Embedding(64, width))
    else:
        net.stages.append(("", lambda h, _t: _rows(h)))
        net.add(keras.layers.Dense(width))
    each = task.kind == "classes" and task.y.ndim == 2
    for _ in training.widths:
        _attend(net, training, width, causal=each)
    if not each:
        net.stages.append(("", lambda h, _t: tf.reduce_mean(h, axis=1)))


def _attend(net: Network, training: Training, width: int, *, causal: bool) -> None:
    query, key, value, out = (keras.layers.Dense(width, use_bias=False) for _ in range(4))
    norm = keras.layers.LayerNormalization()

    def stage(h: Any, _: bool) -> Any:
        q, k, v = query(h), key(h), value(h)
        score = tf.matmul(q, k, transpose_b=True) / width**0.5
        if causal:
            n = tf.shape(h)[1]
            score += tf.cast(-1e9, score.dtype) * (1.0 - tf.linalg.band_part(tf.ones((n, n)), -1, 0))
        return norm(h + out(tf.matmul(tf.nn.softmax(score), v)))

    net.layers += [query, key, value, out, norm]
    net.stages.append(("", stage))
    net.add(
        keras.layers.Dense(2 * width, training.activation, kernel_initializer=_kernel(training)), training.activation
    )
    net.add(keras.layers.Dense(width))


def _embedding(net: Network, training: Training, _: Task) -> None:
    net.add(keras.layers.Embedding(64, training.widths[0]))
    net.stages.append(("", lambda h, _t: tf.reduce_mean(h, axis=1)))
    for width in training.widths[1:]:
        net.add(
            keras.layers.Dense(width, training.activation, kernel_initializer=_kernel(training)), training.activation
        )
        _act(net, training)


def _residual(net: Network, training: Training, _: Task) -> None:
    net.add(keras.layers.Dense(training.widths[0]))
    for width in training.widths:
        norm = keras.layers.LayerNormalization()
        first = keras.layers.Dense(width, training.activation, kernel_initializer=_kernel(training))
        second = keras.layers.Dense(training.widths[0])
        net.layers += [norm, first, second]
        net.stages.append(("", lambda h, _t, n=norm, a=first, b=second: h + b(a(n(h)))))  # type: ignore[misc]  # defaults


def _factors(net: Network, training: Training, _: Task) -> None:
    width = training.widths[0]
    users, items = (keras.layers.Embedding(32, width, embeddings_initializer="normal") for _ in range(2))
    net.layers += [users, items]
    net.stages.append(("", lambda h, _t: 10.0 * users(h[:, 0]) * items(h[:, 1])))


_BUILDERS: dict[str, Callable[[Network, Training, Task], None]] = {
    "mlp": _mlp,
    "cnn": _cnn,
    "conv1d": _conv1d,
    "rnn": _recurrent(keras.layers.SimpleRNN),
    "gru": _recurrent(keras.layers.GRU),
    "lstm": _recurrent(keras.layers.LSTM),
    "attention": _attention,
    "embedding": _embedding,
    "residual": _residual,
    "factors": _factors,
}
