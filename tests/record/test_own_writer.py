"""A file that a write failed in is given up; the next one waits, longer each time."""

import pathlib
import subprocess
import sys

import pytest

from tb_convergence.read.local import read_logdir
from tb_convergence.record.own_writer import LONGEST, SHORTEST, OwnWriter


def test_a_new_writer_comes_after_a_pause_that_doubles(tmp_path: pathlib.Path) -> None:
    """Until then the failure is raised again, so that it is not told as another one."""
    now = [0.0]
    own = OwnWriter(str(tmp_path), lambda: now[0])
    first = own()
    assert own() is first
    pause = SHORTEST
    for _ in range(12):
        failure = OSError("full")
        own.failed(failure)
        now[0] += 0.9 * pause
        with pytest.raises(OSError, match="full") as raised:
            own()
        own.failed(raised.value)  # as whoever writes reports it
        now[0] += 0.2 * pause
        assert own() is not first
        pause = min(2 * pause, LONGEST)
    own.succeeded()
    own.failed(OSError("again"))
    now[0] += 1.01 * SHORTEST
    assert own() is not None


FREED = """
import resource
import tb_convergence
import tensorflow as tf
from tb_convergence.record import own_writer

own_writer.SHORTEST = 0.0
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
tb_convergence.start({logdir!r})
w = tf.Variable([1.0, 2.0])
for i in range(400):
    if i in (150, 250):
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000 if i == 150 else hard, hard))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    grads = tape.gradient(loss, [w])
    w.assign_sub(0.001 * grads[0])
    tb_convergence.log_step(tape, grads)
    assert not tf.summary.should_record_summaries()  # there is no default writer, and none was left behind
    if i % 25 == 0 or i == 399:
        tb_convergence.flush()
"""


def test_what_comes_after_a_full_disk_is_read(tmp_path: pathlib.Path) -> None:
    """And what is missing is said."""
    code = FREED.format(logdir=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("RecordingWarning") == 1
    (found,) = read_logdir(str(tmp_path))
    steps = found.series.steps.tolist()
    assert steps[:100] == list(range(100))
    assert steps[-140:] == list(range(260, 400))
    assert any("missing between steps" in note.text for note in found.series.notes)
