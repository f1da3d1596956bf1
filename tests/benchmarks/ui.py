"""What the tab costs in a browser without a GPU: hover, zoom, linked charts, view switch, memory, size of the bundle.

    python -m tests.benchmarks.ui [--variables 1000] [--steps 10000] [--reloads 100]

Prints figures beside what they are held against; logs and reports lie in a temporary folder that is removed.
"""

import argparse
import gzip
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from tb_convergence.schema.manifest import Manifest
from tb_convergence.schema.record import MAX_ROWS, Record
from tb_convergence.schema.statistics import METRIC_PREFIX, PROBES
from tests.end_to_end import chromium
from tests.end_to_end.browser.served import tensorboard
from tests.read.write_events import STARTED, EventFile, manifest, variable

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "tb_convergence" / "serve" / "static"
STATISTICS = ("weight_norm", "gradient_norm", "update_norm")
METRICS = tuple(f"{METRIC_PREFIX}{i}" for i in range(10))
LARGE, LINKED = "large", "linked"


def large(logdir: Path, variables: int, steps: int) -> None:
    """One run of the size that the limits name."""
    layers = [variable(f"layer_{i:03d}/kernel", i, (64, 64)) for i in range(variables)]
    _write(logdir / LARGE, manifest(variables=layers, statistics=STATISTICS), steps)


def linked(logdir: Path, steps: int = 2000) -> None:
    """Two small runs that recorded all that there is of a step, and metrics of their own: forty charts in Dynamics."""
    for name in ("a", "b"):
        of = manifest(statistics=STATISTICS)
        everything = (*of.step_statistics, *PROBES, *METRICS)
        _write(logdir / f"{LINKED}-{name}", replace(of, step_statistics=everything), steps)


def _write(folder: Path, of: Manifest, steps: int) -> None:
    generator = np.random.default_rng(0)
    shape = (len(of.variables), len(of.statistics))
    with EventFile(folder) as file:
        file.manifest(of)
        for sequence, first in enumerate(range(0, steps, MAX_ROWS)):
            at = np.arange(first, min(steps, first + MAX_ROWS), dtype=np.int64)
            probes = generator.lognormal(0.0, 0.2, (len(at), len(of.step_statistics)))
            file.record(
                of,
                Record(
                    manifest=0,
                    sequence=sequence,
                    steps=at,
                    wall_times=(STARTED + 0.25 * at).astype(np.float64),
                    windows=np.ones(len(at), np.int32),
                    step_values=probes,
                    values=generator.lognormal(-3.0, 1.0, (len(at), *shape)).astype(np.float32),
                ),
            )


def sizes() -> tuple[float, float]:
    """KiB of all chunks as gzip sends them, and of the first one with what it imports before it runs."""
    zipped = {path.name: len(gzip.compress(path.read_bytes(), 9)) / 1024 for path in STATIC.glob("*.js")}
    wanted = ["index.js"]
    for name in wanted:
        text = (STATIC / name).read_text()
        imported = re.findall(r'(?:import|from)\s*"\./([\w.-]+\.js)"', text)
        wanted += [found for found in imported if found not in wanted]
    return sum(zipped.values()), sum(zipped[name] for name in wanted)


def measure(address: str, browser: str, reloads: int) -> int:
    """Runs frontend/tests/browser/bench.measure.ts, which prints; the exit status."""
    node = [sys.executable, str(ROOT / "frontend" / "_build" / "node.py"), "node", "node_modules/vitest/vitest.mjs"]
    options = ["run", "--config", "vitest.bench.config.ts", "--disable-console-intercept", "--reporter=dot"]
    environment = {"TAB_ADDRESS": address, "CHROMIUM": browser, "SCREENSHOTS": tempfile.gettempdir()}
    with subprocess.Popen(
        [*node, *options],
        env={**os.environ, **environment, "RELOADS": str(reloads)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            _, found, figure = line.partition("» ")  # the reporter's own dots may stand before it
            if found:
                print(figure.rstrip(), flush=True)
    if process.returncode:
        print("".join(lines), file=sys.stderr)
    return process.returncode


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="What the tab costs in a browser without a GPU.")
    for name, default in (("variables", 1000), ("steps", 10_000), ("reloads", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    browser = chromium.find()
    if browser is None:
        print("the browser benchmarks need Chromium: run `make chromium`", file=sys.stderr)
        return 1
    total, first = sizes()
    print(f"{'bundle, gzip':46}{total:8.1f} KiB   limit 120 KiB")
    print(f"{'first chunk with what it imports, gzip':46}{first:8.1f} KiB   limit 60 KiB", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        logdir = Path(folder)
        large(logdir, asked.variables, asked.steps)
        linked(logdir)
        with tensorboard(logdir) as address:
            return measure(address, browser, asked.reloads)


if __name__ == "__main__":
    sys.exit(main())
