"""Healthy losses: whatever people train, with the gradient that the tape gives, which is right in all of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

K = tf.keras
Built = tuple[Callable[[], Any], list[Any]]
"""A loss and its variables."""

RNG = np.random.default_rng(7)
IMAGES = RNG.normal(size=(8, 8, 8, 3)).astype("float32")
ROWS = RNG.normal(size=(16, 6)).astype("float32")
TOKENS = RNG.integers(0, 11, size=(8, 5))
CLASSES = np.arange(16) % 4


def _dense(activation: Any, *, loss: str = "mse", dtype: str = "float32", training: bool = False) -> Built:
    K.utils.set_random_seed(1)
    out = 4 if loss == "ce" else 1
    layers = [K.layers.Dense(7, activation=activation, dtype=dtype), K.layers.Dense(out, dtype=dtype)]
    model = K.Sequential([K.Input((6,), dtype=dtype), *layers])
    x = tf.cast(ROWS, dtype)
    if loss == "ce":
        of = K.losses.SparseCategoricalCrossentropy(from_logits=True)
        return lambda: of(CLASSES, model(x, training=training)), model.trainable_variables
    return lambda: tf.reduce_mean(tf.square(model(x) - tf.cast(ROWS[:, :1], dtype))), model.trainable_variables


def _model(layers: list[Any], x: Any, *, training: bool = True, classes: int = 4) -> Built:
    K.utils.set_random_seed(2)
    model = K.Sequential([K.Input(x.shape[1:], dtype=x.dtype), *layers, K.layers.Dense(classes)])
    of = K.losses.SparseCategoricalCrossentropy(from_logits=True)
    labels = np.arange(len(x)) % classes
    return lambda: of(labels, model(x, training=training)), model.trainable_variables


def _scalar(function: Callable[[Any], Any], dtype: str = "float32", start: Any = 2.0) -> Built:
    w = tf.Variable(start, dtype=dtype)
    return lambda: function(w), [w]


def _attention() -> Built:
    K.utils.set_random_seed(3)
    inputs = K.Input((5,), dtype="int64")
    x = K.layers.Embedding(11, 8)(inputs)
    x = K.layers.LayerNormalization()(x + K.layers.MultiHeadAttention(2, 4)(x, x))
    model = K.Model(inputs, K.layers.Dense(4)(K.layers.GlobalAveragePooling1D()(x)))
    of = K.losses.SparseCategoricalCrossentropy(from_logits=True)
    return lambda: of(CLASSES[:8], model(TOKENS, training=True)), model.trainable_variables


def _mixed() -> Built:
    policy = K.DTypePolicy("mixed_float16")
    return _model([K.layers.Dense(8, activation="relu", dtype=policy), K.layers.Dense(8, dtype=policy)], ROWS)


def _function() -> Built:
    w = tf.Variable(ROWS[:4, :3])

    @tf.function
    def loss() -> Any:
        total = tf.constant(0.0)
        for i in tf.range(3):
            total += tf.reduce_sum(tf.sin(w) * tf.cast(i, tf.float32))
        return tf.cond(total > 0.0, lambda: total, lambda: -total)

    return loss, [w]


def _unused() -> Built:
    used, unused = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
    return lambda: tf.reduce_sum(used**2), [used, unused]


def _stopped() -> Built:
    w, target = tf.Variable([1.0, -2.0]), tf.Variable([0.5, 0.5])
    return lambda: tf.reduce_sum(tf.square(w - tf.stop_gradient(target * 2.0))), [w, target]


def _vanishing() -> Built:
    """Twelve sigmoid layers: gradients over nine decades, and each of them right."""
    K.utils.set_random_seed(5)
    layers = [K.layers.Dense(6, activation="sigmoid") for _ in range(12)]
    return _model(layers, ROWS)


def _many() -> Built:
    layers = [K.layers.Dense(6, activation="relu") for _ in range(15)]
    return _model([*layers, K.layers.BatchNormalization()], ROWS)


def _clipped() -> Built:
    w = tf.Variable(ROWS[:, :3])
    return lambda: tf.reduce_mean(tf.clip_by_value(w, -0.5, 0.5) ** 2), [w]


def _tiny(factor: float) -> Built:
    loss, variables = _dense("tanh")
    return lambda: loss() * factor, variables


HEALTHY: dict[str, Callable[[], Built]] = {
    **{f"dense {a}": partial(_dense, a) for a in ("linear", "relu", "tanh", "gelu", "elu", "leaky_relu")},
    **{f"cross-entropy {a}": partial(_dense, a, loss="ce") for a in ("relu", "sigmoid", "softplus", "swish")},
    **{f"{d} relu": partial(_dense, "relu", dtype=d) for d in ("float16", "bfloat16", "float64")},
    **{f"{d} cross-entropy": partial(_dense, "tanh", loss="ce", dtype=d) for d in ("float16", "bfloat16", "float64")},
    "mixed precision": _mixed,
    "convolution": lambda: _model([K.layers.Conv2D(4, 3, activation="relu"), K.layers.Flatten()], IMAGES),
    "max pooling": lambda: _model([K.layers.Conv2D(4, 3), K.layers.MaxPooling2D(), K.layers.Flatten()], IMAGES),
    "depthwise": lambda: _model([K.layers.DepthwiseConv2D(3), K.layers.GlobalAveragePooling2D()], IMAGES),
    "transposed convolution": lambda: _model([K.layers.Conv2DTranspose(2, 3), K.layers.Flatten()], IMAGES),
    "bias before batch norm": lambda: _model(
        [K.layers.Conv2D(4, 3), K.layers.BatchNormalization(), K.layers.ReLU(), K.layers.Flatten()], IMAGES
    ),
    "layer norm": lambda: _model([K.layers.Dense(8), K.layers.LayerNormalization()], ROWS),
    "group norm": lambda: _model([K.layers.Conv2D(4, 3), K.layers.GroupNormalization(2), K.layers.Flatten()], IMAGES),
    "dropout": lambda: _model([K.layers.Dense(8, activation="relu"), K.layers.Dropout(0.5)], ROWS),
    "gaussian noise": lambda: _model([K.layers.GaussianNoise(0.3), K.layers.Dense(8)], ROWS),
    "embedding": lambda: _model([K.layers.Embedding(11, 4), K.layers.Flatten()], TOKENS),
    "lstm": lambda: _model([K.layers.Embedding(11, 4), K.layers.LSTM(5)], TOKENS),
    "gru": lambda: _model([K.layers.Embedding(11, 4), K.layers.GRU(5)], TOKENS),
    "attention": _attention,
    "tf.function with a loop and a branch": _function,
    "a parabola": lambda: _scalar(lambda w: w * w),
    "a parabola in float64": lambda: _scalar(lambda w: w * w, "float64"),
    "a kink at zero": lambda: _scalar(lambda w: tf.reduce_sum(tf.nn.relu(w)), start=[0.0, 1.0, -1.0]),
    "absolute values": lambda: _scalar(lambda w: tf.reduce_sum(tf.abs(w)), start=[0.0, 1e-6, -3.0]),
    "huber": lambda: _scalar(lambda w: K.losses.Huber()(tf.zeros(4), w), start=[0.5, 1.0, 2.0, -3.0]),
    "norm": lambda: _scalar(tf.norm, start=[3.0, 4.0]),
    "logsumexp": lambda: _scalar(tf.reduce_logsumexp, start=[100.0, 101.0, 99.0]),
    "a minimum": lambda: _scalar(lambda w: tf.reduce_sum(w * w), start=[0.0, 0.0]),
    "matrix inverse": lambda: _scalar(lambda w: tf.reduce_sum(tf.linalg.inv(w)), start=[[2.0, 0.3], [0.1, 1.0]]),
    "an unused variable": _unused,
    "a stopped gradient": _stopped,
    "clipped weights": _clipped,
    "vanishing gradients": _vanishing,
    "many variables": _many,
    "a huge loss": lambda: _tiny(1e12),
    "a tiny loss": lambda: _tiny(1e-12),
}
