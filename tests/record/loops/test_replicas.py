"""Under MirroredStrategy a step is recorded once: the gradient that is applied, and its spread over the replicas."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from tests.record.loops.linear import assert_recorded, batches, gradients, sgd, trained
from tests.record.loops.two_devices import EPOCHS, SIZE
from tests.record.written import read_one

ROOT = pathlib.Path(__file__).parents[3]
CASES = ["loop-graph", "loop-eager", "fit-graph", "fit-eager", "fit-scaled"]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    directory = tmp_path_factory.mktemp("replicas")
    command = [sys.executable, "-W", "error::UserWarning:tb_convergence", "-m", "tests.record.loops.two_devices"]
    done = subprocess.run(
        [*command, str(directory)],
        cwd=ROOT,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "tb_convergence:" not in done.stderr, done.stderr[-3000:]
    return directory


@pytest.mark.parametrize("case", CASES)
def test_one_record_a_step_of_the_gradient_that_is_applied(logs: pathlib.Path, case: str) -> None:
    """Two halves of a batch on two devices are one step, as if the batch had been on one."""
    assert_recorded(read_one(logs / case), trained(sgd(0.1), batches(SIZE, EPOCHS)))


@pytest.mark.parametrize("case", CASES)
def test_the_spread_of_the_gradients_over_replicas(logs: pathlib.Path, case: str) -> None:
    """The squares from which the noise scale follows, of the gradients as the replicas have them."""
    got = read_one(logs / case)
    steps = trained(sgd(0.1), batches(SIZE, EPOCHS))
    square, mean = [], []
    for weights, (x, y) in zip(steps.weights, batches(SIZE, EPOCHS), strict=False):
        halves = [gradients(weights, x[part], y[part])[1] for part in (slice(0, SIZE // 2), slice(SIZE // 2, SIZE))]
        own = [np.concatenate([np.ravel(g) for g in half]) / 2 for half in halves]  # each half speaks for its share
        square.append(np.mean([(g**2).sum() for g in own]))
        mean.append((np.mean(own, axis=0) ** 2).sum())
    assert got.step_values["replicas"].tolist() == [2.0] * len(square)
    np.testing.assert_allclose(got.step_values["replica_gradient_square"], square, rtol=1e-4)
    np.testing.assert_allclose(got.step_values["mean_gradient_square"], mean, rtol=1e-4)
    assert (got.step_values["replica_gradient_square"] > got.step_values["mean_gradient_square"]).all()
