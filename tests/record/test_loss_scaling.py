"""Under loss scaling the record holds the gradients that are applied, and marks the steps that are left out."""

import pathlib
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record.optimizer import scales, skips
from tb_convergence.schema.statistics import LOSS_PROBES, STEP_STATISTICS, UPDATE_SKIPPED
from tests.record.written import Written, expected, read_one

STEPS, BROKEN, GROWTH, RATE = 12, 4, 3, 0.05
WAYS: dict[str, Any] = {"eager": lambda f: f, "graph": tf.function, "xla": tf.function(jit_compile=True)}
ways = pytest.mark.parametrize("way", WAYS)


class Loop:
    """½ mean (x a)² + ½ mean (y b)², of which y is infinite at one step; the scale doubles every third step."""

    def __init__(self, way: str, optimizer: Any, *, before: bool = False, broken: bool = True) -> None:
        keys = np.random.default_rng(0)
        self.a, self.b = (keras.Variable(keys.normal(size=(3, 1)).astype(np.float32)) for _ in range(2))
        self.x, self.y = keys.normal(size=(2, STEPS, 8, 3)).astype(np.float32)
        if broken:
            self.y[BROKEN, 0, 0] = np.inf
        self.optimizer, self.before = optimizer, before
        optimizer.build([self.a, self.b])
        self.step = WAYS[way](self._step)
        self.weights = [self._now()]

    def _now(self) -> list[Any]:
        return [v.numpy().copy() for v in (self.a, self.b)]

    def _loss(self, x: Any, y: Any) -> Any:
        return 0.5 * tf.reduce_mean((x @ self.a.value) ** 2) + 0.5 * tf.reduce_mean((y @ self.b.value) ** 2)

    def _step(self, x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            scaled = self.optimizer.scale_loss(self._loss(x, y))
        grads = tape.gradient(scaled, [self.a, self.b])
        if self.before:
            tb_convergence.log_step(tape, grads)
        self.optimizer.apply_gradients(zip(grads, [self.a, self.b], strict=True))
        if not self.before:
            tb_convergence.log_step(tape, grads, loss_fn=lambda: self._loss(x, y), probe_every=1)

    def run(self, folder: pathlib.Path) -> Written:
        """Trains, keeps the weights and reads the record."""
        tb_convergence.start(folder / "run")
        for x, y in zip(self.x, self.y, strict=True):
            self.step(tf.constant(x), tf.constant(y))
            self.weights.append(self._now())
        tb_convergence.start(folder / "next")
        return read_one(folder / "run")

    def gradients(self) -> list[list[Any]]:
        """Without any scale, in numpy: xᵀ(x a) / n."""
        both = []
        with np.errstate(invalid="ignore"):
            for (a, b), x, y in zip(self.weights[:-1], self.x, self.y, strict=True):
                both.append([x.T @ (x @ a) / len(x), y.T @ (y @ b) / len(y)])
        return both

    def losses(self) -> Any:
        """Of every step."""
        return np.array(
            [
                ((x @ a) ** 2).mean() / 2 + ((y @ b) ** 2).mean() / 2
                for (a, b), x, y in zip(self.weights[:-1], self.x, self.y, strict=True)
            ]
        )


def scaled_sgd() -> Any:
    return keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(RATE, momentum=0.5), initial_scale=2.0**10, dynamic_growth_steps=GROWTH
    )


@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
@ways
def test_gradients_and_loss_are_without_the_scale(tmp_path: pathlib.Path, way: str, before: bool) -> None:
    """While the scale grows from 1024 to 8192 and falls once; every statistic of the first variable, at every step."""
    loop = Loop(way, scaled_sgd(), before=before)
    got = loop.run(tmp_path)
    assert float(loop.optimizer.dynamic_scale.numpy()) > 2.0**10
    gradients = loop.gradients()
    want = expected([w[0] for w in loop.weights], [g[0] for g in gradients])
    for name in ("gradient_norm", "gradient_max", "update_norm", "cosine_gradient_update", "previous_gradient_norm"):
        np.testing.assert_allclose(got.values[name][:, 0], want[name], rtol=2e-5, err_msg=name)
    whole = np.arange(STEPS) != BROKEN
    np.testing.assert_allclose(got.step_values["loss"][whole], loop.losses()[whole], rtol=1e-5)
    np.testing.assert_allclose(
        got.values["gradient_norm"][whole, 1],
        [np.linalg.norm(g[1]) for g, ok in zip(gradients, whole, strict=True) if ok],
        rtol=1e-5,
    )


@ways
def test_the_step_that_is_left_out_is_marked(tmp_path: pathlib.Path, way: str) -> None:
    """One of twelve: its update is zero and its gradient not finite."""
    got = Loop(way, scaled_sgd()).run(tmp_path)
    assert got.manifest.step_statistics == (*STEP_STATISTICS, *LOSS_PROBES, UPDATE_SKIPPED)
    np.testing.assert_array_equal(got.step_values[UPDATE_SKIPPED], np.arange(STEPS) == BROKEN)
    assert got.values["update_norm"][BROKEN].tolist() == [0.0, 0.0]
    assert got.values["gradient_nonfinite_count"][BROKEN, 1] > 0


@ways
def test_slopes_are_without_the_scale(tmp_path: pathlib.Path, way: str) -> None:
    """⟨g, Δ⟩ of the gradient that was applied."""
    loop = Loop(way, scaled_sgd(), broken=False)
    got = loop.run(tmp_path)
    gradients = loop.gradients()
    for t in range(STEPS):
        update = [n - o for n, o in zip(loop.weights[t + 1], loop.weights[t], strict=True)]
        want = sum((g * u).sum() for g, u in zip(gradients[t], update, strict=True))
        np.testing.assert_allclose(got.step_values["slope_before"][t], want, rtol=1e-4)


def test_a_fixed_scale_is_taken_out_too(tmp_path: pathlib.Path) -> None:
    """Of an optimizer that never leaves out an update."""
    loop = Loop("graph", keras.optimizers.SGD(RATE, loss_scale_factor=128.0), broken=False)
    got = loop.run(tmp_path)
    assert UPDATE_SKIPPED not in got.manifest.step_statistics
    np.testing.assert_allclose(
        got.values["gradient_norm"][:, 0], [np.linalg.norm(g[0]) for g in loop.gradients()], rtol=1e-5
    )
    np.testing.assert_allclose(got.step_values["loss"], loop.losses(), rtol=1e-5)


def test_the_optimizer_inside_is_described(tmp_path: pathlib.Path) -> None:
    """Its class, its settings, its learning rate."""
    got = Loop("graph", scaled_sgd()).run(tmp_path)
    described = got.manifest.optimizer
    assert described is not None
    assert (described["class"], described["config"]["momentum"]) == ("SGD", 0.5)
    assert described["config"]["loss_scale"] == "dynamic"
    np.testing.assert_allclose(got.step_values["learning_rate"], RATE, rtol=1e-6)


def test_before_it_is_built_the_initial_scale_counts() -> None:
    """And nothing is scaled where no optimizer is known."""
    np.testing.assert_array_equal(np.asarray(scales(scaled_sgd())), [1024.0] * 3)
    assert scales(keras.optimizers.SGD()) is None
    assert scales(None) is None
    assert [skips(o) for o in (scaled_sgd(), keras.optimizers.SGD(), None)] == [True, False, False]
