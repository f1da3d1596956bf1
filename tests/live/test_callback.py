"""``ConvergenceCallback(on_finding=…, stop_on=…)``: findings while ``fit`` runs, and the end of a hopeless one."""

import gc
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import tb_convergence
from tb_convergence.diagnose.finding import Finding
from tests.live.training import waited

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5], [3.0]], np.float32)).astype("float32")


def fit(rate: float, callback: Any, epochs: int) -> Any:
    """A linear model, full batch; the number of batches that were trained."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, name="out")])
    model.compile(keras.optimizers.SGD(rate), "mse", jit_compile=False)
    model.fit(X, Y, batch_size=64, epochs=epochs, shuffle=False, verbose=0, callbacks=[callback])
    return int(model.optimizer.iterations.numpy())


def test_stop_on_an_error_ends_fit(tmp_path: Path) -> None:
    """Keras sees ``model.stop_training``."""
    found: list[Finding] = []
    callback = tb_convergence.ConvergenceCallback(tmp_path, on_finding=found.append, stop_on="error")
    assert fit(1.1, callback, 5000) < 5000
    assert found[0].id == "high-learning-rate"


def test_the_end_of_fit_raises_what_is_left(tmp_path: Path) -> None:
    """A fit that is over before the first look."""
    found: list[Finding] = []
    fit(1.1, tb_convergence.ConvergenceCallback(tmp_path, on_finding=found.append), 60)
    assert "high-learning-rate" in {f.id for f in found}


def test_a_healthy_fit_runs_to_its_end(tmp_path: Path) -> None:
    """With the strictest setting."""
    callback = tb_convergence.ConvergenceCallback(tmp_path, stop_on="warning")
    assert fit(0.1, callback, 200) == 200


def test_a_callback_that_is_gone_leaves_no_thread(tmp_path: Path) -> None:
    """A sweep makes hundreds of them."""

    def threads() -> int:
        return sum(t.name == "tb_convergence.live" for t in threading.enumerate())

    gc.collect()
    before = threads()
    callback = tb_convergence.ConvergenceCallback(tmp_path, stop_on="error")
    assert threads() == before + 1
    del callback
    gc.collect()
    assert waited(lambda: threads() == before)


def test_a_wrong_call_is_an_error_at_once(tmp_path: Path) -> None:
    """Not when training ends."""
    with pytest.raises(ValueError, match="stop_on must be"):
        tb_convergence.ConvergenceCallback(tmp_path, stop_on="never")
