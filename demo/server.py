"""Serves the demo's runs with TensorBoard, the Convergence tab open, until interrupted."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 60


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(logdir: Path) -> Iterator[str]:
    """A TensorBoard on a free port; gives its address, and ends it afterwards.

    Raises:
      RuntimeError: it did not start.
    """
    address = f"http://127.0.0.1:{(port := free_port())}/"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--port", str(port)]
    with subprocess.Popen([*command, "--host", "127.0.0.1"], stderr=subprocess.DEVNULL) as process:
        try:
            if not _answers(address, process):
                raise RuntimeError(f"TensorBoard did not start; try: tensorboard --logdir {logdir}")
            yield address
        finally:
            process.terminate()


def serve(logdir: Path) -> None:
    """Starts TensorBoard, prints the address of the tab, opens it, and waits for Ctrl-C."""
    with running(logdir) as address, contextlib.suppress(KeyboardInterrupt):
        print(f"TensorBoard: {address}#convergence   (Ctrl-C ends it)", flush=True)
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(f"{address}#convergence")
        while True:
            time.sleep(1)


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(address, timeout=5).close()
            return True
        time.sleep(0.2)
    return False
