"""Every gradient is matched with its own variable, or refused with the call that settles it."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record.matching import AmbiguousGradientsError, Match, match
from tb_convergence.record.observer import Notes, notes

Asked = tuple[tf.GradientTape, Any, list[tf.Variable]]


def matched(tape: tf.GradientTape, grads: Any, variables: Any = None) -> Match:
    return match(grads, variables, notes(tape), tape.watched_variables())


class Reversed(tf.Module):
    """Made in one order, called in the other; all shapes are equal."""

    def __init__(self) -> None:
        super().__init__()
        self.last = tf.Variable(tf.eye(3), name="last")
        self.first = tf.Variable(2 * tf.eye(3), name="first")

    def __call__(self, x: Any) -> Any:
        """Two products."""
        return x @ self.first @ self.last


def asked(sources: Callable[[Reversed], Any]) -> tuple[tf.GradientTape, Any, Reversed]:
    model = Reversed()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(tf.ones([2, 3])))
    return tape, tape.gradient(loss, sources(model)), model


class Backwards(keras.Model):
    """Lists its layers in one order and builds them, at the first call, in the other."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = keras.layers.Dense(3), keras.layers.Dense(3)

    def call(self, x: Any) -> Any:
        """First ``b``, then ``a``."""
        return self.a(self.b(x))


@pytest.mark.parametrize("clip", [False, True])
def test_layers_called_in_another_order_than_listed(clip: bool) -> None:
    """watched_variables would fit in shape and be wrong in every place."""
    model = Backwards()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(tf.ones([2, 3])))
    grads = tape.gradient(loss, model.trainable_variables)
    listed = [v.value for v in model.trainable_variables]
    assert [id(v) for v in tape.watched_variables()] != [id(v) for v in listed]
    found = matched(tape, tf.clip_by_global_norm(grads, 0.1)[0] if clip else grads)
    assert [id(v) for v in found.sources] == [id(v) for v in model.trainable_variables]


def test_sources_in_any_order_are_followed() -> None:
    """The order of creation, in which watched_variables comes, is not asked."""
    tape, grads, m = asked(lambda m: [m.first, m.last])
    assert matched(tape, grads).sources == (m.first, m.last)


@pytest.mark.parametrize("change", ["clipped", "scaled", "clipped by value"])
def test_changed_gradients_are_matched_by_their_call(change: str) -> None:
    """Clipping returns new tensors in the same order."""
    tape, grads, m = asked(lambda m: [m.first, m.last])
    changes: dict[str, Callable[[], Any]] = {
        "clipped": lambda: tf.clip_by_global_norm(grads, 0.1)[0],
        "scaled": lambda: [0.5 * g for g in grads],
        "clipped by value": lambda: [tf.clip_by_value(g, -1, 1) for g in grads],
    }
    found = matched(tape, changes[change]())
    assert found.sources == (m.first, m.last)
    assert found.call is not None


def test_reordered_gradients_are_followed() -> None:
    """The very tensors are known, so their order may be changed."""
    tape, grads, m = asked(lambda m: [m.first, m.last])
    assert matched(tape, [grads[1], grads[0]]).sources == (m.last, m.first)


def test_pairs_need_no_tape() -> None:
    """zip(grads, variables), as for the optimizer."""
    _, grads, m = asked(lambda m: [m.first, m.last])
    fresh = tf.GradientTape()
    assert matched(fresh, zip(grads, [m.last, m.first], strict=True)).sources == (m.last, m.first)


def test_nested_sources_are_flattened_alike() -> None:
    """Dictionaries keep their keys together."""
    tape, grads, m = asked(lambda m: {"z": m.first, "a": [m.last]})
    assert matched(tape, grads).sources == (m.last, m.first)


def test_a_single_variable_without_a_list() -> None:
    """tape.gradient(loss, w) returns a bare tensor."""
    tape, grads, m = asked(lambda m: m.first)
    assert matched(tape, grads).sources == (m.first,)


def test_the_answer_of_the_right_call_is_taken() -> None:
    """Two models on one persistent tape: the tensors themselves tell."""
    a, b = tf.Variable([1.0]), tf.Variable([2.0])
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(a * b)
    grads = tape.gradient(loss, [a]), tape.gradient(loss, [b])
    assert matched(tape, grads[0]).sources == (a,)
    assert matched(tape, grads[1]).sources == (b,)


