"""Every shape that variables and gradients come in: each number is that of its own variable, computed in numpy."""

import pathlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.read.local import read_logdir
from tests.record.written import Written, assert_same, read, read_one

STEPS = 4
RATE = 0.1
WAYS: dict[str, Callable[..., Any]] = {
    "eager": lambda f: f,
    "graph": tf.function,
    "xla": tf.function(jit_compile=True),
}


@pytest.fixture(autouse=True)
def logdir(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    tb_convergence.start(tmp_path)
    yield tmp_path
    tb_convergence.flush()


def decay(start: Any, scale: float, steps: int = STEPS) -> tuple[list[Any], list[Any]]:
    """Weights and gradients of w under the loss scale · Σ w² and gradient descent."""
    weights = [np.array(start, np.float64) * (1 - 2 * scale * RATE) ** t for t in range(steps + 1)]
    return weights, [2 * scale * w for w in weights[:-1]]


def assert_decays(got: Written, i: int, start: Any, scale: float) -> None:
    """A variable whose loss is scale · Σ w²."""
    assert_same(got, i, *decay(start, scale, len(got.steps)))


def descend(variables: Sequence[Any], grads: Sequence[Any]) -> None:
    """Gradient descent."""
    for v, g in zip(variables, grads, strict=True):
        if g is not None:
            v.assign_sub(RATE * tf.convert_to_tensor(g))


@pytest.mark.parametrize("way", WAYS)
def test_no_gradient_here_and_there(logdir: pathlib.Path, way: str) -> None:
    """`None` is not a number, and its neighbours are right."""
    a, b, c = (tf.Variable([1.0 + i, 2.0], name=n) for i, n in enumerate("abc"))

    @WAYS[way]
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(a**2) + 2 * tf.reduce_sum(c**2)
        grads = tape.gradient(loss, [a, b, c])
        descend([a, b, c], grads)
        tb_convergence.log_step(tape, grads)

    for _ in range(STEPS):
        step()
    tb_convergence.flush()
    got = read_one(logdir)
    assert_decays(got, 0, [1.0, 2.0], 1)
    assert_decays(got, 2, [3.0, 2.0], 2)
    assert np.isnan(got.values["gradient_norm"][:, 1]).all()
    assert got.values["update_norm"][:, 1].tolist() == [0.0] * STEPS


@pytest.mark.parametrize("way", WAYS)
def test_a_sparse_gradient_with_repeated_rows(logdir: pathlib.Path, way: str) -> None:
    """Row 1 is looked up twice: its two gradients are one."""
    start = np.arange(1.0, 9.0).reshape(4, 2)
    table = tf.Variable(start, dtype=tf.float32)

    @WAYS[way]
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.gather(table, [1, 1, 3]) ** 2)
        grads = tape.gradient(loss, [table])
        assert isinstance(grads[0], tf.IndexedSlices)
        descend([table], grads)
        tb_convergence.log_step(tape, grads)

    for _ in range(STEPS):
        step()
    tb_convergence.flush()
    scale = np.array([[0.0], [2.0], [0.0], [1.0]])
    weights = [start * (1 - 2 * RATE * scale) ** t for t in range(STEPS + 1)]
    got = read_one(logdir)
    assert_same(got, 0, weights, [2 * scale * w for w in weights[:-1]])
    assert got.values["gradient_zero_fraction"][:, 0].tolist() == [0.5] * STEPS


