"""What an optimizer says about itself: its class, its settings and its learning rate at this step."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.layers import alive
from tb_convergence.record.weights import raw, read

_LOSS_SCALE = "LossScaleOptimizer"


def describe(optimizer: Any) -> Mapping[str, Any] | None:
    """``{"class", "config"}`` of an optimizer, with what JSON can hold; ``None`` for ``None``.

    Of one that scales the loss, the optimizer inside; its config then holds ``"loss_scale": "dynamic"`` too.
    """
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:
        found = describe(inner)
        return None if found is None else {**found, "config": {**found["config"], "loss_scale": "dynamic"}}
    if optimizer is None:
        return None
    get_config = getattr(optimizer, "get_config", dict)
    try:
        config = json.loads(json.dumps(get_config(), default=_plain))
    except Exception as error:  # a config is a courtesy; whatever fails in it must not stop the record
        config = {"error": repr(error)}
    return {"class": type(optimizer).__name__, "config": config}


def skips(optimizer: Any) -> bool:
    """Whether it leaves out updates whose gradients are not finite, and scales the loss by what that has taught it."""
    return any(b.__name__ == _LOSS_SCALE and b.__module__.startswith("keras.") for b in type(optimizer).__mro__)


def scales(optimizer: Any) -> Any | None:
    """What the loss of this step was multiplied by, if it was: float64 [3], by what has happened to the gradients.

    0: nothing yet. 1: they were applied, after which the scale may have been doubled. 2: they were not finite and left
    out, after which it was halved; both set Keras' counter of steps to 0. Right before the update a counter of 0 can
    stand for an earlier change, so that the third may be wrong there.
    """
    if optimizer is None:
        return None
    if skips(optimizer):
        now = tf.cast(
            tf.convert_to_tensor(raw(getattr(optimizer, "dynamic_scale", optimizer.initial_scale))), tf.float64
        )
        count = tf.cast(tf.convert_to_tensor(raw(getattr(optimizer, "step_counter", 1))), tf.float64)
        changed = tf.equal(count, 0.0)
        return tf.stack([now, tf.where(changed, now / 2, now), tf.where(changed, now * 2, now)])
    factor = getattr(optimizer, "loss_scale_factor", None)
    return None if factor is None else tf.fill([3], tf.constant(float(factor), tf.float64))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def find(sources: Sequence[Any]) -> Any | None:
    """The Keras optimizer of these variables: the only one alive that was built for one of them, else ``None``.

    Looks at every object once, which takes about 0.1 s; nothing links a variable to its optimizer.
    """
    wanted = {id(raw(s)) for s in sources}
    found = [o for o in alive("BaseOptimizer") if wanted & _trained(o)]
    inner = {id(getattr(o, "inner_optimizer", None)) for o in found}
    outer = [o for o in found if id(o) not in inner]
    return outer[0] if len(outer) == 1 else None


def _trained(optimizer: Any) -> set[int]:
    return {id(raw(v)) for v in getattr(optimizer, "_trainable_variables", None) or ()}


def learning_rates(optimizer: Any) -> Any:
    """The learning rate of the step that follows now and of the one just made, float64 [2]; NaN when not known.

    They differ under a schedule only: after the update it already speaks of the next step.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    rate = getattr(optimizer, "_learning_rate", None)
    iterations = getattr(optimizer, "_iterations", None)
    if callable(rate) and iterations is not None and not isinstance(raw(rate), tf.Variable):
        done = tf.cast(tf.convert_to_tensor(raw(iterations)), tf.int64)
        return tf.stack([tf.cast(rate(tf.maximum(done - back, 0)), tf.float64) for back in (0, 1)])
    found = getattr(optimizer, "learning_rate", getattr(optimizer, "lr", None))
    value = np.nan if found is None else raw(found)
    value = value() if callable(value) else value
    number = read(value) if isinstance(value, tf.Variable) else tf.convert_to_tensor(value)
    if tf.executing_eagerly():
        return np.full(2, float(number))
    return tf.fill([2], tf.cast(number, tf.float64))
