"""The record: up to 64 steps of one session, as little-endian arrays with a checksum."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.schema.envelope import DamagedPayloadError, Kind, unwrap, wrap

MAX_ROWS = 64
_SIZES = struct.Struct("<IIIIII")  # manifest index, sequence, T, P, V, S


@dataclass(frozen=True, slots=True)
class Record:
    """T steps of V variables with S statistics each, and P statistics of the whole step.

    Attributes:
      manifest: index of the manifest that names the axes.
      sequence: 0, 1, 2, … over the records of the stream in its session; a gap is a lost record.
      steps: int64 [T], not decreasing.
      wall_times: float64 [T], Unix seconds.
      windows: int32 [T], how many steps a row stands for; 1 for a single step.
      step_values: float64 [T, P].
      values: float32 [T, V, S].
    """

    manifest: int
    sequence: int
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    windows: NDArray[np.int32]
    step_values: NDArray[np.float64]
    values: NDArray[np.float32]


def encode(record: Record) -> bytes:
    """The record as bytes in an envelope.

    Raises:
      ValueError: the arrays disagree about T, or T is not in 1 … 64.
    """
    t, v, s = record.values.shape
    p = record.step_values.shape[1]
    lengths = {len(record.steps), len(record.wall_times), len(record.windows), len(record.step_values), t}
    if lengths != {t} or not 1 <= t <= MAX_ROWS:
        raise ValueError(f"expected 1 to {MAX_ROWS} rows, the same in every array, got {sorted(lengths)}")
    sizes = _SIZES.pack(record.manifest, record.sequence, t, p, v, s)
    arrays = (
        record.steps.astype("<i8"),
        record.wall_times.astype("<f8"),
        record.step_values.astype("<f8"),
        record.windows.astype("<i4"),
        record.values.astype("<f4"),
    )
    return wrap(Kind.RECORD, sizes + b"".join(a.tobytes() for a in arrays))


def decode(data: bytes) -> Record:
    """The record of ``encode``'s bytes.

    Raises:
      DamagedPayloadError: the bytes are not a record.
      NewerSchemaError: a later schema wrote them.
    """
    payload = unwrap(data, Kind.RECORD)
    if len(payload) < _SIZES.size:
        raise DamagedPayloadError("the record is shorter than its header")
    manifest, sequence, t, p, v, s = _SIZES.unpack_from(payload)
    expected = _SIZES.size + t * (8 + 8 + 8 * p + 4 + 4 * v * s)
    if len(payload) != expected:
        raise DamagedPayloadError(f"expected {expected} bytes for {t} steps of {v} variables, got {len(payload)}")
    take = _Cursor(payload, _SIZES.size)
    steps, wall_times = take("<i8", (t,)), take("<f8", (t,))
    step_values = take("<f8", (t, p))
    windows, values = take("<i4", (t,)), take("<f4", (t, v, s))
    return Record(manifest, sequence, steps, wall_times, windows, step_values, values)


class _Cursor:
    """Takes one array after another out of a buffer."""

    def __init__(self, buffer: bytes, offset: int) -> None:
        self._buffer, self._offset = buffer, offset

    def __call__(self, dtype: str, shape: tuple[int, ...]) -> Any:
        count = int(np.prod(shape))
        array = np.frombuffer(self._buffer, dtype, count, self._offset).reshape(shape)
        self._offset += array.nbytes
        return array
