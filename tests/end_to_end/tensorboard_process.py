"""A real ``tensorboard`` process on a free port, for the load path asked for."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

STARTS_WITHIN = 60.0  # seconds; a busy machine imports TensorFlow slowly
LOADS_WITHIN = 60.0  # seconds
_WITHOUT_TENSORFLOW = "import sys, types; sys.modules['tensorboard.compat.notf'] = types.ModuleType('notf')"
_MAIN = "from tensorboard.main import run_main; run_main()"

LOAD_PATHS = {
    "data server": ("", ("--load_fast=true",)),
    "python with tensorflow": ("", ("--load_fast=false",)),
    "python without tensorflow": (_WITHOUT_TENSORFLOW + "; ", ("--load_fast=false",)),
}
"""Name → what to run before TensorBoard, and its flags."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, whatever its status."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Server:
    """A running TensorBoard; ``root`` ends in a slash."""

    root: str

    def get(self, path: str, method: str = "GET", **query: object) -> Reply:
        """One of our routes."""
        return self.fetch(f"data/plugin/convergence/{path}", method, **query)

    def fetch(self, path: str, method: str = "GET", **query: object) -> Reply:
        """Any route."""
        address = self.root + path + ("?" + urlencode(query, doseq=True) if query else "")
        try:
            with urllib.request.urlopen(urllib.request.Request(address, method=method)) as answer:
                return Reply(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers), error.read())

    def loaded(self, **recorded: int) -> list[Any]:
        """``./runs``, once every run named holds that many steps."""
        deadline = time.monotonic() + LOADS_WITHIN
        while True:
            runs = self.get("runs").json["runs"]
            found = {run["run"]: run["steps"]["recorded"] for run in runs}
            if all(found.get(name, 0) >= steps for name, steps in recorded.items()):
                return runs
            assert time.monotonic() < deadline, f"expected {recorded} steps, got {found}"
            time.sleep(0.2)


@contextlib.contextmanager
def tensorboard(
    logdir: Path, load_path: str = "python without tensorflow", flags: Sequence[str] = (), before: str = ""
) -> Iterator[Server]:
    """Serves ``logdir`` until the end of the block; ``before`` is Python to run in the process first."""
    prelude, path_flags = LOAD_PATHS[load_path]
    command = [sys.executable, "-c", f"{before}\n{prelude}{_MAIN}", "--logdir", str(logdir)]
    command += ["--host", "127.0.0.1", "--port", "0", "--reload_interval", "1", *path_flags, *flags]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **quiet})
    try:
        yield Server(_address(process))
    finally:
        process.terminate()
        process.wait(timeout=30)
        assert process.stderr is not None
        process.stderr.close()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    said: list[str] = []
    timer = threading.Timer(STARTS_WITHIN, process.terminate)
    timer.start()
    try:
        for line in process.stderr:
            said.append(line)
            found = re.search(r"at (http://\S+)", line)
            if found:
                threading.Thread(target=process.stderr.read, daemon=True).start()  # or a full pipe would stop it
                return found[1]
    finally:
        timer.cancel()
    raise AssertionError("TensorBoard did not start:\n" + "".join(said))
