"""Whatever happens to the record, training goes on, and one warning says what happened."""

import json
import pathlib
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.read.local import read_logdir
from tb_convergence.record.guard import RecordingWarning
from tb_convergence.record.recorder import PATIENCE, REMEMBERED, Recorder
from tb_convergence.record.sink import Session
from tb_convergence.schema.tags import Tag

STEPS = 300
TRAINING = """
import json, sys
{before}
import tb_convergence
import tensorflow as tf

{start}
w = tf.Variable([1.0, 2.0])

@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    grads = tape.gradient(loss, [w])
    w.assign_sub(0.01 * grads[0])
    tb_convergence.log_step(tape, grads)

for i in range(300):
    step()
    {during}
    if i % 30 == 0:
        tb_convergence.flush()
tb_convergence.flush()
print(json.dumps(w.numpy().tolist()))
"""


def run(start: str, before: str = "", during: str = "pass") -> subprocess.CompletedProcess[str]:
    """A training in a process of its own, whose weights must come out as those of plain numpy."""
    code = TRAINING.format(start=start, before=before, during=during)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    want = np.array([1, 2], np.float32)
    for _ in range(STEPS):
        want -= np.float32(0.01) * (want + want)
    np.testing.assert_array_equal(np.array(json.loads(done.stdout.splitlines()[-1]), np.float32), want)
    return done


def test_a_full_disk(tmp_path: pathlib.Path) -> None:
    """The system refuses to let the event file grow; what was written before can be read."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    done = run(f"tb_convergence.start({str(tmp_path)!r})", before=limit)
    assert done.stderr.count("RecordingWarning") == done.stderr.count("could not be recorded") == 1
    (found,) = read_logdir(str(tmp_path))
    assert 30 < len(found.series) < STEPS
    assert np.isfinite(found.series.step("loss")).all()


def test_a_directory_that_cannot_be_made() -> None:
    """Nobody may write into /proc, not even root."""
    done = run("tb_convergence.start('/proc/logs')")
    assert done.stderr.count("RecordingWarning") == done.stderr.count("nothing will be recorded") == 1


def test_a_directory_that_vanishes(tmp_path: pathlib.Path) -> None:
    """It is removed while training runs: on Linux the open file goes on; nobody is told, nothing ends."""
    logdir = tmp_path / "logs"
    done = run(
        f"tb_convergence.start({str(logdir)!r})", during=f"i == 100 and __import__('shutil').rmtree({str(logdir)!r})"
    )
    assert done.stderr.count("RecordingWarning") <= 1


def train(steps: int, tick: Callable[[int], None] = lambda _: None) -> tf.Variable:
    """Eagerly, in this process."""
    w = tf.Variable([1.0, 2.0])
    for i in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w])
        w.assign_sub(1e-4 * grads[0])
        tb_convergence.log_step(tape, grads)
        tick(i)
    return w


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A recorder that has not warned of anything yet."""
    found = Recorder()
    monkeypatch.setattr("tb_convergence.record.log_step._RECORDER", found)
    return found


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), tf.errors.ResourceExhaustedError(None, None, "full")]
)
def test_a_writer_that_fails_now_and_then(
    tmp_path: pathlib.Path, fresh: Recorder, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What it refuses is lost and said to be; what comes later is there."""
    write, calls = Session.write, 0

    def failing(self: Session, tag: Tag, data: bytes, step: int, *, counted: int = 0) -> None:
        nonlocal calls
        calls += 1
        if calls in (3, 4):
            raise error
        write(self, tag, data, step, counted=counted)

    monkeypatch.setattr(Session, "write", failing)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tb_convergence.start(tmp_path)
        train(640, lambda i: tb_convergence.flush() if i % 64 == 63 else None)
        fresh.flush(final=True)
    assert [w.category for w in caught] == [RecordingWarning]
    (found,) = read_logdir(str(tmp_path))
    assert 640 - 3 * 64 <= len(found.series) < 640
    assert found.series.steps[-1] == 639


def test_a_writer_that_was_closed_eagerly(tmp_path: pathlib.Path, fresh: Recorder) -> None:
    """The steps before are there; one warning for those after."""
    writer = tf.summary.create_file_writer(str(tmp_path))
    with warnings.catch_warnings(record=True) as caught, writer.as_default():
        warnings.simplefilter("always")
        train(5)
        writer.close()
        train(70)
        fresh.flush()
        train(70)
        fresh.flush()
    assert [w.category for w in caught] == [RecordingWarning]
    assert "closed" in str(caught[0].message)
    (found,) = read_logdir(str(tmp_path))
    assert found.series.steps.tolist() == list(range(5))


def test_a_writer_that_was_closed_under_a_function(tmp_path: pathlib.Path, fresh: Recorder) -> None:
    """The function still makes steps for it: training goes on, and it is said that nothing is recorded."""
    writer, w = tf.summary.create_file_writer(str(tmp_path)), tf.Variable([1.0, 2.0])

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w])
        w.assign_sub(1e-4 * grads[0])
        tb_convergence.log_step(tape, grads)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with writer.as_default():
            for _ in range(5):
                step()
        writer.close()
        for _ in range(5):
            step()
        deadline = time.time() + 5 * PATIENCE
        while not caught and time.time() < deadline:
            time.sleep(0.05)
    assert [w.category for w in caught] == [RecordingWarning]
    assert "anew for each writer" in str(caught[0].message)
    (found,) = read_logdir(str(tmp_path))
    assert found.series.steps.tolist() == list(range(5))


def test_a_gradient_whose_shape_nobody_knows(tmp_path: pathlib.Path, fresh: Recorder) -> None:
    """Made by Python code inside a graph, of another size at each step."""
    tb_convergence.start(tmp_path)
    w = tf.Variable([1.0, 2.0, 3.0])

    @tf.function
    def step(size: tf.Tensor) -> None:
        gradient = tf.py_function(lambda n: tf.ones([int(n)]), [size], tf.float32)
        w.assign_sub(tf.fill([3], 0.1 * tf.reduce_sum(gradient)))
        tb_convergence.log_step(None, [(gradient, w)])

    with pytest.warns(RecordingWarning, match="could not be recorded"):
        step(tf.constant(3))
    step(tf.constant(2))
    step(tf.constant(5))
    np.testing.assert_allclose(w.numpy(), np.array([1, 2, 3]) - 1.0, rtol=1e-6)


def test_closed_writers_leave_nothing_behind(tmp_path: pathlib.Path, fresh: Recorder) -> None:
    """A sweep of many runs in one process: no stream, no group, no session."""
    for i in range(20):
        writer = tf.summary.create_file_writer(str(tmp_path / str(i)))
        with writer.as_default():
            train(2)
        writer.close()
    assert (fresh._streams, fresh._sessions, fresh._recordings, fresh._turns) == ({}, {}, [], {})
    assert len(fresh._closed) <= REMEMBERED
