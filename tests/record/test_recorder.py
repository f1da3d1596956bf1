"""From the ring to the event file: sessions, writers, failures, the end of the process."""

import json
import pathlib
import signal
import subprocess
import sys
import time
import warnings
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record import log_step
from tb_convergence.record.guard import RecordingWarning
from tb_convergence.schema.envelope import Kind
from tb_convergence.schema.tags import RECORDS_PER_TAG
from tests.record.written import events, read, read_one

SCRIPT = """
import sys, time
import tb_convergence
import tensorflow as tf

def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    grads = tape.gradient(loss, [w])
    {update_first}
    tb_convergence.log_step(tape, grads)
    {update_last}

w = tf.Variable([1.0, 2.0])
"""
UPDATE = "w.assign_sub(0.1 * grads[0])"


def run(code: str, *, before: bool = False, **options: Any) -> subprocess.CompletedProcess[str]:
    head = SCRIPT.format(update_first="" if before else UPDATE, update_last=UPDATE if before else "")
    command = [sys.executable, "-c", head + code]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def train(steps: int, w: tf.Variable | None = None) -> None:
    w = tf.Variable([1.0, 2.0]) if w is None else w
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w])
        w.assign_sub(1e-4 * grads[0])
        tb_convergence.log_step(tape, grads)


def test_records_go_to_the_callers_writer(tmp_path: pathlib.Path) -> None:
    """One event file, beside the caller's own scalars; every event carries its metadata."""
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        tf.summary.scalar("mine", 1.0, step=0)
        train(3)
        tb_convergence.flush()
    assert len(list(tmp_path.iterdir())) == 1
    found = list(events(tmp_path))
    first, *others = [e.tag.kind for e in found]
    assert (first, set(others)) == (Kind.MANIFEST, {Kind.RECORD})  # on a slow machine the steps are not in one record
    for event in found:
        assert event.metadata.plugin_data.plugin_name == "convergence"
        assert event.metadata.data_class == 2  # DATA_CLASS_TENSOR
        assert event.metadata.plugin_data.content == bytes([1, event.tag.kind])


def test_two_writers_are_two_sessions(tmp_path: pathlib.Path) -> None:
    """A sweep in one process: every run has its own variables and its own steps from 0."""
    for run_name in ("a", "b"):
        with tf.summary.create_file_writer(str(tmp_path / run_name)).as_default():
            train(3)
    tb_convergence.flush()
    a, b = read_one(tmp_path / "a"), read_one(tmp_path / "b")
    assert a.steps.tolist() == b.steps.tolist() == [0, 1, 2]
    assert a.manifest.session != b.manifest.session


def test_closing_the_writer_writes_the_rest_first(tmp_path: pathlib.Path) -> None:
    """Rows on their way are not lost to a writer that is closed."""
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        train(3)
    writer.close()
    assert read_one(tmp_path).steps.tolist() == [0, 1, 2]


def test_a_long_run_fills_records_and_tags(tmp_path: pathlib.Path) -> None:
    """At most 64 steps a record, at most 8 records a tag, the first step in front, no step missing."""
    tb_convergence.start(tmp_path)
    train(64 * 10)
    tb_convergence.flush()
    assert read_one(tmp_path).steps.tolist() == list(range(640))
    tags = [e.tag for e in events(tmp_path) if e.tag.kind is Kind.RECORD]
    assert max(tags.count(t) for t in tags) <= RECORDS_PER_TAG
    assert len(set(tags)) >= 2


def test_rows_are_written_while_training_goes_on(tmp_path: pathlib.Path) -> None:
    """Within about two seconds, without a flush."""
    tb_convergence.start(tmp_path)
    train(3)
    deadline = time.time() + 6
    steps: list[int] = []
    while len(steps) < 3 and time.time() < deadline:  # on a slow machine the first steps are written before the last
        time.sleep(0.1)
        steps = read_one(tmp_path).steps.tolist() if list(events(tmp_path)) else []
    assert steps == [0, 1, 2]


def test_steps_that_go_back_begin_a_new_record(tmp_path: pathlib.Path) -> None:
    """Inside one record they never decrease."""
    tb_convergence.start(tmp_path)
    w = tf.Variable([1.0])
    for step in (0, 1, 2, 1, 2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w])
        w.assign_sub(0.1 * grads[0])
        tb_convergence.log_step(tape, grads, step=step)
    tb_convergence.flush()
    assert [e.step for e in events(tmp_path) if e.tag.kind is Kind.RECORD] == [0, 1]


@pytest.mark.parametrize("before", [False, True])
def test_the_end_of_the_process_writes_the_rest(tmp_path: pathlib.Path, before: bool) -> None:
    """Without flush; the last row too, where log_step stands before the update."""
    done = run(f"tb_convergence.start({str(tmp_path)!r})\nfor _ in range(4): step()", before=before)
    assert done.returncode == 0, done.stderr
    got = read_one(tmp_path)
    assert got.steps.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(got.values["update_norm"][:, 0], 0.2 * 5**0.5 * 0.8 ** np.arange(4), rtol=1e-5)


