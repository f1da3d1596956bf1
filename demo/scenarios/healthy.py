"""A convolutional network on the digits with Adam: healthy, and nothing may be raised."""

from collections.abc import Iterator

import keras
import tensorflow as tf

import tb_convergence
from demo.digits import CLASSES, PIXELS, batches

TITLE = "convolutional network on the digits, Adam"
STEPS = 300


def _model() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((PIXELS,)),
            keras.layers.Reshape((8, 8, 1)),
            keras.layers.Conv2D(16, 3, activation="relu", name="conv_1"),
            keras.layers.Conv2D(32, 3, activation="relu", name="conv_2"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(CLASSES, name="logits"),
        ]
    )


def train(repaired: bool) -> Iterator[int]:
    """Trains; repaired: another seed and batch size, since there is nothing to repair."""
    keras.utils.set_random_seed(1 if repaired else 0)
    model = _model()
    optimizer = keras.optimizers.Adam(0.003)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def train_step(x: tf.Tensor, y: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        tb_convergence.log_step(tape, grads, optimizer=optimizer)

    for step, (x, y) in enumerate(batches(STEPS, size=32 if repaired else 64)):
        train_step(x, y)
        yield step + 1
