"""L(w) = w² with a gradient written by hand that lacks the factor 2: the run converges, at half the intended speed."""

from collections.abc import Iterator

import tensorflow as tf

import tb_convergence

TITLE = "gradient w instead of 2w on L(w) = w², learning rate 0.1"
STEPS = 40


def train(repaired: bool) -> Iterator[int]:
    """Trains; repaired: the gradient is 2w."""
    w = tf.Variable(2.0, name="w")
    for step in range(STEPS):
        with tf.GradientTape() as tape:
            loss = w * w
        gradient = 2.0 * w if repaired else 1.0 * w
        w.assign_sub(0.1 * gradient)
        tb_convergence.log_step(tape, [gradient], variables=[w], loss=loss)
        yield step + 1
