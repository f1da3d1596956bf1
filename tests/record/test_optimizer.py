"""The learning rate of every step, and the settings of the optimizer, in the loops that Keras users write."""

import pathlib
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record.optimizer import describe, learning_rates
from tests.record.written import read_one

DECAY = [0.1, 0.05, 0.025, 0.0125]


def schedule() -> Any:
    return keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)


def train(way: str, optimizer: Any, *, before: bool, said: bool) -> None:
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(tf.ones([4, 3])) ** 2)
        grads = tape.gradient(loss, model.trainable_variables)
        if before:
            tb_convergence.log_step(tape, grads, optimizer=optimizer if said else None)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        if not before:
            tb_convergence.log_step(tape, grads, optimizer=optimizer if said else None)

    run = {"eager": step, "graph": tf.function(step), "xla": tf.function(step, jit_compile=True)}[way]
    for _ in DECAY:
        run()
    tb_convergence.flush()


@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("way", ["eager", "graph", "xla"])
def test_a_schedule_is_recorded_at_the_step_that_used_it(tmp_path: pathlib.Path, way: str, before: bool) -> None:
    """After the update the optimizer already speaks of the next step."""
    tb_convergence.start(tmp_path)
    train(way, keras.optimizers.SGD(schedule()), before=before, said=True)
    got = read_one(tmp_path)
    np.testing.assert_allclose(got.step_values["learning_rate"], DECAY, rtol=1e-6)
    assert got.manifest.optimizer is not None
    assert got.manifest.optimizer["class"] == "SGD"


@pytest.mark.parametrize("way", ["eager", "graph"])
def test_the_keras_optimizer_is_found(tmp_path: pathlib.Path, way: str) -> None:
    """By the variables that it was built for."""
    tb_convergence.start(tmp_path)
    optimizer = keras.optimizers.Adam(0.01)
    train(way, optimizer, before=False, said=False)
    got = read_one(tmp_path)
    np.testing.assert_allclose(got.step_values["learning_rate"], 0.01, rtol=1e-6)
    assert got.manifest.optimizer is not None
    assert got.manifest.optimizer["config"]["beta_1"] == 0.9


def test_before_the_first_update_it_is_looked_for_again(tmp_path: pathlib.Path) -> None:
    """Keras builds an optimizer at its first update, so the first step's rate is not known."""
    tb_convergence.start(tmp_path)
    optimizer = keras.optimizers.SGD(0.01)
    train("eager", optimizer, before=True, said=False)
    rates = read_one(tmp_path).step_values["learning_rate"]
    assert np.isnan(rates[0])
    np.testing.assert_allclose(rates[1:], 0.01, rtol=1e-6)


@pytest.mark.parametrize("jit", [False, True])
def test_a_train_step_under_fit(tmp_path: pathlib.Path, jit: bool) -> None:
    """Keras compiles it with XLA on every machine with a GPU, where tf.summary would fail."""

    class Logged(keras.Sequential):
        """Logs in its own train_step."""

        def train_step(self, data: Any) -> Any:
            """One step."""
            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            grads = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
            tb_convergence.log_step(tape, grads, model=self, optimizer=self.optimizer)
            return {"loss": loss}

    tb_convergence.start(tmp_path)
    model = Logged([keras.layers.Input((3,)), keras.layers.Dense(2, name="out")])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", jit_compile=jit)
    model.fit(np.ones((20, 3)), np.ones((20, 2)), batch_size=8, epochs=2, verbose=0)
    tb_convergence.flush()
    got = read_one(tmp_path)
    assert got.steps.tolist() == list(range(6))
    assert [v.name for v in got.manifest.variables] == ["out.kernel", "out.bias"]
    assert np.isfinite(got.values["update_norm"]).all()
    assert (got.values["update_norm"] > 0).all()


def test_any_object_with_a_learning_rate() -> None:
    """A number, a variable, a callable; none is NaN."""

    class Mine:
        """An optimizer written by hand."""

        def __init__(self, rate: Any) -> None:
            self.learning_rate = rate

    for rate in (0.5, tf.Variable(0.5), tf.constant(0.5), lambda: 0.5):
        assert np.asarray(learning_rates(Mine(rate))).tolist() == [0.5, 0.5]
    assert np.isnan(learning_rates(None)).all()
    assert describe(Mine(0.5)) == {"class": "Mine", "config": {}}
    assert describe(None) is None


def test_settings_are_plain_json() -> None:
    """Schedules and numpy numbers too."""
    described = describe(keras.optimizers.SGD(schedule(), momentum=0.5, weight_decay=np.float32(0.25)))
    assert described is not None
    assert (described["config"]["momentum"], described["config"]["weight_decay"]) == (0.5, 0.25)
    assert described["config"]["learning_rate"]["class_name"] == "ExponentialDecay"
