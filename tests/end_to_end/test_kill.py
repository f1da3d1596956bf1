"""A training that is killed at any moment loses the last two seconds or 64 steps, and nothing else."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tb_convergence.read.local import NoDataError, read_logdir
from tb_convergence.record.recorder import PATIENCE
from tb_convergence.schema.record import MAX_ROWS

SLACK = 1.5  # s: a look at the rings, the write itself, and a busy machine
STARTING = 120.0  # s for TensorFlow to be imported and the step to be traced

TRAINING = """
import struct, sys, time
import tb_convergence
import tensorflow as tf

logdir, progress, mode, pause = sys.argv[1:]
tb_convergence.start(logdir)
w = tf.Variable([1.0, 2.0])

def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    grads = tape.gradient(loss, [w])
    w.assign_sub(1e-4 * grads[0])
    tb_convergence.log_step(tape, grads)

if mode != "eager":
    step = tf.function(step, jit_compile=mode == "xla")
with open(progress, "ab", buffering=0) as made:
    while True:
        step()
        made.write(struct.pack("d", time.time()))
        time.sleep(float(pause))
"""


class Child:
    """A training in a process of its own; says when each of its steps was made."""

    def __init__(self, folder: Path, mode: str, pause: float) -> None:
        self.logdir, self._progress = folder / "logs", folder / "progress"
        command = [sys.executable, "-c", TRAINING, str(self.logdir), str(self._progress), mode, str(pause)]
        self._process = subprocess.Popen(
            command, stderr=subprocess.PIPE, env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
        )
        deadline = time.time() + STARTING
        while not len(self.made()):
            assert self._process.poll() is None, self._process.communicate()[1].decode()
            assert time.time() < deadline, "the training did not begin"
            time.sleep(0.05)

    def made(self) -> NDArray[np.float64]:
        """When each step was made, Unix seconds; whole numbers of eight bytes only."""
        data = self._progress.read_bytes() if self._progress.exists() else b""
        return np.frombuffer(data[: len(data) // 8 * 8], np.float64)

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()
        assert self._process.returncode == -signal.SIGKILL


@contextmanager
def training(folder: Path, mode: str, pause: float) -> Iterator[Child]:
    """A running child that is gone afterwards, however the test ends."""
    child = Child(folder, mode, pause)
    try:
        yield child
    finally:
        child._process.kill()
        child._process.wait()


def recorded(logdir: Path) -> list[int]:
    """The steps that can be read back, with nothing wrong with them."""
    try:
        (found,) = read_logdir(str(logdir))
    except NoDataError:
        return []
    assert not found.series.notes
    assert np.isfinite(found.series.step("loss")).all()
    return [int(s) for s in found.series.steps]


def assert_nothing_older_is_lost(steps: list[int], made: NDArray[np.float64], now: float) -> None:
    """Every step but the last 64, or those of the last two seconds, is there."""
    assert steps == list(range(len(steps)))
    lost = made[len(steps) :]
    assert len(lost) <= MAX_ROWS or lost[0] >= now - PATIENCE - SLACK, (
        f"{len(lost)} steps are lost, the first made {now - lost[0]:.2f} s before"
    )


@pytest.mark.parametrize(
    ("mode", "pause", "seed"),
    [
        ("eager", 0.05, 0),
        ("eager", 0.0, 1),
        ("function", 0.0, 2),
        ("function", 0.3, 3),
        ("xla", 0.0, 4),
        ("xla", 0.01, 5),
    ],
)
def test_a_kill_loses_two_seconds_or_64_steps(tmp_path: Path, mode: str, pause: float, seed: int) -> None:
    """At a random moment; and until then all that is older could be read while training went on."""
    moment = random.Random(seed)
    with training(tmp_path, mode, pause) as child:
        time.sleep(moment.uniform(0.0, 4.0))
        made, now = child.made(), time.time()
        assert_nothing_older_is_lost(recorded(child.logdir), made, now)
        time.sleep(moment.uniform(0.0, 3.0))
        now = time.time()
        child.kill()
        assert_nothing_older_is_lost(recorded(child.logdir), child.made(), now)


def test_a_loss_would_be_seen() -> None:
    """The check can fail: 65 steps of which none is there, made five seconds ago."""
    made = np.full(MAX_ROWS + 1, 95.0)
    with pytest.raises(AssertionError, match="65 steps are lost"):
        assert_nothing_older_is_lost([], made, 100.0)
    assert_nothing_older_is_lost([0], made, 100.0)
    assert_nothing_older_is_lost([], made, 97.0)
