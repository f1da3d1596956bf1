"""Logs that something is wrong with: NaN, a damaged file, runs of unequal length, windows with a spike in one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tb_convergence.schema.manifest import Manifest, Variable
from tb_convergence.schema.record import MAX_ROWS, Record
from tb_convergence.schema.statistics import WINDOW_EXTREMES, WINDOW_STEP_EXTREMES
from tests.read.write_events import STARTED, EventFile, manifest, variable

STATISTICS = ("weight_norm", "gradient_norm", "update_norm", "gradient_max", "gradient_nonfinite_count")
BREAKS = 60
"""Step of the run ``nan`` from which nothing is finite."""
WINDOW = 8
SPIKE = 1e5
"""Largest gradient norm of a single step in the last window but one of the run ``windowed``."""


def layers(count: int) -> list[Variable]:
    """``count`` kernels."""
    return [variable(f"dense_{i}/kernel", i, (16, 16)) for i in range(count)]


def write(logdir: Path) -> None:
    """``lengths/short``, ``lengths/long``, ``lengths/deeper``, ``one``, ``nan``, ``damaged`` and ``windowed``."""
    _write(logdir / "lengths" / "short", _manifest(4), np.arange(40))
    _write(logdir / "lengths" / "long", _manifest(4), np.arange(300))
    _write(logdir / "lengths" / "deeper", _manifest(6), np.arange(200))
    _write(logdir / "one", _manifest(4), np.arange(1))
    _write(logdir / "nan", _manifest(4), np.arange(120), broken_from=BREAKS)
    _write(logdir / "damaged", _manifest(4), np.arange(300))
    _damage(next((logdir / "damaged").iterdir()))
    _write(logdir / "windowed", _windowed(), np.arange(0, 800, WINDOW), window=WINDOW)


def _manifest(count: int) -> Manifest:
    return manifest(variables=layers(count), statistics=STATISTICS)


def _windowed() -> Manifest:
    of = manifest(variables=layers(4), statistics=(*STATISTICS, *WINDOW_EXTREMES))
    return replace(of, step_statistics=(*of.step_statistics, *WINDOW_STEP_EXTREMES))


def _write(
    folder: Path, of: Manifest, steps: NDArray[np.int64], *, window: int = 1, broken_from: int | None = None
) -> None:
    generator = np.random.default_rng(len(steps))
    values = _values(generator, of, len(steps))
    loss = 0.1 + 2.3 * np.exp(-steps / 100.0) * generator.lognormal(0.0, 0.05, len(steps))
    if broken_from is not None:
        loss[steps >= broken_from] = np.nan
        values[steps >= broken_from] = np.nan
        values[steps >= broken_from, :, STATISTICS.index("gradient_nonfinite_count")] = 256.0
    step_values = [loss, np.full(len(steps), 1e-2), *([0.5 * loss, 2.0 * loss] if window > 1 else [])]
    with EventFile(folder) as file:
        file.manifest(of)
        for sequence, first in enumerate(range(0, len(steps), MAX_ROWS)):
            part = slice(first, first + MAX_ROWS)
            file.record(
                of,
                Record(
                    manifest=0,
                    sequence=sequence,
                    steps=steps[part],
                    wall_times=STARTED + 0.25 * steps[part].astype(np.float64),
                    windows=np.full(len(steps[part]), window, np.int32),
                    step_values=np.stack(step_values, axis=1)[part],
                    values=values[part],
                ),
            )


def _values(generator: np.random.Generator, of: Manifest, rows: int) -> NDArray[np.float32]:
    """float32 [T, V, S]: weights of 10, gradients of 1e-1, updates of 1e-3, all of them finite."""
    middle = {"weight_norm": 10.0, "gradient_norm": 0.1, "update_norm": 1e-3, "gradient_max": 0.02}
    values = np.zeros((rows, len(of.variables), len(of.statistics)))
    for i, name in enumerate(of.statistics):
        size = middle.get(name.replace("_smallest", "").replace("_largest", ""), 0.0)
        spread = {"smallest": 0.5, "largest": 2.0}.get(name.rpartition("_")[2], 1.0)
        values[:, :, i] = size * spread * generator.lognormal(0.0, 0.1, values.shape[:2])
        if name == "gradient_norm_largest":
            values[-2, 0, i] = SPIKE
    return values.astype(np.float32)


def _damage(file: Path) -> None:
    """Zeroes 200 bytes in the middle, as a bad disk does."""
    content = bytearray(file.read_bytes())
    middle = len(content) * 6 // 10
    content[middle : middle + 200] = bytes(200)
    file.write_bytes(bytes(content))
