"""Inputs, labels, outputs and loss of a training step, as they pass through ``model.compute_loss``."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import tensorflow as tf

from tb_convergence.callback.replaced import replaced
from tb_convergence.record.probes import Probes
from tb_convergence.record.shown import reachable

PROBES = ("inputs", "labels", "outputs")
LOSS = "loss"  # a probe too, but one that costs a forward and a backward pass: only for those who ask
_NAMED = ("x", "y", "y_pred", "sample_weight", "training")  # what ``compute_loss`` takes, in its order
_ARGUMENTS = dict(zip(_NAMED, PROBES, strict=False))


class Batch(threading.local):
    """The newest batch of this thread: under ``tf.distribute`` each replica has a thread, and a part of the batch.

    Attributes:
      parts: inputs, labels and outputs by name.
      loss: the arguments of ``compute_loss``, and itself.
    """

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}
        self.loss: tuple[dict[str, Any], Callable[..., Any]] | None = None

    def probes(self, wanted: Sequence[str], every: int, model: Any = None) -> Probes:
        """What is to be looked at more closely, of what there is in this graph; the loss that of ``model``."""
        here = {n: p for n, p in self.parts.items() if n in wanted and _here(p)}
        return Probes(**here, loss_fn=self._again(model) if LOSS in wanted and model is not None else None, every=every)

    def _again(self, model: Any) -> Callable[[], Any] | None:
        """The loss on this batch with the weights as they are when it is called; ``None`` without ``x``."""
        if self.loss is None or self.loss[0].get("x") is None:
            return None
        said, compute_loss = self.loss
        given = {n: v for n, v in said.items() if n in {"x", "y", "sample_weight"}}
        return partial(_loss, model, compute_loss, given) if _here(given) else None


@contextmanager
def noted(model: Any) -> Iterator[Batch]:
    """While it lasts, the batches of ``model`` are noted.

    A ``train_step`` that does not call ``compute_loss`` goes unnoticed.
    """
    batch = Batch()
    with replaced(model, "compute_loss", lambda original: _noting(original, batch)):
        yield batch
    batch.parts, batch.loss = {}, None


def _noting(original: Callable[..., Any], batch: Batch) -> Callable[..., Any]:
    def compute_loss(*args: Any, **kwargs: Any) -> Any:
        said = {**dict(zip(_NAMED, args, strict=False)), **kwargs}
        batch.parts = {_ARGUMENTS[n]: v for n, v in said.items() if n in _ARGUMENTS and v is not None}
        batch.loss = said, original
        return original(*args, **kwargs)

    return compute_loss


def _here(nest: Any) -> bool:
    return all(reachable(x) for x in tf.nest.flatten(nest) if x is not None)


def _loss(model: Any, compute_loss: Callable[..., Any], given: dict[str, Any]) -> Any:
    """What ``train_step`` of Keras computes. What the call leaves in the layers' lists of losses is taken out again."""
    held = [(layer, [*layer._losses], {*layer._loss_ids}) for layer in model._flatten_layers()]
    try:
        training = {"training": True} if model._call_has_training_arg else {}
        return compute_loss(**given, y_pred=model(given["x"], **training))
    finally:
        for layer, losses, ids in held:
            layer._losses[:], layer._loss_ids = losses, ids
