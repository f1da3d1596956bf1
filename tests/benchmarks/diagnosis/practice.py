"""Fresh trainings to practise on: drawn at random, in neither half of the suite, so that rules are not fitted to it.

    python -m tests.benchmarks.diagnosis.practice [--crossed] --only REGEX [--first N] --count N --details FILE
                                                  [--keep DIR]

``COUNT`` trainings of each finding whose name REGEX finds, and of ``healthy``, numbered from ``--first`` on. The same
name is always the same training. What is not believed (``examine.refusal``) is left out. Half of them, by a hash of the
name, is to mend on and printed as the tuning half; the other is to verify on, and only its totals are shown.

``--crossed``: not drawn from recipes, but the fault of one case of the suite's tuning half done to the healthy training
of another, with slight changes (``practice_crossed.py``), and so nearer to the suite.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from zlib import crc32

import numpy as np

for _name, _value in (
    ("TF_CPP_MIN_LOG_LEVEL", "3"),
    ("CUDA_VISIBLE_DEVICES", "-1"),
    ("TF_NUM_INTRAOP_THREADS", "1"),
    ("TF_NUM_INTEROP_THREADS", "1"),
):
    os.environ.setdefault(_name, _value)

from tests.benchmarks.diagnosis import practice_crossed, practice_networks, practice_rates  # noqa: E402  see above
from tests.benchmarks.diagnosis.faulty.declare import Suite, half  # noqa: E402
from tests.benchmarks.diagnosis.practice_draw import Recipe  # noqa: E402
from tests.benchmarks.diagnosis.report import details, report  # noqa: E402
from tests.benchmarks.diagnosis.training import Case  # noqa: E402
from tests.benchmarks.diagnosis.workers import run  # noqa: E402

HEALTHY = "healthy"
RECIPES: Mapping[str, Recipe] = {
    **practice_rates.RECIPES,
    **practice_networks.RECIPES,
    HEALTHY: practice_rates.healthy,
    f"{HEALTHY}-hard": practice_networks.healthy,
}


def practice(group: str, number: int) -> Case:
    """The training of this number in this group, named ``group/drawn-number``."""
    drawn = RECIPES[group](np.random.default_rng([crc32(group.encode()), number]))
    name = f"{group}/drawn-{number}"
    if group.startswith(HEALTHY):
        return Case(name, drawn.healthy, measure=drawn.measure, probes=half(name))
    suite = Suite()
    repair = None if drawn.repair is None else dict(drawn.repair)
    suite.add(
        group,
        f"drawn-{number}",
        drawn.healthy,
        dict(drawn.fault),
        *drawn.also,
        repair=repair,
        onset=drawn.onset,
        measure=drawn.measure,
    )
    return suite.cases[0]


def chosen(only: str, numbers: range, *, crossed: bool) -> Iterator[Case]:
    """The trainings of these numbers of each group, those whose names ``only`` finds."""
    groups, make = (practice_crossed.GROUPS, practice_crossed.crossed) if crossed else (tuple(RECIPES), practice)
    for number in numbers:
        for group in groups:
            if re.search(only, f"{group}/{'crossed' if crossed else 'drawn'}-{number}"):
                yield make(group, number)


def main() -> int:
    """Command line; exit status 1 where a training failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.diagnosis.practice", description=__doc__)
    parser.add_argument("--only", default="", help="regular expression: names it finds")
    parser.add_argument("--crossed", action="store_true", help="faults of the suite done to its other trainings")
    parser.add_argument("--first", type=int, default=0, help="number of the first: fresh ones were never looked at")
    parser.add_argument("--count", type=int, default=10, help="trainings of each finding")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0, help="then those examined so far are reported")
    parser.add_argument("--keep", type=Path, help="where recorded runs are kept, and taken from the next time")
    parser.add_argument("--json", type=Path, help="writes the scores there")
    parser.add_argument("--details", type=Path, help="writes what was missed in the half to mend on there")
    options = parser.parse_args()
    wanted = list(chosen(options.only, range(options.first, options.first + options.count), crossed=options.crossed))
    with tempfile.TemporaryDirectory() as temporary:
        keep = options.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        judged, failed = run(wanted, keep, options.jobs, options.minutes)
    text, result = report(judged, failed)
    print(text)
    if options.details:
        options.details.write_text(details([(c, e) for c, e in judged if not c.held_out]))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
