"""Gradients that are deliberately wrong, each in one way: through ``tf.custom_gradient``, and made by hand."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.check.gradients import check_gradients
from tb_convergence.check.result import GradientCheck, Verdict

DTYPES = ("float16", "bfloat16", "float32", "float64")
RNG = np.random.default_rng(3)
ROWS, IMAGES = RNG.normal(size=(12, 5)), RNG.normal(size=(4, 6, 6, 2))
TOKENS = RNG.integers(0, 7, size=(12,))
TARGETS = RNG.normal(size=(12, 5))


def _dense(w: Any) -> Any:
    return tf.reduce_mean(tf.square(tf.tanh(tf.cast(ROWS, w.dtype) @ w) - tf.cast(TARGETS, w.dtype)))


def _convolution(w: Any) -> Any:
    kernel = tf.reshape(w[:4, :4], (2, 2, 2, 2))
    return tf.reduce_mean(tf.square(tf.nn.conv2d(tf.cast(IMAGES, w.dtype), kernel, 1, "VALID"))) + 0.1 * tf.reduce_sum(
        w
    )


def _embedding(w: Any) -> Any:
    return tf.reduce_mean(tf.square(tf.gather(w, TOKENS % 5) - tf.cast(TARGETS, w.dtype)))


LOSSES: dict[str, Callable[[Any], Any]] = {"dense": _dense, "convolution": _convolution, "embedding": _embedding}


def backward(turn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The identity, whose gradient is ``turn`` of what it should be."""

    @tf.custom_gradient
    def identity(w: Any) -> Any:
        return tf.identity(w), lambda g: turn(tf.convert_to_tensor(g))

    return identity


def checked(loss: str, dtype: str, turn: Callable[[Any], Any], **options: Any) -> GradientCheck:
    w = tf.Variable(tf.cast(np.random.default_rng(1).normal(size=(5, 5)), dtype), name="w")
    wrong = backward(turn)
    before = w.numpy().tobytes()
    found = check_gradients(lambda: LOSSES[loss](wrong(w)), [w], **options)
    assert w.numpy().tobytes() == before
    return found


WRONG: dict[str, tuple[Callable[[Any], Any], Verdict]] = {
    "half": (lambda g: g * 0.5, Verdict.SCALED),
    "twelve": (lambda g: g * 12.0, Verdict.SCALED),
    "turned": (lambda g: -g, Verdict.SIGN),
    "transposed": (tf.transpose, Verdict.TRANSPOSED),
    "zero": (tf.zeros_like, Verdict.ZERO),
    "one row missing": (lambda g: tf.concat([tf.zeros_like(g[:2]), g[2:]], 0), Verdict.DIFFERENT),
    "signs only": (tf.sign, Verdict.DIFFERENT),
    "NaN": (lambda g: g * np.nan, Verdict.NOT_FINITE),
}


CASES = [("dense", dtype) for dtype in DTYPES] + [(k, d) for k in ("convolution", "embedding") for d in DTYPES[1:3]]


@pytest.mark.parametrize(("loss", "dtype"), CASES)
@pytest.mark.parametrize("name", WRONG)
def test_forward_mode_names_what_is_wrong_with_a_custom_gradient(name: str, loss: str, dtype: str) -> None:
    """In every floating-point type, for every kind of layer."""
    turn, verdict = WRONG[name]
    found = checked(loss, dtype, turn)
    assert found.variables[0].verdict is verdict, str(found)
    assert not found.ok
    if verdict is Verdict.SCALED:
        assert found.variables[0].factor == pytest.approx({"half": 0.5, "twelve": 12.0}[name], rel=0.05)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", WRONG)
def test_so_do_central_differences(name: str, dtype: str) -> None:
    """From nothing but the loss."""
    turn, verdict = WRONG[name]
    found = checked("dense", dtype, turn, method="difference")
    assert found.variables[0].verdict is verdict, str(found)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_differences_in_half_precision_see_a_sign(dtype: str) -> None:
    """And leave open what they cannot tell, rather than call it right."""
    found = checked("dense", dtype, lambda g: -g, method="difference")
    assert found.variables[0].verdict in (Verdict.SIGN, Verdict.UNDECIDED)