def test_two_fitting_calls_are_refused_with_both_listed() -> None:
    """Clipped gradients of one of two alike models: the message lists them, and how to say which."""
    a, b = tf.Variable([1.0], name="generator"), tf.Variable([2.0], name="discriminator")
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(a * b)
    grads = tape.gradient(loss, [a])
    tape.gradient(loss, [b])
    with pytest.raises(tb_convergence.AmbiguousGradientsError, match=r"generator.*discriminator.*variables=\["):
        matched(tape, [0.1 * grads[0]])
    assert matched(tape, [0.1 * grads[0]], [a]).sources == (a,)


def test_gradients_by_hand_need_distinct_shapes() -> None:
    """The watched variables answer when their shapes leave one way, and are listed when not."""
    a, b, c = tf.Variable([1.0], name="a"), tf.Variable([1.0, 2.0], name="b"), tf.Variable([3.0], name="c")
    with tf.GradientTape() as tape:
        _ = tf.reduce_sum(a) + tf.reduce_sum(b)
    assert matched(tape, [tf.ones([1]), tf.ones([2])]).sources == (a, b)
    with tf.GradientTape() as tape:
        _ = a * c
    with pytest.raises(tb_convergence.AmbiguousGradientsError, match=r"Watched: \[a:0 \(1,\), c:0 \(1,\)\]"):
        matched(tape, [tf.ones([1]), tf.ones([1])])


def test_a_watched_tensor_answers_too() -> None:
    """Hand-written loops rebind `w` to a plain tensor."""
    w = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(w)
        _ = w * w
    assert matched(tape, [tf.constant(4.0)]).sources[0] is w


def test_a_used_up_iterator_is_named() -> None:
    """zip() that the optimizer has consumed is empty; that is what the message says."""
    tape, grads, m = asked(lambda m: [m.first, m.last])
    pairs = zip(grads, [m.first, m.last], strict=True)
    list(pairs)
    with pytest.raises(tb_convergence.AmbiguousGradientsError, match="empty after its first use"):
        matched(tape, pairs)


def test_wrong_counts_and_shapes_are_listed_together() -> None:
    """All offenders at once."""
    a, b = tf.Variable([1.0], name="a"), tf.Variable([1.0, 2.0], name="b")
    with pytest.raises(tb_convergence.AmbiguousGradientsError, match="1 gradients, 2 variables"):
        matched(tf.GradientTape(), [tf.ones([1])], [a, b])
    with pytest.raises(tb_convergence.AmbiguousGradientsError, match=r"(?s)a:0.*\(1,\).*\(2,\).*b:0"):
        matched(tf.GradientTape(), [tf.ones([2]), tf.ones([1])], [a, b])


def test_it_is_a_value_error() -> None:
    """Callers who know nothing of us can catch it."""
    assert issubclass(tb_convergence.AmbiguousGradientsError, ValueError)


@pytest.mark.parametrize("grads", [None, "grads", ["a"], [object()], {"w": "g"}])
def test_what_is_no_gradient_is_named(grads: Any) -> None:
    """Told at once, with what was expected and what came."""
    with pytest.raises(TypeError, match=r"expected log_step\(tape, grads\) with what tape.gradient\(\) returned"):
        match(grads, None, Notes(), [])


def test_numbers_and_arrays_are_gradients() -> None:
    """Made by hand from ``w.numpy()``, say."""
    w, v = tf.Variable(2.0), tf.Variable([1.0, 2.0])
    found = match([4, np.ones(2, np.float32)], [w, v], Notes(), [])
    assert float(found.gradients[0]) == 4.0
    assert found.sources == (w, v)


def test_the_variables_in_place_of_their_gradients_are_refused() -> None:
    """They have the right shapes, and would be recorded in silence."""
    tape, _, model = asked(lambda m: m.trainable_variables)
    with pytest.raises(TypeError, match="got the variables themselves"):
        matched(tape, list(model.trainable_variables))


def test_a_model_in_place_of_its_variables_is_explained() -> None:
    """A slip that the count alone does not explain."""
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
    with pytest.raises(AmbiguousGradientsError, match="wants a list"):
        match([tf.ones((3, 2)), tf.ones(2)], model, Notes(), [])
