"""A payload as it lies in an event, before it is decoded."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Stored:
    """One event's payload: ``step`` is the first step of a record."""

    step: int
    data: bytes


def payload_of_array(array: NDArray[Any]) -> bytes:
    """The bytes of a string or uint8 tensor; anything else gives bytes that no decoder accepts."""
    if array.dtype == np.uint8:
        return array.tobytes()
    first = array.reshape(-1)[:1].tolist()
    return first[0] if first and isinstance(first[0], bytes) else b""


def payload_of_tensor_proto(tensor: Any) -> bytes:
    """The same of a ``TensorProto``."""
    return tensor.string_val[0] if tensor.string_val else tensor.tensor_content
