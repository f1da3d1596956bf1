"""What recording costs, interleaved in one run: step with ``log_step`` / step without, and today's practice beside it.

    python -m tests.benchmarks.cost [--quick] [--pairs 30]

Two ratios are printed: of elapsed time (the median over pairs of neighbouring measurements) and of processor time,
which other programs on the machine disturb less. Memory is that of the recorder's variables, beside that of the
trained ones: a few MB at most, whatever the model. Writes only into a temporary folder that it removes.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import tensorflow as tf

from tests.benchmarks.accuracy import accuracies
from tests.benchmarks.fitted import FITS, Fit, none
from tests.benchmarks.workloads import (
    CNN,
    MANY,
    MOST,
    Variant,
    Workload,
    histograms,
    nothing,
    ours,
    same_scalars,
    scalars,
)

MODES = ("eager", "function", "xla")
STREAM = 2**26  # float32 summed to measure the bandwidth of memory: 256 MB, beyond every cache


@dataclass(frozen=True)
class Times:
    """Seconds of one step, elapsed and of the processor, in each round."""

    elapsed: list[float]
    processor: list[float]


class Runs(Protocol):
    """Something that can be run so many times."""

    def run(self, steps: int, /) -> None: ...  # noqa: D102


def once(variant: Runs, repeats: int) -> tuple[float, float]:
    """Seconds of a step, elapsed and of the processor."""
    elapsed, processor = time.perf_counter(), time.process_time()
    variant.run(repeats)
    return (time.perf_counter() - elapsed) / repeats, (time.process_time() - processor) / repeats


def interleaved(variants: Sequence[Runs], pairs: int, repeats: int = 1) -> list[Times]:
    """Each variant in turn, in alternating order, so that a busy moment hits all alike."""
    for variant in variants:
        variant.run(3)
    found = [Times([], []) for _ in variants]
    for i in range(pairs):
        order = list(zip(variants, found, strict=True))
        for variant, times in order if i % 2 else reversed(order):
            elapsed, processor = once(variant, repeats)
            times.elapsed.append(elapsed)
            times.processor.append(processor)
    return found


def ratios(with_it: Times, without: Times) -> tuple[float, float]:
    """Elapsed, the median of the pairs; processor, the ratio of medians."""
    elapsed = statistics.median(a / b for a, b in zip(with_it.elapsed, without.elapsed, strict=True))
    return elapsed, statistics.median(with_it.processor) / statistics.median(without.processor)


def added(with_it: Times, without: Times) -> float:
    """Processor seconds that a step takes more; below zero where they are lost in the noise."""
    return statistics.median(with_it.processor) - statistics.median(without.processor)


def times_ours(theirs: float, mine: float) -> str:
    """How many times ours; where ours is lost in the noise, nothing can be said."""
    return f"{theirs / mine:.1f}" if mine > 0 else "noise"


def bandwidth() -> float:
    """Bytes that one thread reads in a second, the best of five."""
    x = np.ones(STREAM, np.float32)
    best = min(_seconds(x) for _ in range(5))
    return float(x.nbytes / best)


def _seconds(x: np.ndarray) -> float:
    begun = time.perf_counter()
    np.dot(x, x)
    return time.perf_counter() - begun


def parameters(variant: Variant) -> int:
    """Bytes of the trained variables."""
    return sum(int(np.prod(v.shape)) * 4 for v in variant.model.trainable_variables)


def recorder_bytes() -> int:
    """Bytes of all variables that recording has made and that are alive."""
    made = [o for o in gc.get_objects() if isinstance(o, tf.Variable) and o.name.startswith("convergence_")]
    return sum(v.shape.num_elements() * v.dtype.size for v in made)


def cost_row(workload: Workload, mode: str, pairs: int, stream: float) -> None:
    """Prints one row of the first table."""
    before = recorder_bytes()
    variants = [Variant(workload, log, mode) for log in (nothing, ours)]
    without, with_it = interleaved(variants, pairs, repeats=2)
    elapsed, processor = ratios(with_it, without)
    floor = parameters(variants[0]) / stream
    memory = recorder_bytes() - before
    milliseconds = statistics.median(without.elapsed) * 1e3
    print(
        f"{workload.name:<32}{mode:<10}{milliseconds:>9.2f}{elapsed:>9.3f}{processor:>11.3f}"
        f"{floor * 1e3:>10.2f}{added(with_it, without) / floor:>9.1f}"
        f"{memory / 1e6:>8.2f}{parameters(variants[0]) / 1e6:>9.2f}",
        flush=True,
    )


def practice_rows(workload: Workload, pairs: int) -> None:
    """Prints what histograms and scalars cost beside ours, in a ``tf.function``."""
    practices = {
        "histograms and norms": histograms,
        "scalars, the same": same_scalars(),
        "scalars, written only": scalars,
    }
    variants = [Variant(workload, log, "function") for log in (nothing, ours, *practices.values())]
    without, mine, *others = interleaved(variants, pairs)
    steps = pairs + 3
    own = variants[1].written() / steps
    for name, variant, times in zip(practices, variants[2:], others, strict=True):
        bytes_more = variant.written() / steps / own
        print(
            f"{workload.name:<32}{name:<24}{ratios(times, without)[0]:>9.2f}"
            f"{times_ours(added(times, without), added(mine, without)):>14}{bytes_more:>14.1f}",
            flush=True,
        )


def fit_rows(workload: Workload, pairs: int) -> None:
    """Prints what ``ConvergenceCallback`` adds to ``fit``: plain, with its probes, with a diagnosis beside it."""
    without, *others = interleaved([Fit(workload, c) for c in (none, *FITS.values())], pairs)
    for name, times in zip(FITS, others, strict=True):
        elapsed, processor = ratios(times, without)
        print(f"{workload.name:<32}{name:<24}{elapsed:>9.3f}{processor:>11.3f}", flush=True)


def tables(pairs: int, *, quick: bool) -> None:
    """Measures and prints."""
    stream = bandwidth()
    print(f"memory: one thread reads {stream / 1e9:.1f} GB/s; floor: the time to read the gradients once\n")
    print(
        f"{'step with log_step / without':<42}{'step ms':>9}{'elapsed':>9}{'processor':>11}"
        f"{'floor ms':>10}{'× floor':>9}{'MB':>8}{'of MB':>9}"
    )
    for workload in (CNN, MANY):
        for mode in MODES:
            cost_row(workload, mode, pairs, stream)
    if not quick:
        cost_row(MOST, "function", pairs, stream)
    print(f"\n{'fit with / without':<56}{'elapsed':>9}{'processor':>11}")
    fit_rows(CNN, max(3, pairs // 3))
    print(f"\n{'against, tf.function':<56}{'elapsed':>9}{'× our time':>14}{'× our bytes':>14}")
    practice_rows(MANY, max(3, pairs // 5))
    print(f"\n{'sampled statistics, of all elements':<42}{'within 5 %':>12}{'95 % within':>14}")
    for found in accuracies(5 if quick else 20):
        print(f"{found.name:<42}{found.share:>12.1%}{found.error:>14.1%}", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=30, help="pairs of measurements per row (default 30)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the measurements, without the largest model")
    options = parser.parse_args()
    tables(max(3, options.pairs // 10) if options.quick else options.pairs, quick=options.quick)


if __name__ == "__main__":
    main()
