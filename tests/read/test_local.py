"""A log directory without a server."""

from pathlib import Path

import pytest

from tb_convergence.read.local import NoDataError, read_logdir
from tests.read.write_events import EventFile, write_run


def test_runs_are_named_as_tensorboard_names_them(tmp_path: Path) -> None:
    """By their directory below the log directory; the log directory itself is a dot."""
    for name in (".", "a", "a/b", "z"):
        write_run(tmp_path / name, range(3))
    assert [item.name for item in read_logdir(str(tmp_path))] == [".", "a", "a/b", "z"]


def test_links_are_followed(tmp_path: Path) -> None:
    """Log directories are often assembled from links, and TensorBoard follows them."""
    write_run(tmp_path / "elsewhere", range(3))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "linked").symlink_to(tmp_path / "elsewhere")
    assert [item.name for item in read_logdir(str(tmp_path / "logs"))] == ["linked"]


def test_a_link_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    """A walk along it would never end."""
    write_run(tmp_path / "run", range(3))
    (tmp_path / "run" / "again").symlink_to(tmp_path)
    assert [item.name for item in read_logdir(str(tmp_path))] == ["run"]


@pytest.mark.parametrize(
    ("path", "expected"), [("missing", "does not exist"), ("file", "is not a directory"), (".", "holds no event file")]
)
def test_a_directory_with_nothing_in_it_says_what_was_looked_for(tmp_path: Path, path: str, expected: str) -> None:
    """A newcomer often gives the wrong directory: the error says which one is meant."""
    (tmp_path / "file").touch()
    with pytest.raises(NoDataError, match=expected) as caught:
        read_logdir(str(tmp_path / path))
    assert "tensorboard --logdir" in str(caught.value)


def test_event_files_without_our_records_say_what_to_add(tmp_path: Path) -> None:
    """TensorBoard is used, log_step is not."""
    with EventFile(tmp_path / "run") as file:
        file.scalar("loss", 0, 1.0)
    with pytest.raises(NoDataError, match=r"1 run, but none .* Add tb_convergence\.log_step\(tape, grads\)"):
        read_logdir(str(tmp_path))


def test_files_that_are_no_event_files_are_told_of(tmp_path: Path) -> None:
    """Where nothing could be read, not that nothing was recorded alone; of many the first few."""
    for run in range(5):
        folder = tmp_path / f"run-{run}"
        folder.mkdir()
        (folder / f"events.out.tfevents.{run}").write_bytes(b"anything but an event file")
    with pytest.raises(
        NoDataError, match=r"could not be read to the end: events\.out\.tfevents\.0: the length"
    ) as caught:
        read_logdir(str(tmp_path))
    assert "events.out.tfevents.2: " in str(caught.value)
    assert "tfevents.3" not in str(caught.value)
    assert "And 2 more. Add " in str(caught.value)


def test_a_cloud_address_is_refused_clearly() -> None:
    """The command line reads this machine's disks."""
    with pytest.raises(NoDataError, match="not on this machine"):
        read_logdir("gs://bucket/logs")


def test_an_unreadable_file_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    """One bad file does not hide a run."""
    write_run(tmp_path, range(3))
    (tmp_path / "events.out.tfevents.9").symlink_to(tmp_path / "nowhere")
    (found,) = read_logdir(str(tmp_path))
    assert len(found.series) == 3
    assert "events.out.tfevents.9 could not be read" in found.series.notes[0].text


def test_placeholders_of_the_profiler_are_no_runs(tmp_path: Path) -> None:
    """TensorBoard leaves them out too."""
    (tmp_path / "events.out.tfevents.1.profile-empty").touch()
    with pytest.raises(NoDataError, match="no event file"):
        read_logdir(str(tmp_path))


def test_an_empty_name_is_not_the_current_directory() -> None:
    """A shell variable that is not set must not read whatever lies here."""
    with pytest.raises(NoDataError, match="empty"):
        read_logdir("")
