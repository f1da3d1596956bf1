"""Training is the same to the last bit, with and without recording: losses, weights and the optimizer's state."""

import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

import tb_convergence
from tests.record.written import read_one

STEPS = 200
Bytes = dict[str, bytes]


@dataclass(frozen=True)
class Case:
    """A training to be repeated; ``prepare``: what is done to the gradients before they are applied."""

    optimizer: Callable[[], keras.Optimizer]
    prepare: Callable[[list[tf.Tensor]], list[tf.Tensor]] = list


CASES = {
    "adam": Case(lambda: keras.optimizers.Adam(1e-3)),
    "momentum, clipped": Case(
        lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), lambda g: tf.clip_by_global_norm(g, 0.5)[0]
    ),
}


def network() -> keras.Model:
    """Convolution, batch normalization and dropout."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(32, "relu"),
            layers.Dropout(0.5),
            layers.Dense(10),
        ]
    )


def batches() -> list[tuple[tf.Tensor, tf.Tensor]]:
    """The same ones in every run."""
    rng = np.random.default_rng(0)
    x: NDArray[np.float64] = rng.normal(size=(STEPS, 16, 8, 8, 3))
    labels = rng.integers(0, 10, (STEPS, 16))
    return [(tf.constant(a, tf.float32), tf.constant(b)) for a, b in zip(x, labels, strict=True)]


def trained(case: Case, mode: str, log: Callable[[tf.GradientTape, list[tf.Tensor]], None]) -> Bytes:
    """Every bit that a training leaves behind, by name."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    model, optimizer = network(), case.optimizer()
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def step(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        grads = case.prepare(tape.gradient(loss, model.trainable_variables))
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        log(tape, grads)
        return loss

    call = step if mode == "eager" else tf.function(step, jit_compile=mode == "xla")
    losses = np.array([call(x, y).numpy() for x, y in batches()])
    state = {v.path: v.numpy().tobytes() for v in [*model.variables, *optimizer.variables]}
    return {"losses": losses.tobytes(), **state}


def different(a: Bytes, b: Bytes) -> list[str]:
    """Names of what is not the same."""
    return sorted(a.keys() ^ b.keys()) + sorted(k for k in a.keys() & b.keys() if a[k] != b[k])


@pytest.mark.parametrize("mode", ["eager", "function", "xla"])
@pytest.mark.parametrize("case", CASES)
def test_training_is_the_same_to_the_last_bit(tmp_path: pathlib.Path, case: str, mode: str) -> None:
    """200 steps with dropout and batch normalization: recording draws no random number and rounds nothing anew."""
    bare = trained(CASES[case], mode, lambda *_: None)
    tb_convergence.start(tmp_path)
    recorded = trained(CASES[case], mode, tb_convergence.log_step)
    tb_convergence.flush()
    assert different(bare, recorded) == []
    assert len(read_one(tmp_path).steps) == STEPS


def test_a_change_of_one_bit_would_be_seen() -> None:
    """The comparison can fail."""
    bits = np.array([1.0], np.float32).tobytes()
    other = np.nextafter(np.array([1.0], np.float32), np.float32(2.0)).tobytes()
    assert different({"w": bits, "b": bits}, {"w": other, "b": bits}) == ["w"]
    assert different({"w": bits}, {}) == ["w"]


def test_random_numbers_drawn_after_log_step_are_the_same(tmp_path: pathlib.Path) -> None:
    """TensorFlow counts the random operations of a graph for their seeds; recording adds none."""
    tb_convergence.start(tmp_path)

    def drawn(log: Callable[[tf.GradientTape, list[tf.Tensor]], None]) -> list[float]:
        tf.random.set_seed(3)
        w = tf.Variable([1.0, 2.0])

        @tf.function
        def step() -> tf.Tensor:
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.nn.dropout(w * w, 0.5))
            grads = tape.gradient(loss, [w])
            w.assign_sub(0.01 * grads[0])
            log(tape, grads)
            return tf.random.normal([])

        return [float(step()) for _ in range(5)] + [float(tf.random.uniform([]))]

    assert drawn(lambda *_: None) == drawn(tb_convergence.log_step)
