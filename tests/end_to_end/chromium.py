"""Finds a Chromium for the browser tests; as a command, installs Debian's when there is none.

``CHROMIUM=/path/to/browser`` chooses one.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path of a Chromium, or None."""
    chosen = os.environ.get("CHROMIUM")
    return chosen or next((path for path in map(shutil.which, NAMES) if path), None)


def install() -> bool:
    """Installs Debian's package where apt is there and we may; returns whether a browser is there now."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        [apt, "update", "-qq"],
        [apt, "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation"],
    ):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    return find() is not None


def main() -> int:
    """Makes sure that there is a browser; returns the exit status."""
    if find() or install():
        return 0
    print(
        f"The browser tests need Chromium: none of {', '.join(NAMES)} is on PATH, and it cannot be installed "
        "from here. Install it, or set CHROMIUM to its path.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
