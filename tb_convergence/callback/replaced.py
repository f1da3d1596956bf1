"""A method of one object, replaced for a while."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

Method = Callable[..., Any]


@contextmanager
def replaced(owner: Any, name: str, replacement: Callable[[Method], Method]) -> Iterator[None]:
    """While it lasts, ``owner.name`` is what ``replacement`` makes of it.

    The class stays as it is, and Keras, which tracks what is assigned to attributes, does not learn of it: nothing of
    this is saved with a model.
    """
    before = vars(owner).get(name)
    object.__setattr__(owner, name, tf.autograph.experimental.do_not_convert(replacement(getattr(owner, name))))
    try:
        yield
    finally:
        if before is None:
            object.__delattr__(owner, name)
        else:
            object.__setattr__(owner, name, before)
