"""A small network on the digits with a learning rate 1000 times too small: nothing is wrong, and nothing happens."""

from collections.abc import Iterator

import keras
import tensorflow as tf

import tb_convergence
from demo.digits import CLASSES, PIXELS, batches

TITLE = "learning rate 0.0001 where 0.1 works, on the digits"
STEPS = 300


def train(repaired: bool) -> Iterator[int]:
    """Trains; repaired: learning rate 0.1."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((PIXELS,)),
            keras.layers.Dense(64, "tanh", name="hidden"),
            keras.layers.Dense(CLASSES, name="logits"),
        ]
    )
    optimizer = keras.optimizers.SGD(0.1 if repaired else 0.0001)
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
