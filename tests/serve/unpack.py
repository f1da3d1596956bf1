"""The binary bodies, read as a browser reads them."""

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Body:
    """The header, and a cursor over the arrays behind it."""

    header: Any
    rest: bytes

    def floats(self, count: int) -> NDArray[np.float64]:
        """The next float64s."""
        found = np.frombuffer(self.rest, "<f8", count)
        self.rest = self.rest[count * 8 :]
        return found

    def codes(self, rows: int, columns: int) -> NDArray[np.uint8]:
        """The next bytes."""
        found = np.frombuffer(self.rest, np.uint8, rows * columns).reshape(rows, columns)
        self.rest = self.rest[rows * columns :]
        return found


def unpack(data: bytes) -> Body:
    """Opens a body; the arrays begin at a multiple of eight bytes."""
    (length,) = struct.unpack("<I", data[:4])
    assert (4 + length) % 8 == 0
    return Body(json.loads(data[4 : 4 + length]), data[4 + length :])
