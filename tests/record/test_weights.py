"""Weights are read all at once as they are one by one, and no tape hears of it."""

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import execute

from tb_convergence.record import weights
from tb_convergence.record.sampling import SAMPLE, places
from tb_convergence.record.weights import is_variable, kept, raw, read, read_all


def _variables() -> list[tf.Variable]:
    numbers = np.random.default_rng(0).normal(size=(3, 4))
    kinds = (tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.int32, tf.bool, tf.complex64)
    return [*(tf.Variable(tf.cast(numbers, kind)) for kind in kinds), tf.Variable(2.5), tf.Variable(tf.zeros([0, 3]))]


def test_all_at_once_is_one_by_one() -> None:
    """Of every dtype, scalars and empty ones too, before and after an update."""
    variables = _variables()
    for _ in range(2):
        for found, variable in zip(read_all(variables), variables, strict=True):
            assert found.dtype == variable.dtype
            np.testing.assert_array_equal(found.numpy(), variable.numpy())
        variables[2].assign_add(tf.ones([3, 4]))
    assert read_all([]) == []


def test_all_at_once_takes_one_operation() -> None:
    """Else it would take twice as long, and nobody would notice."""
    variables = _variables()
    calls: list[str] = []

    def counted(name: str, *rest: object) -> object:
        calls.append(name)
        return original(name, *rest)

    original = execute.execute
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "execute", counted)
        read_all(variables)
    assert calls == ["_ReadVariablesOp"]


def test_where_tensorflow_has_no_such_operation_each_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one of TensorFlow's own, which are not promised."""
    monkeypatch.setattr(weights, "_AT_ONCE", "NoSuchOperation")
    variables = _variables()
    for found, variable in zip(read_all(variables), variables, strict=True):
        np.testing.assert_array_equal(found.numpy(), variable.numpy())


def test_no_tape_hears_of_it() -> None:
    """Nor does what was read follow the variable."""
    variables = [tf.Variable([1.0]), tf.Variable([2.0])]
    with tf.GradientTape(watch_accessed_variables=True) as tape:
        before = read_all(variables)
    assert tape.watched_variables() == ()
    variables[0].assign([5.0])
    assert before[0].numpy() == [1.0]


def test_in_a_graph_each_is_read_where_it_is_asked() -> None:
    """Before and after an assignment in the same function."""
    variables = [tf.Variable([1.0]), tf.Variable([2.0])]

    @tf.function
    def step() -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        before = read_all(variables)
        variables[0].assign_add([1.0])
        return before, read_all(variables)

    before, after = step()
    assert [float(x[0]) for x in (*before, *after)] == [1.0, 2.0, 2.0, 2.0]


def test_a_variable_on_several_devices_is_read_from_the_first() -> None:
    """All at once would not know what to do with it."""
    devices = tf.config.list_logical_devices("CPU")
    strategy = tf.distribute.MirroredStrategy([d.name for d in devices[:2]])
    with strategy.scope():
        variables = [tf.Variable([1.0]), tf.Variable([2.0])]
    assert [float(x[0]) for x in read_all(variables)] == [1.0, 2.0]


def test_what_is_inside_a_keras_variable_is_remembered_as_long_as_it_lives() -> None:
    """And not taken for that of another one that gets its place in memory."""
    for value in range(50):
        variable = keras.Variable([float(value)])
        assert raw(variable) is raw(variable)
        assert float(read(raw(variable))[0]) == value
        assert is_variable(variable)
        known = len(weights._INNER)
        del variable
        gc.collect()
        assert len(weights._INNER) < known
    assert raw(3.0) == 3.0
    assert not is_variable(tf.constant(1.0))


def test_samples_are_kept_of_large_weights_and_no_integers() -> None:
    """A copy: it stays as it was when the weight is updated."""
    large, small, steps = tf.Variable(tf.random.normal([100, 100])), tf.Variable([1.0, 2.0]), tf.Variable(3)
    found = kept([large, small, steps, tf.Variable(tf.zeros([0]))], 2)
    chosen = places((100, 100), SAMPLE)
    assert chosen is not None
    expected = large.numpy().reshape(-1)[chosen.slice]
    large.assign_add(tf.ones([100, 100]))
    assert set(found) == {id(large), id(small)}
    np.testing.assert_array_equal(found[id(large)][1], expected)
    np.testing.assert_array_equal(found[id(small)][1], [1.0, 2.0])


def test_what_never_changes_is_remembered_of_a_bounded_number_of_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """And never taken for that of other variables that got their places in memory."""
    monkeypatch.setattr(weights, "LISTS", 3)
    for size in range(1, 12):
        variables = [tf.Variable(tf.fill([size, 2], float(size))) for _ in range(2)]
        assert [v.shape for v in read_all(variables)] == [(size, 2)] * 2
        assert [k.size for _, k in kept(variables, 2).values()] == [2 * size] * 2
        assert len(weights._KNOWN) <= 3
        del variables
        gc.collect()
