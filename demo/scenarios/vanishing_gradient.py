"""Twelve sigmoid layers on the digits: each one divides the gradient by four or more on its way to the input."""

from collections.abc import Iterator

import keras
import tensorflow as tf

import tb_convergence
from demo.digits import CLASSES, PIXELS, batches

TITLE = "12-layer sigmoid network on the digits"
STEPS = 200
LAYERS = 12
UNITS = 64


def _model(activation: str, initializer: str) -> keras.Model:
    hidden = [
        keras.layers.Dense(UNITS, activation, kernel_initializer=initializer, name=f"hidden_{i}") for i in range(LAYERS)
    ]
    return keras.Sequential([keras.Input((PIXELS,)), *hidden, keras.layers.Dense(CLASSES, name="logits")])


def train(repaired: bool) -> Iterator[int]:
    """Trains; repaired: ReLU with He initialization."""
    keras.utils.set_random_seed(0)
    model = _model("relu", "he_normal") if repaired else _model("sigmoid", "glorot_uniform")
    optimizer = keras.optimizers.SGD(0.02)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def train_step(x: tf.Tensor, y: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        tb_convergence.log_step(tape, grads, optimizer=optimizer)

    for step, (x, y) in enumerate(batches(STEPS)):
        train_step(x, y)
        yield step + 1
