"""What the callback asks of Keras optimizers: which ones a model has, how far they are, how they scale the loss."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tb_convergence.record.weights import raw, read


def optimizers(model: Any) -> dict[str, Any]:
    """Attribute of the model → optimizer, each once."""
    found: dict[str, Any] = {}
    for name, value in vars(model).items():
        if isinstance(value, tf.keras.optimizers.Optimizer) and all(value is not o for o in found.values()):
            found[name] = value
    return found


def done(optimizer: Any) -> int:
    """How many gradients the optimizer has taken in; those that make one update together are counted singly."""
    return int(read(raw(getattr(optimizer, "inner_optimizer", optimizer)._iterations)))


def loss_scale(optimizer: Any) -> Any:
    """The factor by which ``optimizer.scale_loss`` multiplies now, float64 scalar; ``None`` when it does not.

    In mixed precision loss and gradients are held large by it, and the optimizer takes it out again.
    """
    if hasattr(optimizer, "inner_optimizer"):
        scale = optimizer.dynamic_scale if optimizer.built else optimizer.initial_scale
    else:
        scale = getattr(optimizer, "loss_scale_factor", None)
    return None if scale is None else tf.cast(tf.convert_to_tensor(raw(scale)), tf.float64)


def unscaled(tensor: Any, scale: Any) -> Any:
    """``tensor / scale``; ``None`` stays, as does everything where nothing is scaled."""
    return tensor if tensor is None or scale is None else tensor / tf.cast(scale, tensor.dtype)


def skipped(optimizer: Any, gradients: Sequence[Any]) -> Any:
    """1 where loss scaling leaves the update out, for an element is not finite, else 0, float64 scalar.

    ``None`` without loss scaling.
    """
    if not hasattr(optimizer, "inner_optimizer"):
        return None
    finite = [tf.reduce_all(tf.math.is_finite(tf.convert_to_tensor(g))) for g in gradients if g is not None]
    return 1.0 - tf.cast(tf.reduce_all(finite), tf.float64)
