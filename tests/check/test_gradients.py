"""``check_gradients``: what it takes, what it refuses, how it prints."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.check.gradients import check_gradients
from tb_convergence.check.references import NoForwardModeError


def parabola() -> tuple[Any, tf.Variable]:
    w = tf.Variable([1.0, 2.0], name="w")
    return (lambda: tf.reduce_sum(w * w)), w


def test_it_is_a_public_name() -> None:
    """Loaded on first use."""
    assert tb_convergence.check_gradients is check_gradients


def test_it_prints_as_a_table() -> None:
    """One line a variable, reasons below."""
    loss, w = parabola()
    said = str(check_gradients(loss, [w], [w.read_value()])).splitlines()
    assert said[0] == "Gradient check: 0 right, 1 wrong of 1 variable"
    assert said[1] == "the gradient given against the tape's gradient, which forward mode confirms; loss 5, float32"
    assert said[3].split() == ["variable", "shape", "verdict", "factor", "cosine", "residual"]
    assert said[4].split() == ["w", "2", "scaled", "0.5", "1", "0"]
    assert said[6] == "  w: 0.5 × the derivative: a factor 2 is missing, as in d(w²) = w"


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({"loss_fn": 3.0}, TypeError, "loss_fn must be a function without arguments that returns the loss, got float"),
        ({"loss_fn": lambda: None}, TypeError, "must return the loss; got None"),
        ({"loss_fn": lambda: tf.constant(1)}, TypeError, "floating-point tensor, the loss; got int32"),
        ({"loss_fn": lambda: tf.constant(np.nan)}, ValueError, "gives nan"),
        ({"variables": []}, TypeError, "at least one; got none"),
        ({"variables": [tf.constant(1.0)]}, TypeError, "must be tf.Variable or keras.Variable"),
        ({"method": "magic"}, ValueError, "one of 'auto', 'forward', 'difference', 'tape', got 'magic'"),
        ({"method": "tape"}, ValueError, "pass them as grads="),
        ({"grads": [1.0, 2.0, 3.0]}, ValueError, "expected 1 gradients, one for each variable .* got 3"),
    ],
)
def test_a_wrong_call_says_what_was_expected(arguments: dict[str, Any], kind: type[Exception], said: str) -> None:
    """And what came."""
    loss, w = parabola()
    with pytest.raises(kind, match=said):
        check_gradients(**{"loss_fn": loss, "variables": [w], **arguments})


def test_a_loss_of_several_elements_is_their_sum() -> None:
    """As ``tape.gradient`` takes it."""
    w = tf.Variable([1.0, 2.0])
    assert check_gradients(lambda: w * w, w, 2 * w).ok


def test_names_are_those_of_the_record() -> None:
    """The model's own name before them is left out, and no two are the same."""
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2, name="a")])
    found = check_gradients(lambda: tf.reduce_sum(model(tf.ones((1, 3))) ** 2), model.trainable_variables)
    assert [v.name for v in found.variables] == ["a/kernel", "a/bias"]


def test_a_result_cannot_be_changed() -> None:
    """It is evidence."""
    loss, w = parabola()
    found = check_gradients(loss, [w])
    with pytest.raises(AttributeError):
        found.loss = 0.0  # type: ignore[misc]


def test_without_forward_mode_differences_take_over() -> None:
    """And a note says so; who asked for forward mode gets an error that names the operation."""
    w = tf.Variable(np.random.default_rng(0).normal(size=(1, 2, 2, 8)), dtype=tf.float32)

    def loss() -> Any:
        return tf.reduce_sum(tf.nn.local_response_normalization(w) ** 3)

    found = check_gradients(loss, [w])
    assert found.ok, str(found)
    assert found.reference == "central differences"
    assert any("no forward mode" in note for note in found.notes)
    assert not check_gradients(loss, [w], lambda: [tf.ones_like(w)]).ok
    with pytest.raises(NoForwardModeError, match="LRNGrad"):
        check_gradients(loss, [w], method="forward")


def test_replicas_and_loss_scales_are_reasons() -> None:
    """Powers of two are told apart by their size, batches by what occurs in the computation."""
    w = tf.Variable(np.ones((3, 2), np.float32))
    x = tf.constant(np.arange(21.0).reshape(7, 3), tf.float32)

    def loss() -> Any:
        return tf.reduce_mean(tf.reduce_sum(tf.square(x @ w), 1))

    with tf.GradientTape() as tape:
        value = loss()
    (g,) = tape.gradient(value, [w])
    said = {s: check_gradients(loss, [w], [g * s]).variables[0].reason for s in (7.0, 1 / 7, 2.0**15, 0.3)}
    assert "a sum where the loss has a mean, over a batch of 7" in said[7.0]
    assert "a mean where the loss has a sum, over a batch of 7" in said[1 / 7]
    assert "a loss scale of 2^15 was not undone" in said[2.0**15]
    assert "scaled or clipped on the way" in said[0.3]
