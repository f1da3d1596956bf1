"""Inputs, labels and outputs of a training step, as they pass through ``model.compute_loss``."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from tb_convergence.callback.replaced import replaced
from tb_convergence.record.probes import Probes
from tb_convergence.record.shown import reachable

PROBES = ("inputs", "labels", "outputs")
_ARGUMENTS = dict(zip(("x", "y", "y_pred"), PROBES, strict=True))


class Batch(threading.local):
    """The newest batch of this thread: under ``tf.distribute`` each replica has a thread, and a part of the batch.

    Attributes:
      parts: inputs, labels and outputs by name.
    """

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}

    def probes(self, wanted: Sequence[str], every: int) -> Probes:
        """What is to be looked at more closely, of what there is in this graph."""
        here = {n: p for n, p in self.parts.items() if n in wanted and all(map(reachable, tf.nest.flatten(p)))}
        return Probes(**here, every=every)


@contextmanager
def noted(model: Any) -> Iterator[Batch]:
    """While it lasts, the batches of ``model`` are noted.

    A ``train_step`` that does not call ``compute_loss`` goes unnoticed.
    """
    batch = Batch()
    with replaced(model, "compute_loss", lambda original: _noting(original, batch)):
        yield batch
    batch.parts = {}


def _noting(original: Callable[..., Any], batch: Batch) -> Callable[..., Any]:
    def compute_loss(*args: Any, **kwargs: Any) -> Any:
        said = {**dict(zip(_ARGUMENTS, args, strict=False)), **kwargs}
        batch.parts = {_ARGUMENTS[n]: v for n, v in said.items() if n in _ARGUMENTS and v is not None}
        return original(*args, **kwargs)

    return compute_loss
