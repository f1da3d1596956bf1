"""How long all rules take on large runs, in seconds of one processor.

    python -m tests.benchmarks.diagnosis_speed [--only REGEX]

Runs are made in numpy: noisy quadratics with many small variables, in single steps and in windows. Prints a table;
writes nothing.
"""

import argparse
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.engine import RULES, diagnose
from tb_convergence.read.columns import Columns, Piece
from tb_convergence.record.pacing import MEGABYTES
from tb_convergence.record.rows import Rows
from tb_convergence.schema.manifest import Variable
from tb_convergence.schema.statistics import REFERENCE, VARIABLE_STATISTICS, VECTORS, cosine, length
from tb_convergence.series import Series
from tests.diagnose.windowed import PIECE, paced

Array = NDArray[np.float64]

ELEMENTS = 8  # of each variable: its statistics cost the rules the same at any size
MOMENTUM = 0.9
CURVATURES = np.logspace(-2.0, 0.0, ELEMENTS)
STATISTICS = VARIABLE_STATISTICS
STEP_STATISTICS = ("loss", "learning_rate")  # of ``losses`` below
SIZES = ((500, 10_000, 1e4), (1_000, 100_000, MEGABYTES))
"""Variables, steps, megabytes: a run in single steps, and one that was long enough for windows."""

SIMULATED = 10_000
RATES = {"converging": 0.05, "oscillating": 3.6, "stalled": 1e-9}


def rows(kind: str, variables: int, steps: int) -> Iterator[Rows]:
    """A run in pieces as they are taken from the ring; from ``SIMULATED`` steps on, the last piece again and again."""
    for piece in simulated(kind, variables, min(steps, SIMULATED)):
        yield piece
    for first in range(SIMULATED, steps, PIECE):
        numbers = np.arange(first, first + PIECE)
        yield replace(piece, steps=numbers, times=numbers.astype(np.float64))


def simulated(kind: str, variables: int, steps: int) -> Iterator[Rows]:
    """Momentum on a noisy quadratic, recorded."""
    rng = np.random.default_rng(len(kind))
    w = rng.normal(size=(variables, ELEMENTS))
    before = {name: np.zeros_like(w) for name in ("gradient", "update")}
    for first in range(0, steps, PIECE):
        numbers = np.arange(first, first + PIECE)
        values = np.zeros((len(numbers), variables, len(STATISTICS)), np.float32)
        losses = np.zeros((len(numbers), 2))
        for i in range(len(numbers)):
            gradient = CURVATURES * w + 0.05 * rng.normal(size=w.shape)
            update = MOMENTUM * before["update"] - RATES[kind] * gradient
            values[i] = _statistics((w, gradient, update, before["gradient"], before["update"]))
            losses[i, 0] = 0.5 * float(np.sum(CURVATURES * w * w)) + 0.1 * float(rng.normal())
            before = {"gradient": gradient, "update": update}
            w = w + update
        losses[:, 1] = RATES[kind]
        yield Rows(numbers, numbers.astype(np.float64), np.ones(len(numbers), np.int32), losses, values)


def trained(kind: str, variables: int, steps: int, megabytes: float) -> Series:
    """The run as it is read back."""
    found = paced(rows(kind, variables, steps), STATISTICS, STEP_STATISTICS, 1e6 * megabytes)
    kinds = (("kernel", (4, 2)), ("bias", (8,)))
    manifest = tuple(
        Variable(f"layer_{i // 2}/{kinds[i % 2][0]}", kinds[i % 2][1], "float32", i, activation="relu")
        for i in range(variables)
    )
    return replace(found, run=kind, variables=manifest, values=_as_read(found))


def _as_read(series: Series) -> Columns:
    """The values as a file gives them: float32, each statistic put together when it is asked for."""
    rows, columns = np.ones(len(series), np.bool_), np.arange(next(iter(series.values.values())).shape[1])
    values = np.stack([series.values[name].astype(np.float32) for name in series.values])
    return Columns([Piece(values, tuple(series.values), rows, columns)], len(columns))


def _statistics(vectors: Sequence[Array]) -> Array:
    """float64 [V, statistics] of vectors [V, elements]."""
    norms = [np.sqrt(np.einsum("vn,vn->v", x, x)) for x in vectors]
    found = {length(name): norm for name, norm in zip(VECTORS, norms, strict=True)}
    for (i, a), (j, b) in combinations(enumerate(VECTORS), 2):
        product = norms[i] * norms[j]
        inner = np.einsum("vn,vn->v", vectors[i], vectors[j])
        found[cosine(a, b)] = np.divide(inner, product, out=np.zeros_like(inner), where=product > 0)
    found["weight_mean"] = vectors[0].mean(axis=1)
    found["gradient_max"] = np.abs(vectors[1]).max(axis=1)
    found |= dict.fromkeys(("gradient_zero_fraction", "gradient_nonfinite_count", "dead_unit_fraction"), 0.0 * norms[0])
    found |= dict.fromkeys(REFERENCE, np.nan * norms[0])
    return np.stack([found[name] for name in STATISTICS], 1)


def seconds(series: Series, repetitions: int = 3) -> float:
    """The fastest of some diagnoses."""
    spent = []
    for _ in range(repetitions):
        begun = time.process_time()
        diagnose(series)
        spent.append(time.process_time() - begun)
    return min(spent)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="regular expression: kinds of run")
    options = parser.parse_args()
    print(f"{len(RULES)} rules")
    print(f"{'run':<16}{'variables':>12}{'steps':>12}{'rows':>10}{'s':>8}")
    for kind in (k for k in RATES if re.search(options.only, k)):
        for variables, steps, megabytes in SIZES:
            series = trained(kind, variables, steps, megabytes)
            taken = seconds(series)
            print(f"{kind:<16}{variables:>12,}{steps:>12,}{len(series):>10,}{taken:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
