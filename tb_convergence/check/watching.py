"""What one evaluation touches: state, floating-point types, random operations, sizes of batches."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import op_callbacks

_RANDOM = ("Random", "Multinomial", "TruncatedNormal", "RngReadAndSkip", "StatelessMultinomial")
_NOT_RANDOM = {"StatelessRandomGetKeyCounter", "StatelessRandomGetAlg"}  # only prepare random numbers
_NO_RESULTS = {"ReadVariableOp"}  # a weight's first dimension is no batch; its type is seen where it is used


@dataclass(slots=True)
class Touched:
    """What was seen.

    Attributes:
      handles: resource handles of the variables that were read or written, by id.
      dtypes: floating-point types of results.
      sizes: first dimensions of results of two dimensions or more.
      random: names of random operations.
    """

    handles: dict[int, Any] = field(default_factory=dict)
    dtypes: set[str] = field(default_factory=set)
    sizes: set[int] = field(default_factory=set)
    random: set[str] = field(default_factory=set)

    def note(self, operation: Any, inputs: Any, outputs: Any) -> None:
        """Notes one eager operation."""
        name = operation.decode() if isinstance(operation, bytes) else str(operation)
        if any(part in name for part in _RANDOM) and name not in _NOT_RANDOM:
            self.random.add(name)
        for tensor in inputs:
            if getattr(tensor, "dtype", None) == tf.resource:
                self.handles[id(tensor)] = tensor
        if name in _NO_RESULTS:
            return
        for tensor in outputs:
            if tf.is_tensor(tensor) and tensor.dtype.is_floating:
                self.dtypes.add(tensor.dtype.name)
                if tensor.shape.rank and tensor.shape.rank >= 2:
                    self.sizes.add(int(tensor.shape[0]))


@contextmanager
def watched() -> Iterator[Touched]:
    """Sees every operation that this thread runs eagerly inside. No other thread's: their state is not ours."""
    touched = Touched()

    def callback(op_type: Any, inputs: Any, attrs: Any, outputs: Any, *names: Any) -> None:  # noqa: ARG001 - TensorFlow's
        touched.note(op_type, inputs, outputs)

    op_callbacks.add_op_callback(callback)
    try:
        yield touched
    finally:
        op_callbacks.remove_op_callback(callback)


@contextmanager
def eagerly() -> Iterator[None]:
    """Runs ``tf.function`` as plain Python: inside one, forward mode would use a custom gradient too."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
