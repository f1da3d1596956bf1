"""A record comes back as it was written, or is refused; it never comes back as other numbers."""

import numpy as np
import pytest

from tb_convergence.schema import manifest
from tb_convergence.schema.envelope import DamagedPayloadError, NewerSchemaError
from tb_convergence.schema.record import MAX_ROWS, Record, decode, encode


def make(t: int = 3, v: int = 2, s: int = 4, p: int = 2) -> Record:
    rng = np.random.default_rng(t)
    return Record(
        manifest=5,
        sequence=7,
        steps=np.arange(t, dtype=np.int64) + 2**40,
        wall_times=1.7e9 + np.arange(t, dtype=np.float64),
        windows=np.ones(t, np.int32),
        step_values=rng.normal(size=(t, p)),
        values=rng.normal(size=(t, v, s)).astype(np.float32),
    )


def assert_equal(a: Record, b: Record) -> None:
    assert (a.manifest, a.sequence) == (b.manifest, b.sequence)
    for name in ("steps", "wall_times", "windows", "step_values", "values"):
        x, y = getattr(a, name), getattr(b, name)
        assert (x.dtype, x.shape) == (y.dtype, y.shape), name
        np.testing.assert_array_equal(x, y, err_msg=name)


@pytest.mark.parametrize(("t", "v", "s", "p"), [(1, 1, 1, 1), (1, 0, 20, 2), (64, 3, 22, 2), (2, 2, 2, 0)])
def test_it_comes_back_as_it_was(t: int, v: int, s: int, p: int) -> None:
    """Every array, type and shape; also without variables."""
    assert_equal(decode(encode(make(t, v, s, p))), make(t, v, s, p))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4e38])
def test_odd_numbers_come_back_bit_by_bit(odd: float) -> None:
    """NaN means 'not recorded', so it must survive."""
    record = make()
    record.values[1, 1, 1] = odd
    record.step_values[2, 0] = odd
    back = decode(encode(record))
    assert back.values.tobytes() == record.values.tobytes()
    assert back.step_values.tobytes() == record.step_values.tobytes()


def test_every_truncation_is_refused() -> None:
    """Cut at any byte, there is an error and no data."""
    data = encode(make())
    for end in range(len(data)):
        with pytest.raises(DamagedPayloadError):
            decode(data[:end])


def test_every_flipped_bit_is_refused() -> None:
    """At any byte but the two that only pad the head."""
    data = encode(make())
    for at in range(len(data)):
        for bit in (0, 3, 7):
            hurt = bytearray(data)
            hurt[at] ^= 1 << bit
            if at in (6, 7):
                assert_equal(decode(bytes(hurt)), make())
                continue
            with pytest.raises((DamagedPayloadError, NewerSchemaError)):
                decode(bytes(hurt))


def test_bytes_added_are_refused() -> None:
    """The length is part of the format."""
    with pytest.raises(DamagedPayloadError):
        decode(encode(make()) + b"\0")


def test_a_manifest_is_no_record() -> None:
    """Kinds are told apart, both ways."""
    other = manifest.encode(manifest.Manifest("s", 0.0, 0, None, (), (), ()))
    with pytest.raises(DamagedPayloadError):
        decode(other)
    with pytest.raises(DamagedPayloadError):
        manifest.decode(encode(make()))


@pytest.mark.parametrize("t", [0, MAX_ROWS + 1])
def test_no_rows_and_too_many_are_refused_when_written(t: int) -> None:
    """1 to 64."""
    with pytest.raises(ValueError, match="1 to 64 rows"):
        encode(make(t))


@pytest.mark.parametrize("name", ["steps", "wall_times", "windows", "step_values"])
def test_arrays_of_different_lengths_are_refused_when_written(name: str) -> None:
    """The message tells the lengths."""
    record = make(3)
    fields = {f: getattr(record, f) for f in Record.__slots__}
    with pytest.raises(ValueError, match=r"\[2, 3\]"):
        encode(Record(**{**fields, name: fields[name][:2]}))