def test_frozen_and_later_unfrozen(logdir: pathlib.Path) -> None:
    """One series for each variable, across the trace that changes."""
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="deep", use_bias=False)], name="encoder"),
            keras.layers.Dense(2, name="head", use_bias=False),
        ],
        name="whole",
    )
    kernels = [np.array([[1.0, 0.5], [-0.5, 2.0]]), np.array([[0.5, 1.0], [1.5, -1.0]])]
    model.set_weights(kernels)
    x = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.25]], np.float32)

    def step_of(variables: list[Any]) -> Callable[[], None]:
        @tf.function
        def step() -> None:
            with tf.GradientTape() as tape:
                loss = 0.01 * tf.reduce_sum(model(x, training=True) ** 2)
            grads = tape.gradient(loss, variables)
            descend([v.value for v in variables], grads)
            tb_convergence.log_step(tape, grads)

        return step

    head, both = model.trainable_variables[1:], model.trainable_variables
    want: list[list[Any]] = [kernels]
    gradients = []
    for variables, frozen in ((head, True), (both, False), (head, True)):
        step = step_of(variables)
        for _ in range(3):
            step()
            a, b = want[-1]
            error = 0.02 * x.astype(np.float64) @ a @ b
            grads = [x.T @ error @ b.T, (x @ a).T @ error]
            gradients.append([np.full_like(a, np.nan) if frozen else grads[0], grads[1]])
            want.append([a - 0 if frozen else a - RATE * grads[0], b - RATE * grads[1]])
    tb_convergence.flush()
    (run,) = read_logdir(str(logdir))
    assert [v.name for v in run.series.variables] == ["encoder/deep/kernel", "head/kernel"]
    assert run.series.steps.tolist() == list(range(9))
    for i in (0, 1):
        norms = [np.linalg.norm(g[i]) for g in gradients]
        np.testing.assert_allclose(run.series.norm("gradient")[:, i], norms, rtol=1e-5)
    np.testing.assert_allclose(run.series.norm("weight")[:, 1], [np.linalg.norm(w[1]) for w in want[:-1]], rtol=1e-5)
    assert np.isnan(run.series.norm("weight")[[0, 1, 2, 6, 7, 8], 0]).all()


def test_variables_created_late(logdir: pathlib.Path) -> None:
    """A second head appears in mid-run; the first goes on as one series."""
    variables = [tf.Variable([1.0, 2.0], name="first")]
    for i in range(6):
        if i == 3:
            variables.append(tf.Variable([3.0, 4.0], name="second"))
        with tf.GradientTape() as tape:
            loss = tf.add_n([tf.reduce_sum(v**2) for v in variables])
        grads = tape.gradient(loss, variables)
        descend(variables, grads)
        tb_convergence.log_step(tape, grads)
    tb_convergence.flush()
    (run,) = read_logdir(str(logdir))
    assert [v.name for v in run.series.variables] == ["first", "second"]
    first, second = decay([1.0, 2.0], 1, 6)[1], decay([3.0, 4.0], 1, 3)[1]
    np.testing.assert_allclose(run.series.norm("gradient")[:, 0], [np.linalg.norm(g) for g in first], rtol=1e-5)
    np.testing.assert_allclose(run.series.norm("gradient")[3:, 1], [np.linalg.norm(g) for g in second], rtol=1e-5)
    assert np.isnan(run.series.norm("gradient")[:3, 1]).all()


STRUCTURES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "dict": (lambda a, b, c: {"z": a, "m": b, "d": c}, lambda g, _: g),
    "nested": (lambda a, b, c: {"one": [a, (b,)], "two": c}, lambda g, _: g),
    "list": (lambda a, b, c: [a, b, c], lambda g, _: g),
    "tuple": (lambda a, b, c: (a, b, c), lambda g, _: g),
    "pairs": (lambda a, b, c: [a, b, c], lambda g, s: list(zip(g, s, strict=True))),
    "zip": (lambda a, b, c: [a, b, c], lambda g, s: zip(g, s, strict=True)),
    "pairs in another order": (lambda a, b, c: [a, b, c], lambda g, s: [(g[2], s[2]), (g[0], s[0]), (g[1], s[1])]),
    "reordered": (lambda a, b, c: [a, b, c], lambda g, _: [g[2], g[0], g[1]]),
}


