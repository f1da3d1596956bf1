"""Reading a gradient inside XLA without changing how the update is compiled.

XLA compiles the last operation of a small gradient (a product, of a scale or a bias) into the kernel of the update,
where product and sum are rounded once. A second reader that cannot be compiled into its own kernel in the same way has
the gradient stored first, rounded twice: the optimizer's state then differs in the last bit. A reader that begins with
an addition can, and leaves the update as it is. Large gradients come from matrix products, which are stored anyway.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tb_convergence.record.exact import in_xla


def untouched(gradients: Sequence[Any], runs: Any) -> list[Any]:
    """The same numbers, for reading.

    Args:
      gradients: dense; ``None`` where there is none.
      runs: a scalar that is never negative, and of which the compiler does not know that.
    """
    if not in_xla():
        return list(gradients)
    zero = tf.minimum(tf.cast(runs, tf.float32), 0.0)
    return [g if g is None or g.shape.rank > 1 else g + tf.cast(zero, g.dtype) for g in gradients]
