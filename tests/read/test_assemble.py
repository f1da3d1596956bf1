"""Decoded tags → series, through the files that hold them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tb_convergence.read.local import read_logdir
from tb_convergence.schema.tags import records_tag
from tb_convergence.series import Series
from tests.read.write_events import STARTED, STATISTICS, EventFile, manifest, numbers, records, variable, write_run


def only(logdir: Path) -> Series:
    """The one series of a log directory."""
    (found,) = read_logdir(str(logdir))
    return found.series


def texts(series: Series) -> str:
    """All notes in one string."""
    return "\n".join(note.text for note in series.notes)


def test_every_recorded_number_comes_back_exactly(tmp_path: Path) -> None:
    """More than one tag, more than one record, the last one not full; float32 is widened without a change."""
    wanted = write_run(tmp_path, range(1300))
    series = only(tmp_path)
    assert series.steps.tolist() == list(range(1300))
    for statistic, values in wanted.items():
        np.testing.assert_array_equal(series.values[statistic], values)
    np.testing.assert_array_equal(series.step("loss"), 1 / (1 + series.steps))
    assert (series.notes, series.restarts) == ((), ())
    assert [v.name for v in series.variables] == ["a", "b"]
    assert series.windows.tolist() == [1] * 1300


def test_a_restart_supersedes_what_came_after_its_first_step(tmp_path: Path) -> None:
    """Two sessions in one directory, the second from a checkpoint: one curve, and it is said."""
    first, second = manifest("s1"), manifest("s2", started=STARTED + 999)
    with EventFile(tmp_path) as file:
        file.session(second, records(second, range(100, 120), seed=7))  # the order in the file does not matter
        file.session(first, records(first, range(150)))
    series = only(tmp_path)
    assert series.steps.tolist() == list(range(120))
    assert series.restarts == (100,)
    assert "restarted at step 100" in texts(series)
    assert "50 rows that were recorded before, of steps 100 to 149" in texts(series)
    np.testing.assert_array_equal(series.values["weight_norm"][:100], numbers(range(100), first)[:, :, 0])
    np.testing.assert_array_equal(series.values["weight_norm"][100:], numbers(range(100, 120), second, 7)[:, :, 0])


def test_a_step_that_goes_back_within_a_session_is_the_later_one(tmp_path: Path) -> None:
    """A notebook cell that was run twice."""
    of = manifest()
    with EventFile(tmp_path) as file:
        file.session(of, [*records(of, range(10)), *records(of, range(5), first=1, seed=3)])
    series = only(tmp_path)
    assert series.steps.tolist() == list(range(5))
    assert (series.values["weight_norm"] == numbers(range(5), of, 3)[:, :, 0]).all()
    assert "recorded again within one session" in texts(series)
    assert series.restarts == ()


def test_a_lost_record_is_a_gap_that_is_said(tmp_path: Path) -> None:
    """Steps on both sides are there, and the note names them."""
    of = manifest()
    one, _, three = records(of, range(30), rows=10)
    with EventFile(tmp_path) as file:
        file.session(of, [one, three])
    series = only(tmp_path)
    assert series.steps.tolist() == [*range(10), *range(20, 30)]
    assert "1 record is missing between steps 9 and 20" in texts(series)


def test_a_session_without_its_manifest_is_left_out_and_said(tmp_path: Path) -> None:
    """While TensorBoard loads a run its records can be visible before their manifest."""
    of, lost = manifest("s1"), manifest("s2", started=STARTED + 5)
    with EventFile(tmp_path) as file:
        file.session(of, records(of, range(10)))
        file.record(lost, records(lost, range(10, 20))[0])
    series = only(tmp_path)
    assert len(series) == 10
    assert "10 steps of session s2 are left out" in texts(series)


def test_nothing_but_records_without_a_manifest_is_an_empty_run(tmp_path: Path) -> None:
    """It is listed, empty, and says why."""
    of = manifest()
    with EventFile(tmp_path) as file:
        file.record(of, records(of, range(10))[0])
    (found,) = read_logdir(str(tmp_path))
    assert (len(found.series), found.series.variables, found.started) == (0, (), None)
    assert "manifest" in texts(found.series)


def test_a_record_that_does_not_fit_its_manifest_is_left_out(tmp_path: Path) -> None:
    """Numbers are never put under a wrong name."""
    of, other = manifest(), manifest(variables=[variable("a", 0)])
    with EventFile(tmp_path) as file:
        file.manifest(of)
        file.record(of, records(other, range(5))[0])
    assert len(only(tmp_path)) == 0
    assert "does not fit" in texts(only(tmp_path))


def test_a_manifest_without_records_is_an_empty_run(tmp_path: Path) -> None:
    """Training has begun, and the first record is not written yet."""
    with EventFile(tmp_path) as file:
        file.manifest(manifest())
    series = only(tmp_path)
    assert (len(series), len(series.variables), series.notes) == (0, 2, ())
    assert dict(series.values) == {}


def test_thawed_layers_join_the_run(tmp_path: Path) -> None:
    """A second manifest with more variables: the union, NaN where a layer was not yet trained."""
    one = manifest(variables=[variable("c", 0)])
    two = manifest(index=1, variables=[variable(n, i) for i, n in enumerate("abc")])
    with EventFile(tmp_path) as file:
        file.session(one, records(one, range(4)))
        file.session(two, records(two, range(4, 8), first=1))
    series = only(tmp_path)
    assert [v.name for v in series.variables] == ["a", "b", "c"]
    weight = series.values["weight_norm"]
    assert np.isnan(weight[:4, :2]).all()
    assert not np.isnan(weight[:, 2]).any()
    assert not np.isnan(weight[4:]).any()
    assert series.notes == ()


def test_streams_are_runs_of_their_own(tmp_path: Path) -> None:
    """A generator and a discriminator, logged by one process, any name they may have."""
    with EventFile(tmp_path / "gan") as file:
        for stream in ("disc/ü", None):
            of = manifest(stream=stream)
            file.session(of, records(of, range(5)))
    assert [item.name for item in read_logdir(str(tmp_path))] == ["gan", "gan:disc/ü"]
    assert [item.stream for item in read_logdir(str(tmp_path))] == [None, "disc/ü"]
    assert [item.series.stream for item in read_logdir(str(tmp_path))] == [None, "disc/ü"]


def test_damage_is_said_once(tmp_path: Path) -> None:
    """The damaged record names itself; the gap it leaves is not a second story."""
    of = manifest()
    for record in records(of, range(30), rows=10):
        with EventFile(tmp_path, f"events.out.tfevents.{record.sequence}") as file:
            file.session(of, [record])
    path = tmp_path / "events.out.tfevents.1"
    data = bytearray(path.read_bytes())
    data[-100] ^= 0xFF  # within the payload; the metadata stand at the end
    path.write_bytes(bytes(data))
    (note,) = only(tmp_path).notes
    assert "step 10" in note.text
    assert str(records_tag("s1", None, 1)) in note.text


def test_arrays_are_frozen(tmp_path: Path) -> None:
    """A series is shared between threads and rules."""
    write_run(tmp_path, range(3))
    series = only(tmp_path)
    for array in (series.steps, series.wall_times, series.windows, series.step("loss"), series.values["weight_norm"]):
        assert not array.flags.writeable


def test_windows_come_back_with_how_many_steps_they_hold(tmp_path: Path) -> None:
    """A long run: single steps, windows under a manifest of their own, single steps again."""
    single = manifest()
    wide = manifest(index=1, statistics=(*STATISTICS, "gradient_norm_largest"))
    parts = [
        *records(single, range(4)),
        *(replace(r, windows=np.full(3, 8, np.int32)) for r in records(wide, range(4, 28, 8), first=1)),
        *records(single, range(28, 30), first=2),
    ]
    with EventFile(tmp_path) as file:
        file.manifest(single)
        file.session(wide, parts)
    series = only(tmp_path)
    assert series.steps.tolist() == [0, 1, 2, 3, 4, 12, 20, 28, 29]
    assert series.windows.tolist() == [1, 1, 1, 1, 8, 8, 8, 1, 1]
    assert np.isnan(series.recorded("gradient_norm_largest")[:, 0]).tolist() == [True] * 4 + [False] * 3 + [True] * 2
    assert np.isfinite(series.recorded("gradient_norm")).all()
    assert not series.notes


def test_a_restart_within_a_window_takes_the_rest_of_it(tmp_path: Path) -> None:
    """The window is shown for the steps that are still its own."""
    wide = [replace(r, windows=np.full(2, 8, np.int32)) for r in records(manifest(), [0, 8])]
    again = manifest("s2", started=STARTED + 100)
    with EventFile(tmp_path) as file:
        file.session(manifest(), wide)
        file.session(again, records(again, range(12, 14)))
    series = only(tmp_path)
    assert series.steps.tolist() == [0, 8, 12, 13]
    assert series.windows.tolist() == [8, 4, 1, 1]


def test_a_flight_recording_is_no_repeat(tmp_path: Path) -> None:
    """Steps that were written at their turn come once more among all the others."""
    of = manifest()
    with EventFile(tmp_path) as file:
        file.session(of, [*records(of, [0, 10, 20]), *records(of, range(5, 25), first=1)])
    series = only(tmp_path)
    assert series.steps.tolist() == [0, *range(5, 25)]
    assert not series.notes
