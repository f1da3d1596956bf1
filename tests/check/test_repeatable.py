"""A loss that differs from evaluation to evaluation is found out, and made to repeat itself where that can be done."""

import random
import threading
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.check.gradients import check_gradients
from tb_convergence.check.result import Verdict

K = tf.keras
X = np.random.default_rng(0).normal(size=(16, 6)).astype("float32")


def _noisy(layer: Any) -> tuple[Any, Any]:
    K.utils.set_random_seed(0)
    model = K.Sequential([K.Input((6,)), K.layers.Dense(8), layer, K.layers.Dense(1)])
    return model, lambda: tf.reduce_mean(model(X, training=True) ** 2)


def test_dropout_is_said_and_put_right() -> None:
    """The seed generator gets its state back before each evaluation, and after the last one."""
    model, loss = _noisy(K.layers.Dropout(0.5))
    before = [v.numpy().tobytes() for v in model.variables] + [s.state.numpy().tobytes() for s in _generators(model)]
    found = check_gradients(loss, model.trainable_variables)
    after = [v.numpy().tobytes() for v in model.variables] + [s.state.numpy().tobytes() for s in _generators(model)]
    assert found.ok
    assert found.repeatable
    assert "not repeatable" in found.notes[0]
    assert "restoring seed_generator_state" in found.notes[0]
    assert before == after


def _generators(model: Any) -> list[Any]:
    return [layer.seed_generator for layer in model.layers if hasattr(layer, "seed_generator")]


def test_batch_statistics_are_left_as_they_were() -> None:
    """Moving averages move with each evaluation in training; none of that stays."""
    model, loss = _noisy(K.layers.BatchNormalization())
    before = [v.numpy().tobytes() for v in model.variables]
    assert check_gradients(loss, model.trainable_variables).ok
    assert [v.numpy().tobytes() for v in model.variables] == before
    loss()
    assert [v.numpy().tobytes() for v in model.variables] != before  # so that it was worth looking


@pytest.mark.parametrize(
    "noise",
    [
        lambda: tf.random.normal([3]),
        lambda: tf.random.get_global_generator().normal([3]),
        lambda: tf.constant(np.random.normal(size=3), tf.float32),  # noqa: NPY002 - the old interface has a global state
        lambda: tf.constant([random.random() for _ in range(3)]),
        lambda: tf.nn.dropout(tf.ones(3), 0.5),
    ],
    ids=["tf.random", "tf.random.Generator", "numpy", "python", "tf.nn.dropout"],
)
def test_every_source_of_noise_is_put_right(noise: Any) -> None:
    """Whatever the state is kept in."""
    w = tf.Variable([1.0, 2.0, 3.0])
    found = check_gradients(lambda: tf.reduce_sum(tf.square(w * noise())), [w])
    assert found.ok, str(found)
    assert found.repeatable
    assert found.variables[0].verdict is Verdict.RIGHT


def test_what_cannot_be_put_right_is_left_open() -> None:
    """A new batch in every call: nothing is called right or wrong."""
    w, batches = tf.Variable(2.0), iter(range(1, 1000))
    found = check_gradients(lambda: w * next(batches), [w], [3.0])
    assert not found.repeatable
    assert found.variables[0].verdict is Verdict.UNDECIDED
    assert "two evaluations give 4 and 6" in found.notes[0]
    assert found.undecided == found.variables


def test_numpy_python_and_tensorflow_draw_the_same_afterwards() -> None:
    """A check in the middle of a script changes none of its random numbers."""

    def drawn(*, check: bool) -> list[float]:
        np.random.seed(1)  # noqa: NPY002 - the global state is what is asked about
        random.seed(1)
        tf.random.set_seed(1)
        if check:
            w = tf.Variable(1.0)
            check_gradients(lambda: w * np.random.normal() * random.random(), [w])  # noqa: NPY002 - as above
        return [np.random.normal(), random.random(), float(tf.random.normal([]))]  # noqa: NPY002 - as above

    assert drawn(check=True) == drawn(check=False)


def test_a_variable_of_another_thread_is_not_put_back() -> None:
    """What the loss does not touch is not its state: a training elsewhere goes on."""
    w, other = tf.Variable(1.0), tf.Variable(0.0)
    calls = []

    def loss() -> Any:
        thread = threading.Thread(target=lambda: other.assign_add(1.0))
        thread.start()
        thread.join()
        calls.append(1)
        return w * w

    assert check_gradients(loss, [w]).ok
    assert other.numpy() == len(calls)


def test_everything_is_put_back_when_the_loss_fails() -> None:
    """On the way out too."""
    w, calls = tf.Variable([1.0, 2.0]), []

    def loss() -> Any:
        calls.append(1)
        w.assign_add([1.0, 1.0])
        if len(calls) == 6:
            raise KeyError("batch")
        return tf.reduce_sum(w * w)

    with pytest.raises(KeyError, match="batch"):
        check_gradients(loss, [w])
    assert w.numpy().tolist() == [1.0, 2.0]
    assert not tf.config.functions_run_eagerly()
