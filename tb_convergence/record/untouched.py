"""Reading a gradient without changing how the update that follows is compiled, so that it stays the same to the bit.

Two compilers merge the last operation of a gradient into the update, as long as nobody else reads the gradient:

* XLA puts the product at the end of a small gradient (of a scale, of a bias) and the sum in the optimizer into one
  kernel, which rounds once. A reader that begins with an addition can be compiled in the same way, and then XLA keeps
  both merged; any other reader has the gradient stored, and rounded twice.
* TensorFlow's graph optimizer turns (g · clipping) · rate into g · (clipping · rate). A reader that makes the product
  itself, from a factor of its own, leaves g · clipping to the update alone.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tb_convergence.record.branches import in_xla


def untouched(gradients: Sequence[Any], runs: Any) -> list[Any]:
    """The same numbers, for reading.

    Args:
      gradients: dense; ``None`` where there is none.
      runs: a scalar that is never negative, and of which the compiler does not know that.
    """
    if tf.executing_eagerly():
        return list(gradients)
    zero = tf.minimum(tf.cast(runs, tf.float32), 0.0)
    again = _added if in_xla() else _multiplied
    return [None if g is None else again(g, tf.cast(zero, g.dtype)) for g in gradients]


def _added(gradient: Any, zero: Any) -> Any:
    """Adds 0 to what is not stored anyway: larger gradients come from matrix products."""
    return gradient + zero if gradient.shape.rank < 2 else gradient


def _multiplied(gradient: Any, zero: Any) -> Any:
    """Makes it again where it is a product, with clipping or of a scale."""
    made = gradient.op
    while made.type == "Identity":
        made = made.inputs[0].op
    if made.type != "Mul" or any(x.shape.num_elements() is None for x in made.inputs):
        return gradient
    large, small = sorted(made.inputs, key=lambda x: -x.shape.num_elements())
    return _multiplied(large, zero) * (small + zero)
