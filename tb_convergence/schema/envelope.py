"""Magic, version, kind and checksum around every payload, so that a damaged or foreign one is told apart."""

import struct
import zlib
from enum import IntEnum

MAGIC = b"TBCV"
VERSION = 1
_HEAD = struct.Struct("<4sBBxxI")  # magic, version, kind, CRC-32 of the payload


class Kind(IntEnum):
    """What a payload is."""

    MANIFEST = 1
    RECORD = 2


class DamagedPayloadError(ValueError):
    """The bytes are not what was written: truncated, altered, or not ours."""


class NewerSchemaError(ValueError):
    """The bytes were written by a later version of tb_convergence than this one can read."""


def wrap(kind: Kind, payload: bytes) -> bytes:
    """Puts the envelope around ``payload``."""
    return _HEAD.pack(MAGIC, VERSION, kind, zlib.crc32(payload)) + payload


def unwrap(data: bytes, kind: Kind) -> bytes:
    """Takes the envelope off.

    Raises:
      DamagedPayloadError: not an envelope of this ``kind``, or its checksum does not fit.
      NewerSchemaError: written by a later schema version.
    """
    if len(data) < _HEAD.size:
        raise DamagedPayloadError(f"expected at least {_HEAD.size} bytes, got {len(data)}")
    magic, version, found, checksum = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise DamagedPayloadError(f"expected the magic {MAGIC!r}, got {magic!r}")
    if version > VERSION:
        raise NewerSchemaError(f"schema {version} is newer than {VERSION}: upgrade tb_convergence to read this run")
    if version < 1:
        raise DamagedPayloadError(f"there is no schema {version}: the head was altered")
    payload = data[_HEAD.size :]
    if zlib.crc32(payload) != checksum:
        raise DamagedPayloadError("the checksum does not fit: the payload was altered or cut short")
    if found != kind:
        raise DamagedPayloadError(f"expected a {kind.name.lower()}, got kind {found}")
    return payload


def metadata_content(kind: Kind) -> bytes:
    """``plugin_data.content`` of an event: two bytes, version and kind."""
    return bytes((VERSION, kind))
