"""What is built from a clean tree carries the page, with or without Node.js on the machine."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = "tb_convergence/serve/static/index.js"


def _clean_copy(destination: Path) -> Path:
    """The files that git knows or would add: what a clone of the present state would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            target = destination / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return destination


def _without_node(folder: Path) -> dict[str, str]:
    """An environment whose PATH holds a shell and nothing else."""
    folder.mkdir()
    shell = shutil.which("sh")
    assert shell is not None
    (folder / "sh").symlink_to(shell)
    environment = {**os.environ, "PATH": str(folder)}
    assert shutil.which("node", path=environment["PATH"]) is None
    return environment


def _build(kind: str, source: Path, out: Path, environment: dict[str, str]) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "build", f"--{kind}", "--outdir", str(out), str(source)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An sdist made from a clean tree without Node.js on PATH: the build brings its own."""
    work = tmp_path_factory.mktemp("sdist")
    environment = _without_node(work / "path")
    return _build("sdist", _clean_copy(work / "tree"), work / "out", environment)


def test_an_sdist_made_without_node_on_path_carries_the_page(sdist: Path) -> None:
    """Node.js comes from PyPI when none is usable; the sdist holds the page and its sources, and no node_modules."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert PAGE in names
    assert "frontend/src/index.tsx" in names
    assert "frontend/_build/build_backend.py" in names
    assert not any("node_modules" in name for name in names)


def test_a_wheel_from_the_sdist_needs_neither_node_nor_npm(sdist: Path, tmp_path: Path) -> None:
    """Who installs from the sdist needs no Node.js and no npm registry, and gets page and entry points."""
    environment = _without_node(tmp_path / "path")
    environment["npm_config_registry"] = "http://127.0.0.1:9"  # nothing answers there
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    tree = next(tmp_path.glob("tb_convergence-*"))
    with zipfile.ZipFile(_build("wheel", tree, tmp_path / "out", environment)) as wheel:
        names = set(wheel.namelist())
        entry_points = next(wheel.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    assert PAGE in names
    assert not any(name.startswith(("tests/", "demo/", "frontend/")) for name in names)
    assert "convergence = tb_convergence.serve.loader:ConvergenceLoader" in entry_points
    assert "tb-convergence = tb_convergence.cli.main:main" in entry_points


def test_git_does_not_carry_the_page() -> None:
    """The bundle is made by the build, so that it cannot drift from its sources."""
    tracked = subprocess.run(
        ["git", "ls-files", "tb_convergence/serve/static"], cwd=ROOT, capture_output=True, check=True
    )
    assert tracked.stdout == b""