@pytest.mark.parametrize("way", ["eager", "graph"])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_structures_of_gradients(logdir: pathlib.Path, structure: str, way: str) -> None:
    """Equal shapes, distinct gradients: each under its own name."""
    arranged, given = STRUCTURES[structure]
    starts = {"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]}
    scales = {"a": 1.0, "b": 0.5, "c": 2.0}
    made = {name: tf.Variable(start, name=name) for name, start in starts.items()}

    @WAYS[way]
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.add_n([scales[n] * tf.reduce_sum(v**2) for n, v in made.items()])
        sources = arranged(*made.values())
        grads = tape.gradient(loss, sources)
        descend(tf.nest.flatten(sources), tf.nest.flatten(grads))
        tb_convergence.log_step(tape, given(grads, sources))

    for _ in range(STEPS):
        step()
    tb_convergence.flush()
    got = read_one(logdir)
    assert sorted(v.name for v in got.manifest.variables) == ["a", "b", "c"]
    for i, v in enumerate(got.manifest.variables):
        assert_decays(got, i, starts[v.name], scales[v.name])


class Tied(tf.Module):
    """One matrix, used twice; all variables have TensorFlow's default name."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = tf.Variable([[1.0, 0.5], [0.25, 2.0]])
        self.scale = tf.Variable([1.0, 2.0])


def test_a_module_with_a_shared_weight(logdir: pathlib.Path) -> None:
    """The gradient is the sum over both uses; names are attributes."""
    model, x = Tied(), np.array([[1.0, -1.0], [0.5, 2.0]])
    shared, scale = model.shared.numpy().astype(np.float64), model.scale.numpy().astype(np.float64)
    weights, gradients = [(shared, scale)], []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((tf.constant(x, tf.float32) @ model.shared) @ model.shared * model.scale)
        grads = tape.gradient(loss, model.trainable_variables)
        descend(model.trainable_variables, grads)
        tb_convergence.log_step(tape, grads, model=model)
        one = np.ones((2, 1)) * scale
        g_shared = x.T @ (one @ shared.T) + (x @ shared).T @ one
        g_scale = (x @ shared @ shared).sum(0)
        shared, scale = shared - RATE * g_shared, scale - RATE * g_scale
        gradients.append((g_shared, g_scale))
        weights.append((shared, scale))
    tb_convergence.flush()
    got = read_one(logdir)
    names = [v.name for v in got.manifest.variables]
    assert sorted(names) == ["scale", "shared"]
    for i, place in ((names.index("shared"), 0), (names.index("scale"), 1)):
        assert_same(got, i, [w[place] for w in weights], [g[place] for g in gradients])


@pytest.mark.parametrize("way", ["eager", "graph"])
@pytest.mark.parametrize("calls", ["one tape, two calls", "one tape, one call", "two tapes"])
def test_generator_and_discriminator(logdir: pathlib.Path, calls: str, way: str) -> None:
    """Equal shapes; one persistent tape or two tapes, one log_step or two."""
    g, d = tf.Variable([1.0, 2.0], name="g"), tf.Variable([3.0, 4.0], name="d")

    @WAYS[way]
    def step() -> None:
        with tf.GradientTape(persistent=True) as first, tf.GradientTape() as second:
            g_loss, d_loss = tf.reduce_sum(g**2), 2 * tf.reduce_sum(d**2)
        other = second if calls == "two tapes" else first
        g_grads, d_grads = first.gradient(g_loss, [g]), other.gradient(d_loss, [d])
        descend([g, d], [*g_grads, *d_grads])
        if calls == "one tape, one call":
            tb_convergence.log_step(first, [(g_grads[0], g), (d_grads[0], d)])
        else:
            tb_convergence.log_step(first, g_grads, name="generator")
            tb_convergence.log_step(other, d_grads, name="discriminator")

    for _ in range(STEPS):
        step()
    tb_convergence.flush()
    if calls == "one tape, one call":
        got = read_one(logdir)
        assert_decays(got, 0, [1.0, 2.0], 1)
        assert_decays(got, 1, [3.0, 4.0], 2)
    else:
        found = {w.manifest.stream: w for w in read(logdir)}
        assert_decays(found["generator"], 0, [1.0, 2.0], 1)
        assert_decays(found["discriminator"], 0, [3.0, 4.0], 2)
        np.testing.assert_allclose(found["discriminator"].step_values["loss"][0], 50.0)


def test_weight_decay_and_averages_are_in_the_update(logdir: pathlib.Path) -> None:
    """An optimizer of Keras in a loop of one's own: decay at every step, the average in place at every second."""
    w = keras.Variable([1.0, 2.0], name="w")
    optimizer = keras.optimizers.SGD(RATE, weight_decay=0.5, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    weights, average, gradients = [np.array([1.0, 2.0])], None, []
    for t in range(STEPS):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w.value**2)
        grads = tape.gradient(loss, [w.value])
        optimizer.apply_gradients([(grads[0], w)])
        tb_convergence.log_step(tape, grads)
        gradients.append(2 * weights[-1])
        new = weights[-1] * (1 - RATE * 0.5) - RATE * gradients[-1]
        average = new if average is None else 0.5 * average + 0.5 * new
        weights.append(average if t % 2 else new)
    tb_convergence.flush()
    assert_same(read_one(logdir), 0, weights, gradients)


@pytest.mark.parametrize("way", ["eager", "graph"])
def test_weights_of_which_only_some_were_seen(logdir: pathlib.Path, way: str) -> None:
    """Before the update: an integer variable is not looked at by the tape, and tells nothing about the others."""
    a, n = tf.Variable([1.0, 2.0]), tf.Variable([3, 4])

    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(a**2) + tf.cast(tf.reduce_sum(n), tf.float32)
        grads = tape.gradient(loss, [a, n])
        tb_convergence.log_step(tape, grads)
        a.assign_sub(RATE * grads[0])

    run = WAYS[way](step)
    for _ in range(STEPS):
        run()
    tb_convergence.flush()
    assert_decays(read_one(logdir), 0, [1.0, 2.0], 1)


def test_a_weight_that_was_sampled_alone(logdir: pathlib.Path) -> None:
    """A gradient of one variable first: what was kept of it is a larger sample than that of the group."""
    starts = [np.random.default_rng(i).normal(size=(100, 60)).astype(np.float32) for i in range(60)]
    variables = [tf.Variable(x) for x in starts]
    for _ in range(3):
        with tf.GradientTape(persistent=True) as tape:
            loss = tf.add_n([tf.reduce_sum(v * v) for v in variables])
            tape.gradient(loss, variables[0])
        grads = tape.gradient(loss, variables)
        tb_convergence.log_step(tape, grads)
        descend(variables, grads)
    tb_convergence.flush()
    got = read_one(logdir)
    np.testing.assert_allclose(got.values["update_norm"], RATE * got.values["gradient_norm"], rtol=1e-3)
    norms = [[2 * np.linalg.norm(x) * (1 - 2 * RATE) ** t for x in starts] for t in range(3)]
    np.testing.assert_allclose(got.values["gradient_norm"], norms, rtol=1e-4)


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_variable_beside_another(logdir: pathlib.Path, way: str) -> None:
    """Nothing is measured of it, and it ends no record."""
    a, e = tf.Variable([[1.0], [2.0]]), tf.Variable(tf.zeros([5, 0]))

    @WAYS[way]
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(a**2) + tf.reduce_sum(e)
        grads = tape.gradient(loss, [a, e])
        descend([a, e], grads)
        tb_convergence.log_step(tape, grads)

    for _ in range(STEPS):
        step()
    tb_convergence.flush()
    assert_decays(read_one(logdir), 0, [[1.0], [2.0]], 1)


def test_a_complex_variable_is_recorded_by_its_real_part(logdir: pathlib.Path) -> None:
    """As in a graph; and no warning escapes."""
    z, a = tf.Variable(tf.complex([1.0], [2.0])), tf.Variable([1.0, 2.0])
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(a**2) + tf.math.real(tf.reduce_sum(z * tf.math.conj(z)))
        grads = tape.gradient(loss, [a, z])
        a.assign_sub(RATE * grads[0])
        tb_convergence.log_step(tape, grads)
    tb_convergence.flush()
    assert_decays(read_one(logdir), 0, [1.0, 2.0], 1)


def test_threads_that_train_the_same_variables_lose_nothing(logdir: pathlib.Path) -> None:
    """Steps of two threads are one series."""
    a = tf.Variable([1.0, 2.0])

    def train() -> None:
        for _ in range(100):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(a**2)
            grads = tape.gradient(loss, [a])
            a.assign_sub(1e-3 * grads[0])
            tb_convergence.log_step(tape, grads)

    threads = [threading.Thread(target=train) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tb_convergence.flush()
    assert read_one(logdir).steps.tolist() == list(range(200))
