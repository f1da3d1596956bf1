"""Small trainings in a loop of one's own, recorded as users record them."""

import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

import tb_convergence


def parabola(rate: float, steps: int, *, until: Callable[[], bool] = lambda: False, pause: float = 0.0) -> int:
    """L = w², w = 2, gradient descent; the number of steps that were made. A rate above 1.0 diverges."""
    w = tf.Variable(2.0, name="w")
    for step in range(steps):
        with tf.GradientTape() as tape:
            loss = w**2
        grads = tape.gradient(loss, [w])
        w.assign_sub(rate * grads[0])
        tb_convergence.log_step(tape, grads)
        if until():
            return step + 1
        time.sleep(pause)
    return steps


def waited(condition: Callable[[], Any], seconds: float = 30.0) -> bool:
    """Whether ``condition`` came true; a busy machine takes its time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())