def test_a_large_variable_is_judged_from_a_few_directions() -> None:
    """Half a million elements cost no more evaluations than sixteen directions."""
    w = tf.Variable(RNG.normal(size=(1000, 500)).astype("float32"))
    calls = []

    def loss(turn: Callable[[Any], Any]) -> Any:
        calls.append(1)
        return tf.reduce_mean(tf.square(turn(w))) * 1e3

    for turn, verdict in ((backward(lambda g: 0.25 * g), Verdict.SCALED), (backward(tf.sign), Verdict.DIFFERENT)):
        found = check_gradients(lambda turn=turn: loss(turn), w)  # type: ignore[misc]
        assert found.variables[0].verdict is verdict
        assert not found.variables[0].elements
    assert len(calls) < 80


def test_a_swap_inside_a_custom_gradient_is_named() -> None:
    """Two variables of one shape, each with the other's gradient."""
    a, b = tf.Variable(RNG.normal(size=(3, 4)), name="a"), tf.Variable(RNG.normal(size=(3, 4)), name="b")

    @tf.custom_gradient
    def crossed(x: Any, y: Any) -> Any:
        return (tf.identity(x), tf.identity(y)), lambda gx, gy: (gy, gx)

    def loss() -> Any:
        x, y = crossed(a, b)
        return tf.reduce_sum(tf.sin(x)) + tf.reduce_sum(y**3)

    assert not check_gradients(loss, [a, b]).ok
    found = check_gradients(loss, [a, b], method="difference")
    assert [(v.verdict, v.other) for v in found.variables] == [(Verdict.SWAPPED, "b"), (Verdict.SWAPPED, "a")]


def test_a_custom_gradient_of_none_is_missing() -> None:
    """The loss depends on the variable, and the tape says that it does not."""
    found = checked("dense", "float32", lambda _: None)
    assert found.variables[0].verdict is Verdict.MISSING


def test_a_custom_gradient_inside_a_tf_function_is_seen() -> None:
    """Forward mode would use it there; so functions run eagerly."""
    w, half = tf.Variable(2.0), backward(lambda g: g / 2)
    found = check_gradients(tf.function(lambda: half(w) ** 2), [w])
    assert found.variables[0].verdict is Verdict.SCALED
    assert found.variables[0].factor == 0.5
    assert not tf.config.functions_run_eagerly()


def test_one_wrong_variable_among_many_is_found() -> None:
    """They are confirmed together first; the wrong one is then looked for."""
    variables = [tf.Variable(RNG.normal(size=(4,)) * 10.0 ** (-i % 7), name=f"v{i}") for i in range(40)]
    wrong = backward(lambda g: 1.01 * g)

    def loss() -> Any:
        return tf.add_n([tf.reduce_sum(tf.sin(wrong(v) if i == 23 else v)) for i, v in enumerate(variables)])

    found = check_gradients(loss, variables)
    assert [v.name for v in found.wrong] == ["v23"]
    assert found.wrong[0].factor == pytest.approx(1.01, rel=1e-6)


def test_a_gradient_that_is_not_finite_is_found_among_many() -> None:
    """It must not spoil what is said of the others."""
    variables = [tf.Variable(RNG.normal(size=(4,)), name=f"v{i}") for i in range(30)]
    for bad in (np.nan, np.inf):
        broken = backward(partial(tf.multiply, tf.constant(bad, tf.float64)))

        def loss(broken: Callable[[Any], Any] = broken) -> Any:
            return tf.add_n([tf.reduce_sum(tf.sin(broken(v) if i == 7 else v)) for i, v in enumerate(variables)])

        found = check_gradients(loss, variables)
        assert [(v.name, v.verdict) for v in found.wrong] == [("v7", Verdict.NOT_FINITE)]
        assert not found.undecided


def by_hand() -> tuple[Callable[[], Any], list[Any], list[Any]]:
    """A loss, its variables, and their gradient."""
    w, b = tf.Variable(RNG.normal(size=(5, 5)), name="w"), tf.Variable(RNG.normal(size=(5,)), name="b")

    def loss() -> Any:
        return tf.reduce_mean(tf.square(tf.constant(ROWS) @ w + b - TARGETS))

    with tf.GradientTape() as tape:
        value = loss()
    return loss, [w, b], tape.gradient(value, [w, b])


def verdicts(loss: Callable[[], Any], variables: Any, grads: Any, **options: Any) -> list[Verdict]:
    return [v.verdict for v in check_gradients(loss, variables, grads, **options).variables]


