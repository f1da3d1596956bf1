"""Builds frontend/ into tb_convergence/serve/static/, when its sources have changed since the last build."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import node  # noqa: E402  found only after the line above

FRONTEND = Path(__file__).resolve().parent.parent
STATIC = FRONTEND.parent / "tb_convergence" / "serve" / "static"
STAMP = STATIC / "build.json"
SKIP = "TB_CONVERGENCE_SKIP_FRONTEND"
_NOT_SOURCES = {"node_modules", "_build", "tests", "dist", "coverage", ".vite", "__pycache__"}


def source_hash() -> str:
    """SHA-256 over the names and contents of everything that the bundle is made of; line endings do not matter."""
    digest = hashlib.sha256()
    for path in sorted(FRONTEND.rglob("*")):
        relative = path.relative_to(FRONTEND)
        if path.is_file() and not _NOT_SOURCES.intersection(relative.parts):
            content = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(relative.as_posix().encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


def current() -> bool:
    """Whether the bundle on disk was built from the sources on disk."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    return isinstance(stamp, dict) and stamp.get("source") == source_hash() and (STATIC / "index.js").is_file()


def must_build() -> bool:
    """Whether a build would do anything."""
    return not os.environ.get(SKIP) and (FRONTEND / "package.json").is_file() and not current()


def installed() -> bool:
    """Whether node_modules is what the lock file says."""
    installed_lock = FRONTEND / "node_modules" / ".package-lock.json"
    lock = FRONTEND / "package-lock.json"
    return installed_lock.is_file() and installed_lock.stat().st_mtime >= lock.stat().st_mtime


def install() -> None:
    """Installs the npm packages of the lock file, unless they are there."""
    if not installed():
        node.run("npm", "ci", "--ignore-scripts")


def build() -> None:
    """Builds the bundle if it is not current.

    Raises:
      SystemExit: no Node.js, or the build failed; says which and what to do.
    """
    if not must_build():
        return
    print("building the frontend", flush=True)
    try:
        install()
        node.run("npm", "run", "build")
    except node.NoNodeError as error:
        raise SystemExit(str(error)) from error
    except subprocess.CalledProcessError as error:
        raise SystemExit(
            f"The frontend build failed (exit {error.returncode}): the lines above say why. If the npm registry cannot be "
            f"reached, install from a wheel or an sdist, which carry the bundle, or set {SKIP}=1 to leave the page out."
        ) from error
    STAMP.write_text(json.dumps({"source": source_hash()}) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["install"]:
        install()
    else:
        build()
