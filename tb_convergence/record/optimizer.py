"""What an optimizer says about itself: its class, its settings and its learning rate at this step."""

import gc
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.record.observer import raw


def describe(optimizer: Any) -> Mapping[str, Any] | None:
    """``{"class", "config"}`` of an optimizer, with what JSON can hold; ``None`` for ``None``."""
    if optimizer is None:
        return None
    get_config = getattr(optimizer, "get_config", dict)
    try:
        config = json.loads(json.dumps(get_config(), default=_plain))
    except Exception as error:  # a config is a courtesy; whatever fails in it must not stop the record
        config = {"error": repr(error)}
    return {"class": type(optimizer).__name__, "config": config}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def find(sources: Sequence[Any]) -> Any | None:
    """The Keras optimizer of these variables: the only one alive that was built for one of them, else ``None``.

    Looks at every object once, which takes about 0.1 s; nothing links a variable to its optimizer.
    """
    if "keras" not in sys.modules:
        return None
    wanted = {id(raw(s)) for s in sources}
    kinds: dict[type, bool] = {}
    found = [o for o in gc.get_objects() if _is_optimizer(type(o), kinds) and wanted & _trained(o)]
    inner = {id(getattr(o, "inner_optimizer", None)) for o in found}
    outer = [o for o in found if id(o) not in inner]
    return outer[0] if len(outer) == 1 else None


def _is_optimizer(kind: type, kinds: dict[type, bool]) -> bool:
    if kind not in kinds:
        kinds[kind] = any(b.__name__ == "BaseOptimizer" and b.__module__.startswith("keras.") for b in kind.__mro__)
    return kinds[kind]


def _trained(optimizer: Any) -> set[int]:
    return {id(raw(v)) for v in getattr(optimizer, "_trainable_variables", None) or ()}


def learning_rates(optimizer: Any) -> Any:
    """The learning rate of the step that follows now and of the one just made, float64 [2]; NaN when not known.

    They differ under a schedule only: after the update it already speaks of the next step.
    """
    rate = getattr(optimizer, "_learning_rate", None)
    iterations = getattr(optimizer, "_iterations", None)
    if callable(rate) and iterations is not None and not isinstance(raw(rate), tf.Variable):
        done = tf.cast(tf.convert_to_tensor(raw(iterations)), tf.int64)
        return tf.stack([tf.cast(rate(tf.maximum(done - back, 0)), tf.float64) for back in (0, 1)])
    found = getattr(optimizer, "learning_rate", getattr(optimizer, "lr", None))
    value = np.nan if found is None else raw(found)
    return tf.fill([2], tf.cast(tf.convert_to_tensor(value() if callable(value) else value), tf.float64))