@pytest.mark.parametrize("method", ["auto", "tape", "forward", "difference"])
def test_every_method_judges_gradients_made_by_hand(method: str) -> None:
    """Held against the tape's where forward mode confirms it, else against forward mode or differences themselves."""
    loss, both, (w, b) = by_hand()
    assert verdicts(loss, both, [w, b], method=method) == [Verdict.RIGHT] * 2
    assert verdicts(loss, both, [w * 3, -b], method=method) == [Verdict.SCALED, Verdict.SIGN]
    assert verdicts(loss, both, [tf.transpose(w), b * 0], method=method) == [Verdict.TRANSPOSED, Verdict.ZERO]
    assert verdicts(loss, both, [None, tf.ones(4)], method=method) == [Verdict.MISSING, Verdict.SHAPE]
    assert verdicts(loss, both, [w * w, b * np.inf], method=method) == [Verdict.DIFFERENT, Verdict.NOT_FINITE]


def test_gradients_come_in_any_structure() -> None:
    """Pairs in any order, numpy, lists of numbers, a function, rows that occur twice."""
    loss, both, (w, b) = by_hand()
    rows = tf.IndexedSlices(tf.concat([w / 2, w / 2], 0), tf.constant([0, 1, 2, 3, 4] * 2), (5, 5))
    for grads in ([(b, both[1]), (w, both[0])], [w.numpy(), b.numpy().tolist()], lambda: [w, b], [rows, b]):
        assert verdicts(loss, both, grads) == [Verdict.RIGHT] * 2


def test_a_transposed_shape_is_named() -> None:
    """And both shapes are said."""
    v = tf.Variable(RNG.normal(size=(5, 3)), name="v")
    found = check_gradients(lambda: tf.reduce_sum(tf.sin(v)), v, tf.transpose(tf.cos(v)))
    assert found.variables[0].verdict is Verdict.TRANSPOSED
    assert "expected shape (5, 3), got (3, 5)" in found.variables[0].reason


def test_a_wrong_tape_is_no_reference() -> None:
    """A gradient by hand is right where a custom gradient is not."""
    b, half = tf.Variable(RNG.normal(size=(5,))), backward(lambda g: g / 2)

    def loss() -> Any:
        return tf.reduce_sum(half(b) ** 2)

    found = check_gradients(loss, [b], [2 * b])
    assert found.ok, str(found)
    assert check_gradients(loss, [b], [2 * b], method="tape").variables[0].factor == pytest.approx(2.0)


def test_the_articles_first_example() -> None:
    """L = w², with w instead of 2w: half the derivative, and the reason is said."""
    w = tf.Variable(2.0, name="w")
    found = check_gradients(lambda: w**2, [w], [w.read_value()])
    assert (found.variables[0].verdict, found.variables[0].factor) == (Verdict.SCALED, 0.5)
    assert "a factor 2 is missing, as in d(w²) = w" in found.variables[0].reason


def test_a_straight_through_estimator_is_told_apart_in_words() -> None:
    """It differs from the derivative of the forward pass, which is its purpose."""
    w = tf.Variable([0.3, -0.7, 1.2], name="w")
    through = tf.custom_gradient(lambda x: (tf.sin(x), lambda g: g))
    found = check_gradients(lambda: tf.reduce_sum(through(w) * [1.0, 2.0, 3.0]), [w])
    assert found.variables[0].verdict is Verdict.DIFFERENT
    assert "differs from the derivative of the forward pass" in found.variables[0].reason


def test_a_stopped_gradient_is_a_note_and_no_fault() -> None:
    """Forward mode respects ``tf.stop_gradient`` as the tape does; differences see through it."""
    w = tf.Variable([1.0, 2.0], name="w")
    loss = lambda: tf.reduce_sum(w * tf.stop_gradient(w))  # noqa: E731 - as users write it
    found = check_gradients(loss, [w])
    assert found.ok
    assert any("stop_gradient" in note for note in found.notes)
    assert check_gradients(loss, [w], method="difference").variables[0].factor == pytest.approx(0.5, rel=1e-3)


def test_gradients_zipped_to_the_wrong_variables_are_named() -> None:
    """Two layers of one shape."""
    a, b = tf.Variable(RNG.normal(size=(3, 4)), name="a"), tf.Variable(RNG.normal(size=(3, 4)), name="b")
    found = check_gradients(lambda: tf.reduce_sum(tf.sin(a) * b), [a, b], lambda: [tf.sin(a), tf.cos(a) * b])
    assert [(v.verdict, v.other) for v in found.variables] == [(Verdict.SWAPPED, "b"), (Verdict.SWAPPED, "a")]
