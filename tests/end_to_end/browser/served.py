"""A real TensorBoard in a process of its own, for browsers to open."""

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 120
_ADDRESS = re.compile(r"at (http://127\.0\.0\.1:\d+/\S*)")


@contextlib.contextmanager
def tensorboard(logdir: Path, *options: str) -> Iterator[str]:
    """The address of a TensorBoard on ``logdir``, on a port that the system chose, until the block ends.

    Raises:
      RuntimeError: it did not start; with what it printed.
    """
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--host", "127.0.0.1", "--port", "0"]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, *options], env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    limit = threading.Timer(START_SECONDS, process.kill)
    limit.start()
    printed = []
    for line in process.stderr:
        printed.append(line)
        if found := _ADDRESS.search(line):
            limit.cancel()
            threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would stop it
            return found[1].rstrip("/") + "/"
    limit.cancel()
    raise RuntimeError("TensorBoard did not start:\n" + "".join(printed))
