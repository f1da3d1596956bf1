"""A manifest comes back as it was written; later minor versions stay readable."""

import json
from dataclasses import asdict

import pytest

from tb_convergence.schema.envelope import DamagedPayloadError, Kind, NewerSchemaError, wrap
from tb_convergence.schema.manifest import Manifest, Variable, decode, encode

MANIFEST = Manifest(
    session="20261122-171500-3fa9c1",
    started=1.7e9,
    index=1,
    stream="générateur/α",
    variables=(Variable("a.kernel", (3, 4), "float32", 0, 12, "relu"), Variable("scale", (), "bfloat16", 1)),
    statistics=("weight_norm", "gradient_norm"),
    step_statistics=("loss",),
    optimizer={"class": "SGD", "config": {"momentum": 0.9, "nested": [1, None]}},
    recorder={"tensorflow": "2.21.0"},
    dropout={"dropout_1": 0.5},
    untrained=("layer.w",),
)


@pytest.mark.parametrize("stream", [None, "", "générateur/α"])
def test_it_comes_back_as_it_was(stream: str | None) -> None:
    """Names in any alphabet, a scalar's empty shape, no stream and an empty name."""
    given = Manifest(**{**{f: getattr(MANIFEST, f) for f in Manifest.__slots__}, "stream": stream})
    assert decode(encode(given)) == given


def test_the_size_is_the_product_of_the_shape() -> None:
    """A scalar has one element."""
    assert [v.size for v in MANIFEST.variables] == [12, 1]


def test_keys_of_a_later_minor_version_are_ignored() -> None:
    """At the top and in a variable."""
    fields = json.loads(json.dumps(asdict(MANIFEST)))
    fields["novel"] = 1
    fields["variables"][0]["novel"] = 2
    assert decode(wrap(Kind.MANIFEST, json.dumps(fields).encode())) == MANIFEST


def test_a_manifest_written_before_layers_were_looked_at_says_nothing_of_them() -> None:
    """Of an earlier minor version."""
    fields = {name: value for name, value in asdict(MANIFEST).items() if name not in {"dropout", "untrained"}}
    found = decode(wrap(Kind.MANIFEST, json.dumps(fields).encode()))
    assert (found.dropout, found.untrained) == ({}, ())


def test_every_truncation_is_refused() -> None:
    """Cut at any byte."""
    data = encode(MANIFEST)
    for end in range(len(data)):
        with pytest.raises(DamagedPayloadError):
            decode(data[:end])


def test_every_flipped_bit_is_refused() -> None:
    """At any byte but the two that only pad the head."""
    data = encode(MANIFEST)
    for at in set(range(len(data))) - {6, 7}:
        hurt = bytearray(data)
        hurt[at] ^= 1
        with pytest.raises((DamagedPayloadError, NewerSchemaError)):
            decode(bytes(hurt))


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'"x"', b"null", b"\xff", b'{"session": 1}'])
def test_what_is_no_manifest_is_damaged(payload: bytes) -> None:
    """With a right checksum or not: one kind of error."""
    with pytest.raises(DamagedPayloadError):
        decode(wrap(Kind.MANIFEST, payload))
