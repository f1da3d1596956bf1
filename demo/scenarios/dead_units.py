"""A ReLU network whose learning rate throws its units into the region where they never fire again."""

from collections.abc import Iterator

import keras
import tensorflow as tf

import tb_convergence
from demo.digits import CLASSES, PIXELS, batches

TITLE = "ReLU network on the digits, killed by its learning rate"
STEPS = 200


def _model() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((PIXELS,)),
            *(keras.layers.Dense(64, "relu", kernel_initializer="he_normal", name=f"hidden_{i}") for i in range(3)),
            keras.layers.Dense(CLASSES, name="logits"),
        ]
    )


def train(repaired: bool) -> Iterator[int]:
    """Trains; repaired: learning rate 0.05."""
    keras.utils.set_random_seed(0)
    model = _model()
    optimizer = keras.optimizers.SGD(0.05 if repaired else 3.0)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    for step, (x, y) in enumerate(batches(STEPS)):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        tb_convergence.log_step(tape, grads, optimizer=optimizer)
        yield step + 1
