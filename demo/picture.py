"""Makes the README's pictures from the demo's runs: ``make picture``.

    python -m demo.picture LOGDIR

LOGDIR is one that ``python -m demo.run --no-serve --logdir LOGDIR`` has filled.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from demo import server
from tests.end_to_end import chromium

HERE = Path(__file__).parent
SCRIPT = HERE.parent / "frontend" / "tests" / "browser" / "picture.mjs"
NODE = HERE.parent / "frontend" / "_build" / "node.py"


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logdir", type=Path)
    logdir = parser.parse_args().logdir
    with server.running(logdir) as address:
        command = [sys.executable, str(NODE), "node", str(SCRIPT), address, str(HERE), chromium.find() or ""]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
