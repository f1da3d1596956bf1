"""A recurrent network reads the digits pixel by pixel: 64 steps through a recurrent matrix that stretches."""

from collections.abc import Iterator

import keras
import tensorflow as tf

import tb_convergence
from demo.digits import CLASSES, PIXELS, batches

TITLE = "recurrent network over 64 pixels, gradients not clipped"
STEPS = 200
UNITS = 32
GAIN = 2.0  # of the recurrent matrix, against a tanh that does not saturate at first


def _model(gain: float) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((PIXELS, 1)),
            keras.layers.SimpleRNN(
                UNITS, "tanh", recurrent_initializer=keras.initializers.Orthogonal(gain, seed=1), name="rnn"
            ),
            keras.layers.Dense(CLASSES, name="logits"),
        ]
    )


def train(repaired: bool) -> Iterator[int]:
    """Trains; repaired: an orthogonal recurrent matrix, and gradients clipped to a global norm of 1."""
    keras.utils.set_random_seed(0)
    model = _model(1.0 if repaired else GAIN)
    optimizer = keras.optimizers.SGD(0.05)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def train_step(x: tf.Tensor, y: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x[:, :, None], training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        if repaired:
            grads, _ = tf.clip_by_global_norm(grads, 1.0)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        tb_convergence.log_step(tape, grads, optimizer=optimizer)

    for step, (x, y) in enumerate(batches(STEPS)):
        train_step(x, y)
        yield step + 1
