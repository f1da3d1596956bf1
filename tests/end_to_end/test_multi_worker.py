"""Two processes train one model with MultiWorkerMirroredStrategy: the chief records each step once, for both."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

from tests.record.loops.linear import assert_recorded, batches, sgd, trained
from tests.record.loops.two_devices import EPOCHS, SIZE
from tests.record.written import read_one

ROOT = pathlib.Path(__file__).parents[2]
WORKERS = 2
PATIENCE = 300  # s


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody uses."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [int(s.getsockname()[1]) for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    directory = tmp_path_factory.mktemp("workers")
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(WORKERS)]}
    command = [sys.executable, "-m", "tests.end_to_end.two_workers", str(directory)]
    workers = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ
            | {
                "CUDA_VISIBLE_DEVICES": "-1",
                "TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": i}}),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for i in range(WORKERS)
    ]
    try:
        said = [w.communicate(timeout=PATIENCE)[1] for w in workers]
    finally:
        for w in workers:
            w.kill()
    for worker, text in zip(workers, said, strict=True):
        assert worker.returncode == 0, text[-3000:]
        assert "tb_convergence:" not in text, text[-3000:]
    return directory


def test_the_chief_records_the_gradient_that_is_applied(logs: pathlib.Path) -> None:
    """As if one process had had the whole batch; the other worker writes nothing."""
    got = read_one(logs / "loop-0")
    assert_recorded(got, trained(sgd(0.1), batches(SIZE, EPOCHS)))
    assert got.step_values["replicas"].tolist() == [float(WORKERS)] * len(got.steps)
    spread = got.step_values["replica_gradient_square"] - got.step_values["mean_gradient_square"]
    assert (spread > 0).all()
    assert np.isfinite(spread).all()
    assert not list(logs.glob("loop-1/*"))
