"""Every recorded step comes back through a real TensorBoard, whichever way it loads, and damage is said."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.end_to_end.tensorboard_process import LOAD_PATHS, Server, tensorboard
from tests.read.write_events import STARTED, EventFile, manifest, numbers, records

STEPS = 10_000
OF = manifest()


def exported(server: Server, run: str, statistic: str) -> Any:
    """The run's table of ``./export``."""
    (table,) = server.get("export", run=run, statistic=statistic, format="json").json["runs"]
    return table


def damage(file: Path, payload: bytes) -> None:
    """Flips a bit within ``payload`` where it lies in ``file``."""
    data = bytearray(file.read_bytes())
    data[data.index(payload) + len(payload) // 2] ^= 0x04
    file.write_bytes(bytes(data))


def write_whole(logdir: Path) -> None:
    """One session, nothing wrong with it."""
    with EventFile(logdir / "whole") as file:
        file.session(OF, records(OF, range(STEPS)))


def write_restarted(logdir: Path) -> None:
    """Two sessions in two files; the second goes back to step 500."""
    again = manifest("s2", started=STARTED + 9e5)
    with EventFile(logdir / "restarted", "events.out.tfevents.1.a.v2") as file:
        file.session(OF, records(OF, range(1000)))
    with EventFile(logdir / "restarted", "events.out.tfevents.2.a.v2") as file:
        file.session(again, records(again, range(500, 700), seed=5))


def write_truncated(logdir: Path) -> None:
    """The last record ends in the middle."""
    with EventFile(logdir / "truncated") as file:
        file.session(OF, records(OF, range(640)))
    with file.path.open("r+b") as hurt:
        hurt.truncate(file.path.stat().st_size - 100)


def write_flipped(logdir: Path) -> None:
    """One bit of record 5 differs; a later session in another file is whole."""
    with EventFile(logdir / "flipped", "events.out.tfevents.1.a.v2") as file:
        file.session(OF, records(OF, range(640)))
    damage(file.path, numbers(range(320, 384), OF).tobytes())
    again = manifest("s2", started=STARTED + 9e5)
    with EventFile(logdir / "flipped", "events.out.tfevents.2.a.v2") as file:
        file.session(again, records(again, range(640, 700)))


@pytest.mark.parametrize("load_path", LOAD_PATHS)
def test_every_step_comes_back_and_damage_is_said(tmp_path: Path, load_path: str) -> None:
    """Default flags; 10,000 steps exactly; a restart, a truncated record and a flipped bit are right, and said."""
    for write in (write_whole, write_restarted, write_truncated, write_flipped):
        write(tmp_path)
    with tensorboard(tmp_path, load_path) as server:
        server.loaded(whole=STEPS, restarted=700, truncated=576, flipped=380)
        check_whole(server)
        check_restarted(server)
        check_truncated(server)
        check_flipped(server)


def check_whole(server: Server) -> None:
    """All numbers, exactly."""
    for i, statistic in enumerate(OF.statistics):
        table = exported(server, "whole", statistic)
        assert table["steps"] == list(range(STEPS))
        for v, name in enumerate(("a", "b")):
            np.testing.assert_array_equal(table["series"][name], numbers(range(STEPS), OF)[:, v, i])
    assert notes(server, "whole") == ""


def check_restarted(server: Server) -> None:
    """One curve: the first session to step 499, the second from there."""
    table = exported(server, "restarted", "gradient_norm")
    assert table["steps"] == list(range(700))
    wanted = np.concatenate([numbers(range(500), OF), numbers(range(500, 700), OF, 5)])
    np.testing.assert_array_equal(table["series"]["a"], wanted[:, 0, 1])
    assert server.get("variables", run="restarted").json["restarts"] == [500]
    assert "restarted at step 500" in notes(server, "restarted")


def check_truncated(server: Server) -> None:
    """All whole records, and nothing else."""
    assert exported(server, "truncated", "gradient_norm")["steps"] == list(range(576))


def check_flipped(server: Server) -> None:
    """No wrong number, and the session after it.

    The data server reads on behind the flipped bit, and we say which record is damaged; the Python readers give up the
    rest of the file themselves.
    """
    table = exported(server, "flipped", "gradient_norm")
    steps = np.array(table["steps"])
    np.testing.assert_array_equal(table["series"]["a"], numbers(steps.tolist(), OF)[:, 0, 1])
    assert set(range(320)) | set(range(640, 700)) <= set(table["steps"])
    assert not set(range(320, 384)) & set(table["steps"])
    said = notes(server, "flipped")
    assert ("begins at step 320" in said) == (384 in table["steps"])


def notes(server: Server, run: str) -> str:
    """What is said about the run's data."""
    (diagnosis,) = server.get("diagnosis", run=run).json["runs"]
    return "\n".join(note["text"] for note in diagnosis["notes"])


@pytest.mark.parametrize("load_path", ["data server", "python without tensorflow"])
def test_a_training_that_goes_on_is_followed(tmp_path: Path, load_path: str) -> None:
    """New steps come in while the tab is open, and the token says so."""
    written = records(OF, range(1280))
    with EventFile(tmp_path / "run") as file:
        file.session(OF, written[:9])
        file.flush()
        with tensorboard(tmp_path, load_path) as server:
            (before,) = server.loaded(run=9 * 64)
            for record in written[9:]:
                file.record(OF, record)
            file.flush()
            (after,) = server.loaded(run=1280)
            assert before["token"] != after["token"]
            assert exported(server, "run", "gradient_norm")["steps"] == list(range(1280))
            assert server.get("runs").json["runs"][0]["token"] == after["token"]
