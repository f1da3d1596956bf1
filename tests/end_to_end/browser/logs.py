"""Logs for the browser tests: real trainings, and one run of the size that the speed limit names."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import tb_convergence
from demo.scenarios import high_learning_rate, vanishing_gradient
from tb_convergence.schema.record import MAX_ROWS, Record
from tb_convergence.schema.statistics import COSINES, EXTREMES, LENGTHS
from tests.read.write_events import EventFile, manifest, variable

TRAININGS = {"high-learning-rate": high_learning_rate, "vanishing-gradient": vanishing_gradient}


def train(logdir: Path) -> None:
    """The demo's trainings, each with its repaired twin, recorded by ``log_step``."""
    for name, scenario in TRAININGS.items():
        for kind in ("broken", "repaired"):
            with tf.summary.create_file_writer(str(logdir / name / kind)).as_default():
                for _ in scenario.train(kind == "repaired"):
                    pass
                tb_convergence.flush()


def large(logdir: Path, variables: int, steps: int) -> None:
    """One run with every statistic of ``variables`` × ``steps``: a loss that falls, and gradients with noise."""
    layers = [variable(f"layer_{i:03d}/kernel", i, (64, 64)) for i in range(variables)]
    of = manifest(variables=layers, statistics=(*LENGTHS, *COSINES, *EXTREMES))
    generator = np.random.default_rng(0)
    with EventFile(logdir / "large") as file:
        file.manifest(of)
        for sequence, first in enumerate(range(0, steps, MAX_ROWS)):
            at = np.arange(first, min(steps, first + MAX_ROWS), dtype=np.int64)
            file.record(of, _record(sequence, at, of.started, _values(generator, len(at), variables)))


def _record(sequence: int, at: NDArray[np.int64], started: float, values: NDArray[np.float32]) -> Record:
    loss = 0.1 + 2.3 * np.exp(-at / 400.0)
    return Record(
        manifest=0,
        sequence=sequence,
        steps=at,
        wall_times=(started + 0.25 * at).astype(np.float64),
        windows=np.ones(len(at), np.int32),
        step_values=np.stack([loss, np.full(len(at), 1e-3)], axis=1),
        values=values,
    )


def _values(generator: np.random.Generator, steps: int, variables: int) -> NDArray[np.float32]:
    """float32 [T, V, S]: weights of 10, gradients of 1e-1, updates of 1e-2, cosines near 0, nothing extreme."""
    sizes = np.array([10.0, 1e-1, 1e-2, 1e-1, 1e-2])
    lengths = sizes * generator.lognormal(0.0, 0.2, (steps, variables, len(LENGTHS)))
    cosines = generator.uniform(-0.1, 0.1, (steps, variables, len(COSINES)))
    extremes = np.broadcast_to(np.array([1e-2, 0.0, 0.0, 0.0, 0.0]), (steps, variables, len(EXTREMES)))
    return np.concatenate([lengths, cosines, extremes], axis=2).astype(np.float32)
