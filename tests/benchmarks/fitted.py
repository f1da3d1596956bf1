"""``model.fit`` with and without ``ConvergenceCallback``, for the benchmark of cost."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

import tb_convergence
from tests.benchmarks.workloads import Workload

STEPS = 20  # of one call of ``fit``: it begins and ends once for all of them
Callbacks = Callable[[Path], list[keras.callbacks.Callback]]


def none(_: Path) -> list[keras.callbacks.Callback]:
    """``fit`` alone."""
    return []


def plain(logdir: Path) -> list[keras.callbacks.Callback]:
    """The callback without a look at the batch."""
    return [tb_convergence.ConvergenceCallback(logdir, probes=())]


def probing(logdir: Path) -> list[keras.callbacks.Callback]:
    """As it is unless told otherwise."""
    return [tb_convergence.ConvergenceCallback(logdir)]


def live(logdir: Path) -> list[keras.callbacks.Callback]:
    """With a diagnosis beside the training."""
    return [tb_convergence.ConvergenceCallback(logdir, on_finding=lambda _: None)]


FITS: dict[str, Callbacks] = {"callback, no probes": plain, "callback": probing, "callback, on_finding": live}


class Fit:
    """A fresh model under ``fit``, one batch again and again."""

    def __init__(self, workload: Workload, callbacks: Callbacks) -> None:
        keras.utils.set_random_seed(0)
        self.model, x, y = workload.build()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(keras.optimizers.SGD(0.001), loss)
        self._data = tf.data.Dataset.from_tensors((x, y)).repeat()
        self._callbacks = callbacks(Path(tempfile.mkdtemp(dir=_FOLDER.name)))

    def run(self, steps: int) -> None:
        """So many times ``STEPS`` steps."""
        for _ in range(steps):
            self.model.fit(self._data, steps_per_epoch=STEPS, verbose=0, callbacks=self._callbacks)


_FOLDER = tempfile.TemporaryDirectory(prefix="tb-convergence-bench-")
