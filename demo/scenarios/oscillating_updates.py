"""L(w) = w² with momentum 0.9 written by hand: it rings on its way to the minimum, which is slow but sound.

The variable is rebound to a plain tensor by the first update, as hand-written loops do.
"""

from collections.abc import Iterator

import tensorflow as tf

import tb_convergence

TITLE = "momentum 0.9, learning rate 0.1 on L(w) = w²"
STEPS = 200


def train(repaired: bool) -> Iterator[int]:
    """Trains; repaired: momentum 0.3, the critical value, which does not ring."""
    w = tf.Variable(2.0, name="w")
    velocity = tf.constant(0.0)
    momentum = 0.3 if repaired else 0.9
    for step in range(STEPS):
        with tf.GradientTape() as tape:
            tape.watch(w)
            loss = w * w
        grads = tape.gradient(loss, [w])
        velocity = momentum * velocity - 0.1 * grads[0]
        w = w + velocity
        tb_convergence.log_step(tape, grads)
        yield step + 1
