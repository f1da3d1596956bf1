"""Walks one event file: length-framed, serialized ``Event`` protos.

TensorBoard's own readers import TensorFlow where it is installed (seconds), check a slow checksum in Python where it is
not, and stop at the first damaged record without a word. Our payloads carry their own checksum, so the frames are
walked here, and what is wrong with a file is said.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from tb_convergence.read.stored import Stored, payload_of_tensor_proto
from tb_convergence.schema.tags import PLUGIN_NAME
from tb_convergence.series import Note

_LENGTH = struct.Struct("<QI")  # length of the event, masked CRC-32C of the eight bytes before
_FOOTER = 4  # masked CRC-32C of the event, not checked here
_MARK = PLUGIN_NAME.encode()


@dataclass(frozen=True, slots=True)
class Found:
    """One of our values in an event file."""

    tag: str
    stored: Stored


class _FileEndsError(ValueError):
    """The walk cannot go on; the text says at which byte and why."""


def read_event_file(path: Path) -> tuple[list[Found], list[Note]]:
    """Our values in the order of the file, and what is wrong with the file."""
    found: list[Found] = []
    notes: list[Note] = []
    try:
        with path.open("rb") as file:
            for offset, frame in _frames(file):
                try:
                    found += _ours(frame)
                except DecodeError:
                    notes.append(
                        Note("warning", f"{path.name}: the event at byte {offset} is damaged and was left out.")
                    )
    except _FileEndsError as error:
        notes.append(Note("warning", f"{path.name}: {error}"))
    except OSError as error:
        notes.append(Note("warning", f"{path.name} could not be read: {error.strerror or error}."))
    return found, notes


def _frames(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each whole record with its offset in the file.

    Raises:
      _FileEndsError: the file ends within a record, or a length is damaged, so that the next record cannot be found.
    """
    while True:
        offset = file.tell()
        head = file.read(_LENGTH.size)
        if not head:
            return
        if len(head) < _LENGTH.size:
            raise _FileEndsError(_incomplete(offset))
        length, checksum = _LENGTH.unpack(head)
        if masked_crc32c(head[:8]) != checksum:
            raise _FileEndsError(f"the length at byte {offset} is damaged; what follows it in this file is lost.")
        body = file.read(length + _FOOTER)
        if len(body) < length + _FOOTER:
            raise _FileEndsError(_incomplete(offset))
        yield offset, body[:length]


def _incomplete(offset: int) -> str:
    return (
        f"the file ends within a record, at byte {offset}. "
        "The process is still writing it, or was stopped while it wrote; everything before it was read."
    )


def _ours(frame: bytes) -> Iterator[Found]:
    if _MARK not in frame:  # spares parsing the scalars and images of other plugins
        return
    event: Any = Event.FromString(frame)
    for value in event.summary.value:
        if value.metadata.plugin_data.plugin_name == PLUGIN_NAME and value.HasField("tensor"):
            yield Found(value.tag, Stored(event.step, payload_of_tensor_proto(value.tensor)))
