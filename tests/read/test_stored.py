"""A payload as it lies in an event."""

import numpy as np
from tensorboard.compat.proto.tensor_pb2 import TensorProto

from tb_convergence.read.stored import payload_of_array, payload_of_tensor_proto

BYTES = b"\x00\xff\x00"


def test_strings_keep_their_zero_bytes() -> None:
    """TensorBoard hands strings out as arrays of objects, which do not end at a zero byte."""
    assert payload_of_array(np.array(BYTES, dtype=object)) == BYTES
    assert payload_of_array(np.array([BYTES], dtype=object)) == BYTES
    assert payload_of_tensor_proto(TensorProto(string_val=[BYTES])) == BYTES


def test_uint8_tensors_are_bytes_as_well() -> None:
    """Either form may be written."""
    assert payload_of_array(np.frombuffer(BYTES, np.uint8)) == BYTES
    assert payload_of_tensor_proto(TensorProto(tensor_content=BYTES)) == BYTES


def test_anything_else_is_no_payload() -> None:
    """It becomes bytes that no decoder accepts."""
    assert payload_of_array(np.zeros(3)) == b""
    assert payload_of_array(np.array([], dtype=object)) == b""
    assert payload_of_tensor_proto(TensorProto()) == b""
