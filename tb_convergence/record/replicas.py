"""A step that several replicas share, under ``tf.distribute``: one record, of the gradient that is applied.

Each replica has its own part of the batch and a gradient of its own. Optimizers apply the sum, and so it is the sum
that is recorded; loss functions are scaled for that, so that their sum is the loss of the whole batch. All replicas of
all workers take part in the sum; the record is kept by the first replica of the chief.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from tb_convergence.schema.statistics import REPLICA_STATISTICS

UNSUPPORTED = (
    "nothing is recorded here: under a tf.distribute strategy, log_step belongs into the function that is given to "
    "strategy.run, where there is a gradient for each replica; MirroredStrategy and MultiWorkerMirroredStrategy can be "
    "recorded"
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one replica shows of a step; or, as it is given to ``together``'s action, what all of them do.

    Attributes:
      weights: at which the gradient was taken, or samples of them; ``None`` where nobody saw them.
      gradients: dense, ``None`` where there is none.
      loss: float64 scalar.
      others: tensors that are the same on all replicas, or of which those of the first will do.
    """

    weights: Sequence[Any]
    gradients: Sequence[Any]
    loss: Any
    others: Sequence[Any] = ()


def several() -> bool:
    """Whether a step is shared here."""
    return bool(tf.distribute.get_strategy().num_replicas_in_sync > 1)


def supported() -> bool:
    """Whether a shared step can be recorded here."""
    strategy = tf.distribute.get_strategy()
    kinds = (tf.distribute.MirroredStrategy, tf.distribute.MultiWorkerMirroredStrategy)
    return isinstance(strategy, kinds) and not tf.distribute.in_cross_replica_context()


def kept_here() -> bool:
    """Whether this process keeps the record: the only one, or the chief of several."""
    return bool(tf.distribute.get_strategy().extended.should_save_summary)


def together(share: Share, action: Callable[[Share, Mapping[str, Any]], None]) -> None:
    """Adds up the shares of all replicas, and has them recorded once.

    Every replica of every worker must come here, or those that do would wait for the others for ever.

    Args:
      share: of this replica.
      action: called once, in the process that keeps the record, with the sum of the gradients and of the losses, what
        else the first replica shows, and ``REPLICA_STATISTICS``, float64 scalars by name.
    """
    context = tf.distribute.get_replica_context()
    present = [i for i, g in enumerate(share.gradients) if g is not None]
    own = [share.gradients[i] for i in present]
    summed = context.all_reduce(tf.distribute.ReduceOp.SUM, own) if own else []
    totals = context.all_reduce(tf.distribute.ReduceOp.SUM, tf.stack([share.loss, _square(own)]))
    count = context.num_replicas_in_sync

    def once(strategy: Any, weights: Any, summed: Any, totals: Any, others: Any) -> None:
        first = [strategy.experimental_local_results(x)[0] for x in summed]
        loss, squares = tf.unstack(strategy.experimental_local_results(totals)[0])
        gradients: list[Any] = [None] * len(share.gradients)
        for i, gradient in zip(present, first, strict=True):
            gradients[i] = gradient
        found = (tf.constant(float(count), tf.float64), squares / count, _square(first) / count**2)
        action(
            Share(_firsts(strategy, weights), gradients, loss, _firsts(strategy, others)),
            dict(zip(REPLICA_STATISTICS, found, strict=True)),
        )

    if kept_here():
        context.merge_call(once, args=(_tensors(share.weights), list(summed), totals, _tensors(share.others)))


def _firsts(strategy: Any, values: Sequence[Any]) -> list[Any]:
    return [None if v is None else strategy.experimental_local_results(v)[0] for v in values]


def _tensors(values: Sequence[Any]) -> list[Any]:
    return [None if v is None else tf.convert_to_tensor(v) for v in values]


def _square(gradients: Sequence[Any]) -> Any:
    """‖g‖² of all variables together, float64 scalar."""
    squares = [tf.reduce_sum(tf.square(tf.cast(g, tf.float64))) for g in gradients]
    return tf.add_n(squares) if squares else tf.constant(0.0, tf.float64)
