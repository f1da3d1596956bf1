"""Examines many cases at once, in processes of their own."""

import gc
import multiprocessing
import sys
import time
import traceback
from pathlib import Path

from tests.benchmarks.diagnosis.examine import Examined, examine
from tests.benchmarks.diagnosis.scoring import Judged
from tests.benchmarks.diagnosis.training import Case

TASKS = 50
"""Cases after which a worker is replaced: TensorFlow keeps some of what each leaves behind."""


def run(cases: list[Case], keep: Path, jobs: int, minutes: float) -> tuple[list[Judged], dict[str, str]]:
    """Examined cases in their order, and those that failed, with the reason; after ``minutes`` as far as it came."""
    end = time.monotonic() + 60.0 * minutes
    found: dict[str, Examined] = {}
    failed: dict[str, str] = {}
    with multiprocessing.get_context("spawn").Pool(jobs, _settled, maxtasksperchild=TASKS) as pool:
        results = pool.imap_unordered(_guarded, [(case, keep) for case in cases])
        for done, (name, result) in enumerate(results, start=1):
            if isinstance(result, str):
                failed[name] = result
            else:
                found[name] = result
            if time.monotonic() > end:
                print(f"  out of time: {len(cases) - done} cases were not examined", file=sys.stderr, flush=True)
                break
            if done % 50 == 0:
                print(f"  {done} of {len(cases)} examined", file=sys.stderr, flush=True)
    return [(c, found[c.name]) for c in cases if c.name in found], failed


def _settled() -> None:
    """Spares the collector what was imported: it is called between trainings, and went through all of TensorFlow."""
    gc.collect()
    gc.freeze()


def _guarded(task: tuple[Case, Path]) -> tuple[str, Examined | str]:
    """One case must not end the suite: where it fails, the reason, which is reported."""
    case, keep = task
    try:
        return case.name, examine(case, keep)
    except Exception as error:  # whatever TensorFlow may raise
        return case.name, "".join(traceback.format_exception_only(error)).strip()[-400:]
