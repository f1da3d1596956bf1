"""One event file, whole and damaged."""

from pathlib import Path

from tb_convergence.read.event_file import read_event_file
from tests.read.write_events import EventFile, manifest, records

OF = manifest()


def written(folder: Path, steps: int = 40, rows: int = 4) -> tuple[Path, list[int]]:
    """An event file of a manifest and records, and its size before each of them."""
    sizes = []
    with EventFile(folder) as file:
        sizes.append(file.size())
        file.manifest(OF)
        for record in records(OF, range(steps), rows=rows):
            sizes.append(file.size())
            file.record(OF, record)
    return file.path, sizes


def test_a_whole_file_gives_everything_and_says_nothing(tmp_path: Path) -> None:
    """The manifest, then the records in order."""
    path, _ = written(tmp_path)
    found, notes = read_event_file(path)
    assert [item.stored.step for item in found] == [0, *range(0, 40, 4)]
    assert notes == []


def test_a_truncated_last_record_is_left_out_and_said(tmp_path: Path) -> None:
    """A process that was killed while writing loses its last record and nothing else, at any byte."""
    path, sizes = written(tmp_path, steps=8)
    whole, before_last = path.read_bytes(), sizes[-1]
    for size in (before_last + 3, before_last + 12, before_last + 40, len(whole) - 1):
        path.write_bytes(whole[:size])
        found, notes = read_event_file(path)
        assert [item.stored.step for item in found] == [0, 0]
        assert len(notes) == 1
        assert f"at byte {before_last}" in notes[0].text
    path.write_bytes(whole[:before_last])
    assert read_event_file(path)[1] == []


def test_a_damaged_length_is_said(tmp_path: Path) -> None:
    """The next record cannot be found from there; everything before it was read."""
    path, sizes = written(tmp_path)
    data = bytearray(path.read_bytes())
    data[sizes[5]] ^= 1
    path.write_bytes(bytes(data))
    found, notes = read_event_file(path)
    assert len(found) == 5
    assert f"the length at byte {sizes[5]} is damaged" in notes[0].text


def test_a_damaged_event_costs_itself_alone(tmp_path: Path) -> None:
    """The records after it are read, which TensorBoard itself does not do."""
    path, sizes = written(tmp_path)
    data = bytearray(path.read_bytes())
    data[sizes[5] + 12 : sizes[5] + 20] = b"\xff" * 8  # the first fields of the event
    path.write_bytes(bytes(data))
    found, notes = read_event_file(path)
    assert len(found) == 10
    assert "damaged" in notes[0].text


def test_other_plugins_are_passed_over(tmp_path: Path) -> None:
    """Scalars of the same run cost nothing and disturb nothing, even one that is called as we are."""
    with EventFile(tmp_path) as file:
        file.scalar("loss", 0, 1.0)
        file.scalar("convergence", 1, 1.0)
        file.session(OF, records(OF, range(3)))
    assert len(read_event_file(file.path)[0]) == 2


def test_an_empty_and_an_unreadable_file_are_no_crash(tmp_path: Path) -> None:
    """TensorBoard creates files before it writes to them; a folder may bear a file's name."""
    empty = tmp_path / "events.out.tfevents.1"
    empty.touch()
    assert read_event_file(empty) == ([], [])
    folder = tmp_path / "events.out.tfevents.2"
    folder.mkdir()
    assert "could not be read" in read_event_file(folder)[1][0].text
