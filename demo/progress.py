"""A progress line: redrawn in place on a terminal, printed once at the end elsewhere."""

import sys
import time
from collections.abc import Iterator

WIDTH = 24
_REDRAW_SECONDS = 0.1


def show(label: str, steps: Iterator[int], total: int) -> None:
    """Runs ``steps`` to its end and shows how far it is."""
    live = sys.stdout.isatty()
    begun = drawn = time.monotonic()
    done = 0
    for done in steps:
        now = time.monotonic()
        if live and now - drawn > _REDRAW_SECONDS:
            print("\r" + line(label, done, total, now - begun), end="", flush=True)
            drawn = now
    print(("\r" if live else "") + line(label, done, total, time.monotonic() - begun), flush=True)


def line(label: str, done: int, total: int, seconds: float) -> str:
    """``label  ━━━━━━╌╌╌╌  120/200 steps   1.2 s``."""
    full = WIDTH * done // max(total, 1)
    return f"  {label:<32} {'━' * full}{'╌' * (WIDTH - full)} {done:>4}/{total} steps {seconds:6.1f} s"
