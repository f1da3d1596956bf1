"""What a run of any length costs on disk: rows as a ring would hold them, through the recorder's own pacing.

    python -m tests.benchmarks.long_runs [--steps 1000000]

Prints a table; writes nothing.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tb_convergence.record.pacing import MEGABYTES, Batch, Budget, Kind, Pacing
from tb_convergence.schema.statistics import STEP_STATISTICS
from tests.record.synthetic import STATISTICS, rows

PIECE = 1000  # steps read at a time


def measured(variables: int, steps: int, total: float) -> tuple[int, int, int, int, float]:
    """Bytes of a step, single steps at the start, steps in the widest window, bytes in all, seconds of a processor."""
    pacing = Pacing(Budget(total), STATISTICS, STEP_STATISTICS)
    made = rows(range(PIECE), variables)
    sizes, singles, widest, spent = 0, 0, 1, 0.0
    for first in range(0, steps, PIECE):
        piece = replace(made, steps=made.steps + first)
        begun = time.process_time()
        batches: Sequence[Batch] = pacing.take(piece)
        spent += time.process_time() - begun
        singles += sum(len(r) for kind, r in batches if kind is Kind.SINGLE) if widest == 1 else 0
        sizes += sum(len(r) * r.width for _, r in batches)
        widest = max(widest, *(int(r.windows.max()) for _, r in batches), 1)
    sizes += sum(len(r) * r.width for _, r in pacing.end())
    return made.width, singles, widest, sizes, spent


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000, help="length of each run (default 1,000,000)")
    options = parser.parse_args()
    print(f"{options.steps:,} steps, at most {MEGABYTES:g} MB")
    names = ("variables", "B a step", "one by one", "widest window", "MB", "MB without", "CPU µs a step")
    print("".join(f"{name:>15}" for name in names))
    for variables in (10, 100, 400):
        width, singles, widest, size, seconds = measured(variables, options.steps, 1e6 * MEGABYTES)
        whole = width * options.steps / 1e6
        each = 1e6 * seconds / options.steps
        cells = (f"{width:,}", f"{singles:,}", f"{widest:,}", f"{size / 1e6:.0f}", f"{whole:,.0f}", f"{each:.1f}")
        print(f"{variables:>15}" + "".join(f"{cell:>15}" for cell in cells), flush=True)


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
