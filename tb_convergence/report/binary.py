"""A JSON header and arrays in one body: the envelope of tiles and lines. See ``serve/http_api.md``."""

import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.report.numbers import Json, encoded

_LENGTH = struct.Struct("<I")
_ALIGNMENT = 8  # bytes; a browser can view float64 only at such offsets


def packed(header: Json, arrays: Iterable[NDArray[Any]]) -> bytes:
    """Header length, header padded with spaces, then the arrays, little-endian."""
    text = encoded(header).encode()
    text += b" " * (-(_LENGTH.size + len(text)) % _ALIGNMENT)
    parts = [np.ascontiguousarray(a).astype(a.dtype.newbyteorder("<"), copy=False).tobytes() for a in arrays]
    return b"".join((_LENGTH.pack(len(text)), text, *parts))
