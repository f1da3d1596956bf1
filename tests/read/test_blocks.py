"""Payloads of one tag."""

from dataclasses import replace

import numpy as np

from tb_convergence.read.blocks import decode_manifest, decode_records
from tb_convergence.read.stored import Stored
from tb_convergence.schema import envelope
from tb_convergence.schema import manifest as manifest_codec
from tb_convergence.schema import record as record_codec
from tb_convergence.schema.envelope import Kind
from tb_convergence.schema.record import Record
from tb_convergence.schema.tags import Tag
from tests.read.write_events import manifest, numbers, records

RECORDS = Tag("s1", None, Kind.RECORD, 0)
MANIFEST = Tag("s1", None, Kind.MANIFEST, 0)
OF = manifest()


def stored(record: Record) -> Stored:
    """The record as it lies in an event."""
    return Stored(int(record.steps[0]), record_codec.encode(record))


def test_records_of_one_manifest_become_one_block() -> None:
    """Rows in order, statistics first, so that one is read as one piece."""
    found = decode_records(RECORDS, [stored(r) for r in records(OF, range(10), rows=4)])
    (block,) = found.blocks
    assert block.steps.tolist() == list(range(10))
    np.testing.assert_array_equal(block.values, np.moveaxis(numbers(range(10), OF), 2, 0))
    assert block.step_values.shape == (2, 10)
    assert [(s.sequence, s.first, s.last) for s in found.spans] == [(0, 0, 3), (1, 4, 7), (2, 8, 9)]
    assert (found.damaged, found.notes) == ((), ())


def test_order_in_the_file_does_not_matter() -> None:
    """The data server hands out records as it likes; their own numbers count."""
    one, two = records(OF, range(8), rows=4)
    assert decode_records(RECORDS, [stored(two), stored(one)]).blocks[0].steps.tolist() == list(range(8))


def test_a_record_written_twice_counts_once() -> None:
    """A reader that read a file again shows nothing twice."""
    one, two = records(OF, range(8), rows=4)
    found = decode_records(RECORDS, [stored(one), stored(two), stored(one)])
    assert found.blocks[0].steps.tolist() == list(range(8))


def test_another_manifest_begins_another_block() -> None:
    """Its axes mean something else."""
    one, two = records(OF, range(8), rows=4)
    found = decode_records(RECORDS, [stored(one), stored(replace(two, manifest=1))])
    assert [block.manifest for block in found.blocks] == [0, 1]


def test_a_flipped_byte_costs_one_record_and_is_said() -> None:
    """A wrong number is never shown; the record is named by tag and step."""
    one, two, three = (stored(r) for r in records(OF, range(12), rows=4))
    hurt = bytearray(two.data)
    hurt[-7] ^= 0x10
    found = decode_records(RECORDS, [one, Stored(two.step, bytes(hurt)), three])
    assert found.blocks[0].steps.tolist() == [0, 1, 2, 3, 8, 9, 10, 11]
    assert found.damaged == (4,)
    (note,) = found.notes
    assert note.severity == "warning"
    assert "step 4" in note.text
    assert str(RECORDS) in note.text
    assert "checksum" in note.text


def test_a_newer_schema_asks_to_upgrade() -> None:
    """The numbers are fine, this program is old."""
    data = bytearray(stored(records(OF, [0])[0]).data)
    data[4] = envelope.VERSION + 1
    (note,) = decode_records(RECORDS, [Stored(0, bytes(data))]).notes
    assert "upgrade tb_convergence" in note.text


def test_bytes_of_somebody_else_are_said() -> None:
    """An empty payload and a foreign one are damage, not a crash."""
    found = decode_records(RECORDS, [Stored(0, b""), Stored(1, b"x" * 100)])
    assert found.blocks == ()
    assert len(found.notes) == 2


def test_a_manifest_comes_back_and_a_damaged_one_is_said() -> None:
    """Without it, nobody knows what the numbers mean."""
    data = manifest_codec.encode(OF)
    assert decode_manifest(MANIFEST, [Stored(0, data)]) == (OF, ())
    found, notes = decode_manifest(MANIFEST, [Stored(0, data[:-1])])
    assert found is None
    assert "damaged" in notes[0].text
    assert decode_manifest(MANIFEST, [Stored(0, data[:-1]), Stored(0, data)]) == (OF, ())
    assert decode_manifest(MANIFEST, []) == (None, ())
