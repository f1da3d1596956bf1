"""L(w) = w² with learning rate 1.5: every step multiplies w by 1 − 2 · 1.5 = −2."""

from collections.abc import Iterator

import tensorflow as tf

import tb_convergence

TITLE = "learning rate 1.5 on L(w) = w²"
STEPS = 20


def train(repaired: bool) -> Iterator[int]:
    """Trains; repaired: learning rate 0.1."""
    w = tf.Variable(2.0, name="w")
    learning_rate = 0.1 if repaired else 1.5
    for step in range(STEPS):
        with tf.GradientTape() as tape:
            loss = w * w
        grads = tape.gradient(loss, [w])
        w.assign_sub(learning_rate * grads[0])
        tb_convergence.log_step(tape, grads)
        yield step + 1
