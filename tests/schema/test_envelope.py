"""Damaged, foreign and later payloads are told apart."""

import pytest

from tb_convergence.schema.envelope import (
    MAGIC,
    VERSION,
    DamagedPayloadError,
    Kind,
    NewerSchemaError,
    metadata_content,
    unwrap,
    wrap,
)


@pytest.mark.parametrize("payload", [b"", b"\0", bytes(range(256)) * 10])
@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_wrapped_is_unwrapped(kind: Kind, payload: bytes) -> None:
    """Any bytes, also none."""
    assert unwrap(wrap(kind, payload), kind) == payload


def test_a_later_schema_asks_for_an_upgrade() -> None:
    """It is not called damaged."""
    data = bytearray(wrap(Kind.RECORD, b"payload"))
    data[len(MAGIC)] = VERSION + 1
    with pytest.raises(NewerSchemaError, match="upgrade tb_convergence"):
        unwrap(bytes(data), Kind.RECORD)


@pytest.mark.parametrize("data", [b"", b"TBCV", b"PNG_" + bytes(20), bytes(12)])
def test_foreign_bytes_are_damaged(data: bytes) -> None:
    """Short or strange."""
    with pytest.raises(DamagedPayloadError):
        unwrap(data, Kind.RECORD)


def test_another_kind_is_named() -> None:
    """The message says what was asked for and what came."""
    with pytest.raises(DamagedPayloadError, match="expected a record, got kind 1"):
        unwrap(wrap(Kind.MANIFEST, b"x"), Kind.RECORD)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_metadata_is_two_bytes(kind: Kind) -> None:
    """It stands on every event."""
    assert metadata_content(kind) == bytes([VERSION, kind])