def test_no_writer_is_one_warning_that_names_both_remedies() -> None:
    """Not silence, and not one line a step."""
    done = run("for _ in range(4): step()")
    assert done.returncode == 0
    assert done.stderr.count("log_step records nothing") == 1
    assert "create_file_writer" in done.stderr
    assert "tb_convergence.start" in done.stderr


def test_a_killed_process_loses_two_seconds_at_most(tmp_path: pathlib.Path) -> None:
    """What was written stays readable."""
    code = f"tb_convergence.start({str(tmp_path)!r})\nfor _ in range(70): step()\n"
    assert run(code + "time.sleep(2.5)\nimport os\nos.kill(os.getpid(), 9)").returncode == -signal.SIGKILL
    assert read_one(tmp_path).steps.tolist() == list(range(70))


def test_a_directory_that_cannot_be_written_warns_and_training_goes_on(tmp_path: pathlib.Path) -> None:
    """Once; the weights are those of a run without recording."""
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    done = run(
        f"tb_convergence.start({str(blocked / 'logs')!r})\nfor _ in range(200): step()\n"
        "tb_convergence.flush()\nprint(w.numpy().tolist())"
    )
    assert done.returncode == 0, done.stderr
    want = np.array([1, 2], np.float32)
    for _ in range(200):
        want -= np.float32(0.1) * (want + want)
    np.testing.assert_array_equal(np.array(json.loads(done.stdout), np.float32), want)
    assert done.stderr.count("RecordingWarning") == done.stderr.count("nothing will be recorded") == 1


def test_what_fails_inside_is_told_once(tmp_path: pathlib.Path) -> None:
    """Whatever goes wrong while a step is recorded is our trouble, not training's."""
    tb_convergence.start(tmp_path)
    w = tf.Variable([1.0])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    grads = tape.gradient(loss, [w])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            tb_convergence.log_step(tape, grads, loss=np.array(["high"]))
    assert [w.category for w in caught] == [RecordingWarning]


@pytest.mark.parametrize("jit", [False, True])
def test_fast_loops_lose_nothing(tmp_path: pathlib.Path, jit: bool) -> None:
    """Thousands of steps at a fraction of a millisecond each, from Python and inside a loop in the graph."""
    tb_convergence.start(tmp_path)
    w = tf.Variable([1.0, 2.0])

    @tf.function(jit_compile=jit)
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w])
        w.assign_sub(1e-4 * grads[0])
        tb_convergence.log_step(tape, grads)

    @tf.function
    def many(steps: tf.Tensor) -> None:
        for _ in tf.range(steps):
            step()

    for _ in range(3000):
        step()
    many(tf.constant(3000))
    tb_convergence.flush()
    assert read_one(tmp_path).steps.tolist() == list(range(6000))


def test_start_again_begins_another_session(tmp_path: pathlib.Path) -> None:
    """A restart in the same directory keeps its tags apart."""
    for _ in range(2):
        tb_convergence.start(tmp_path)
        train(2)
        tb_convergence.flush()
    first, second = sorted(read(tmp_path), key=lambda w: w.manifest.started)
    assert first.manifest.session != second.manifest.session
    assert first.steps.tolist() == second.steps.tolist() == [0, 1]


def test_two_models_under_one_name_are_warned_of(tmp_path: pathlib.Path) -> None:
    """Their steps would replace each other; the remedy is named."""
    models = (tf.Variable(1.0), tf.Variable([1.0, 2.0]))

    def train() -> None:
        for step in range(6):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(models[step % 2] ** 2)
            tb_convergence.log_step(tape, tape.gradient(loss, [models[step % 2]]))

    with tf.summary.create_file_writer(str(tmp_path)).as_default(), pytest.warns(RecordingWarning, match="name="):
        train()


@pytest.mark.parametrize("given", [True, False], ids=["step=", "tf.summary"])
def test_a_step_that_stands_still_is_warned_of(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, *, given: bool
) -> None:
    """As where it counts epochs: all but the last step of each would be lost without a word."""
    monkeypatch.setattr(log_step._RECORDER, "_warned", set())
    w, writer = tf.Variable([1.0, 2.0]), tf.summary.create_file_writer(str(tmp_path))

    def train() -> None:
        for epoch in range(2):
            with writer.as_default(step=None if given else epoch):
                for _ in range(6):
                    with tf.GradientTape() as tape:
                        loss = tf.reduce_sum(w**2)
                    tb_convergence.log_step(tape, tape.gradient(loss, [w]), step=epoch if given else None)
        writer.close()

    with pytest.warns(RecordingWarning, match="counts epochs"):
        train()
    assert read_one(tmp_path).steps.tolist() == [0] * 6 + [1] * 6  # here each row, in the viewer the last of a step


def test_a_step_that_is_logged_twice_now_and_then_is_not_warned_of(tmp_path: pathlib.Path) -> None:
    """Steps that go on, and one that was logged twice at the end of an epoch."""
    w = tf.Variable([1.0, 2.0])
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        for step in [*range(20), 19, *range(20, 40), 39]:
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w**2)
            tb_convergence.log_step(tape, tape.gradient(loss, [w]), step=step)
        tb_convergence.flush()
