"""How well trainings are diagnosed, on a labelled suite, beside published rule sets.

    python -m tests.benchmarks.diagnosis [--half tuning|held-out] [--only REGEX] [--jobs 2] [--keep DIR] [--json FILE]
                                         [--baseline FILE] [--details FILE]

Half of the cases, by a hash of their names, is held out: of it only totals are printed.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

for _name, _value in (
    ("TF_CPP_MIN_LOG_LEVEL", "3"),
    ("CUDA_VISIBLE_DEVICES", "-1"),
    ("TF_NUM_INTRAOP_THREADS", "1"),
    ("TF_NUM_INTEROP_THREADS", "1"),
):
    os.environ.setdefault(_name, _value)

from tests.benchmarks.diagnosis.cases import CASES  # noqa: E402  TensorFlow reads the environment when it is imported
from tests.benchmarks.diagnosis.report import details, report, worse  # noqa: E402
from tests.benchmarks.diagnosis.workers import run  # noqa: E402


def main() -> int:
    """Command line; exit status 1 where a case failed or a score is below the baseline."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.diagnosis", description=__doc__.split("\n")[0])
    parser.add_argument("--half", choices=("tuning", "held-out", "both"), default="both")
    parser.add_argument("--only", default="", help="regular expression: cases whose names it finds")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=60.0, help="then the cases examined so far are reported")
    parser.add_argument("--keep", type=Path, help="where recorded runs are kept, and taken from the next time")
    parser.add_argument("--json", type=Path, help="writes the scores there")
    parser.add_argument("--baseline", type=Path, help="scores that must be reached")
    parser.add_argument("--details", type=Path, help="writes what was missed in the tuning half there")
    options = parser.parse_args()
    wanted = [c for c in CASES if re.search(options.only, c.name)]
    wanted = [c for c in wanted if options.half == "both" or c.held_out == (options.half == "held-out")]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        keep = options.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        judged, failed = run(wanted, keep, options.jobs, options.minutes)
    text, result = report(judged, failed)
    print(text)
    print(f"{len(judged) + len(failed)} of {len(wanted)} cases in {time.monotonic() - begun:.0f} s")
    if options.details:
        options.details.write_text(details([(c, e) for c, e in judged if not c.held_out]))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))
    lost = worse(result, json.loads(options.baseline.read_text())) if options.baseline else []
    print("".join(f"below the baseline: {line}\n" for line in lost), end="")
    return 1 if lost or failed else 0


if __name__ == "__main__":
    sys.exit(main())
