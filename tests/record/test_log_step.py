"""What ``log_step`` writes is what happened, in every kind of loop."""

import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record.sampling import SAMPLE, take
from tests.record.written import assert_same, expected, read, read_one

STEPS = 5


class Loop:
    """A small network under SGD with momentum, stepped one way or another; keeps what really happened."""

    def __init__(self, way: str = "eager", *, before: bool = False, log: bool = True) -> None:
        keys = np.random.default_rng(0)
        self.a = tf.Variable(keys.normal(size=(3, 4)), dtype=tf.float32, name="a")
        self.b = tf.Variable(keys.normal(size=(4,)), dtype=tf.float32, name="b")
        self.x = tf.constant(keys.normal(size=(6, 3)), tf.float32)
        self.velocity = [tf.Variable(tf.zeros_like(v), trainable=False) for v in (self.a, self.b)]
        self.before, self.log = before, log
        wrap: dict[str, Callable[..., Any]] = {
            "eager": lambda f: f,
            "graph": tf.function,
            "xla": tf.function(jit_compile=True),
        }
        self.step = wrap[way](self._step)
        self.weights: list[Any] = [self._now()]
        self.gradients: list[Any] = []
        self.losses: list[float] = []

    def _now(self) -> list[Any]:
        return [v.numpy().copy() for v in (self.a, self.b)]

    def _step(self) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.tanh(self.x @ self.a + self.b) ** 2)
        grads = tape.gradient(loss, [self.a, self.b])
        if self.before and self.log:
            tb_convergence.log_step(tape, grads)
        for v, m, g in zip((self.a, self.b), self.velocity, grads, strict=True):
            m.assign(0.9 * m - 0.5 * g)
            v.assign_add(m)
        if not self.before and self.log:
            tb_convergence.log_step(tape, grads)
        return loss, grads

    def run(self, steps: int = STEPS) -> "Loop":
        """Trains, and keeps weights, gradients and losses."""
        for _ in range(steps):
            loss, grads = self.step()
            self.losses.append(float(loss))
            self.gradients.append([g.numpy() for g in grads])
            self.weights.append(self._now())
        return self


def written_by(tmp_path: pathlib.Path, train: Callable[[], Any]) -> Any:
    tb_convergence.start(tmp_path)
    result = train()
    tb_convergence.flush()
    return result


@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("way", ["eager", "graph", "xla"])
def test_every_step_is_exact(tmp_path: pathlib.Path, way: str, before: bool) -> None:
    """The first and the last step too, wherever log_step stands."""
    loop = written_by(tmp_path, lambda: Loop(way, before=before).run())
    got = read_one(tmp_path)
    assert got.steps.tolist() == list(range(STEPS))
    for i in range(2):
        assert_same(got, i, [w[i] for w in loop.weights], [g[i] for g in loop.gradients])
    np.testing.assert_allclose(got.step_values["loss"], loop.losses, rtol=1e-6)


@pytest.mark.parametrize("way", ["eager", "graph", "xla"])
def test_training_is_bit_identical_with_and_without(tmp_path: pathlib.Path, way: str) -> None:
    """Recording changes no weight."""
    with_it = written_by(tmp_path, lambda: Loop(way).run(20))
    without = Loop(way, log=False).run(20)
    for a, b in zip(with_it.weights[-1], without.weights[-1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_update_that_never_comes_is_exactly_zero(tmp_path: pathlib.Path) -> None:
    """A loop that forgets to apply its gradients is not taken for one that logs before the update."""
    w = tf.Variable([1.0, 2.0])

    def train() -> None:
        for _ in range(STEPS):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w**2)
            tb_convergence.log_step(tape, tape.gradient(loss, [w]))

    written_by(tmp_path, train)
    tb_convergence.start(tmp_path / "next")  # ends the session: the last row waited for a further step
    got = read_one(tmp_path)
    assert got.values["update_norm"][:, 0].tolist() == [0.0] * STEPS
    assert np.isnan(got.values["cosine_gradient_update"]).all()


def test_accumulated_gradients_update_every_second_step(tmp_path: pathlib.Path) -> None:
    """Micro-steps have no update, and the step that applies them has its own."""

    def train() -> list[Any]:
        w = tf.Variable([1.0, 2.0])
        seen = [w.numpy()]
        total = tf.zeros(2)
        for i in range(6):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w**2)
            grads = tape.gradient(loss, [w])
            total += grads[0]
            if i % 2:
                w.assign_sub(0.1 * total)
                total = tf.zeros(2)
            tb_convergence.log_step(tape, grads)
            seen.append(w.numpy())
        return seen

    seen = written_by(tmp_path, train)
    got = read_one(tmp_path)
    assert_same(got, 0, seen, [2 * w for w in seen[:-1]])


def test_a_variable_rebound_to_a_tensor_stays_one_series(tmp_path: pathlib.Path) -> None:
    """The article's third example: momentum by hand, and `w` is a plain tensor after the first update."""

    def train() -> list[Any]:
        w = tf.Variable(2.0)
        velocity = tf.constant(0.0)
        seen = [w.numpy()]
        for _ in range(STEPS):
            with tf.GradientTape() as tape:
                tape.watch(w)
                loss = w * w
            grads = tape.gradient(loss, [w])
            velocity = 0.9 * velocity - 0.1 * grads[0]
            w = w + velocity
            tb_convergence.log_step(tape, grads)
            seen.append(w.numpy())
        return seen

    seen = written_by(tmp_path, train)
    assert read_one(tmp_path).steps.tolist() == list(range(STEPS - 1))
    tb_convergence.start(tmp_path / "next")
    got = read_one(tmp_path)
    want = expected([[w] for w in seen], [[2 * w] for w in seen[:-1]])
    np.testing.assert_allclose(got.values["update_norm"][:-1, 0], want["update_norm"][:-1], rtol=1e-6)
    np.testing.assert_allclose(got.values["weight_norm"][:, 0], want["weight_norm"], rtol=1e-6)
    assert np.isnan(got.values["update_norm"][-1, 0])  # nobody can know what `w` became


@pytest.mark.parametrize("way", [lambda f: f, tf.function], ids=["eager", "graph"])
@pytest.mark.parametrize("said", [True, False], ids=["variables given", "watched"])
def test_a_gradient_made_by_hand_is_held_against_the_tape(
    tmp_path: pathlib.Path, way: Callable[..., Any], said: bool
) -> None:
    """The article's first example: w instead of 2w is half the reference, in its direction; Δ is exact from step 0."""
    w = tf.Variable(2.0)

    @way
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = w * w
        gradient = 1.0 * w
        w.assign_sub(0.1 * gradient)
        tb_convergence.log_step(tape, [gradient], variables=[w] if said else None, loss=loss)

    written_by(tmp_path, lambda: [step() for _ in range(STEPS)])
    got = read_one(tmp_path)
    np.testing.assert_allclose(got.values["reference_norm"], 2 * got.values["gradient_norm"], rtol=1e-6)
    np.testing.assert_allclose(got.values["reference_cosine"], 1.0, rtol=1e-6)
    np.testing.assert_allclose(got.values["update_norm"][:, 0], 0.2 * 0.9 ** np.arange(STEPS), rtol=1e-5)
    np.testing.assert_allclose(got.step_values["loss"], 4 * 0.81 ** np.arange(STEPS), rtol=1e-5)


def test_without_a_tape_the_weights_are_carried(tmp_path: pathlib.Path) -> None:
    """`tape=None` works with pairs; only the first step's weight and update are unknown."""

    def train() -> list[Any]:
        w = tf.Variable([1.0, 2.0])
        seen = [w.numpy()]
        for _ in range(STEPS):
            g = 2 * w
            w.assign_sub(0.1 * g)
            tb_convergence.log_step(None, [(g, w)])
            seen.append(w.numpy())
        return seen

    seen = written_by(tmp_path, train)
    got = read_one(tmp_path)
    want = expected(seen, [2 * w for w in seen[:-1]])
    for name in ("weight_norm", "update_norm", "cosine_gradient_update"):
        assert np.isnan(got.values[name][0, 0])
        np.testing.assert_allclose(got.values[name][1:, 0], want[name][1:], rtol=1e-5)


def test_a_missing_gradient_is_not_a_number(tmp_path: pathlib.Path) -> None:
    """`None` is told from zero: even the count of non-finite elements is NaN; the weight is still recorded."""

    def train() -> None:
        a, b = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(a**2)
            grads = tape.gradient(loss, [a, b])
            a.assign_sub(0.1 * grads[0])
            tb_convergence.log_step(tape, grads)

    written_by(tmp_path, train)
    got = read_one(tmp_path)
    for name in ("gradient_norm", "gradient_nonfinite_count", "gradient_max", "gradient_zero_fraction"):
        assert np.isnan(got.values[name][:, 1]).all(), name
        assert np.isfinite(got.values[name][:, 0]).all(), name
    assert got.values["weight_norm"][:, 1].tolist() == [3.0] * 3
    assert got.values["update_norm"][:, 1].tolist() == [0.0] * 3


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_non_finite_elements_are_counted(tmp_path: pathlib.Path, bad: float) -> None:
    """Exactly, also in a variable too large to be looked at whole, where no sample would meet one element."""

    def train() -> None:
        w = tf.Variable(tf.ones([200, 100]))
        g = np.ones((200, 100), np.float32)
        g[123, 45] = bad
        g[7, 8] = bad
        with tf.GradientTape() as tape:
            tape.watch(w)
        w.assign_sub(tf.ones([200, 100]))
        tb_convergence.log_step(tape, [tf.constant(g)])

    written_by(tmp_path, train)
    got = read_one(tmp_path)
    assert got.values["gradient_nonfinite_count"][0, 0] == 2
    assert np.isnan(got.values["gradient_norm"][0, 0])
    assert got.manifest.variables[0].sampled == len(take(np.zeros((200, 100)), (200, 100), SAMPLE))


def test_repeated_rows_of_a_sparse_gradient_are_added(tmp_path: pathlib.Path) -> None:
    """The norm is that of the dense gradient: 2 and 3 on one row make 5."""

    def train() -> None:
        w = tf.Variable(tf.ones([4, 1]))
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.gather(w, [1, 1, 2]) * [[2.0], [3.0], [12.0]])
        grads = tape.gradient(loss, [w])
        assert isinstance(grads[0], tf.IndexedSlices)
        w.assign_sub(0.1 * tf.convert_to_tensor(grads[0]))
        tb_convergence.log_step(tape, grads)

    written_by(tmp_path, train)
    assert read_one(tmp_path).values["gradient_norm"][0, 0] == 13.0


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_float_types(tmp_path: pathlib.Path, dtype: str) -> None:
    """The manifest names the type, and the numbers are right."""

    def train() -> None:
        w = tf.Variable(tf.constant([3.0, 4.0], dtype))
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w)
        grads = tape.gradient(loss, [w])
        w.assign_sub(grads[0])
        tb_convergence.log_step(tape, grads)

    written_by(tmp_path, train)
    got = read_one(tmp_path)
    assert got.manifest.variables[0].dtype == dtype
    assert got.values["weight_norm"][0, 0] == 5.0
    np.testing.assert_allclose(got.values["update_norm"][0, 0], np.sqrt(2), rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_lengths_neither_overflow_nor_underflow(tmp_path: pathlib.Path, scale: float) -> None:
    """Squares of these do not fit into float32."""

    def train() -> None:
        w = tf.Variable([3.0 * scale, 4.0 * scale])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w)
        tape.gradient(loss, [w])
        w.assign(0.5 * w)
        tb_convergence.log_step(tape, [tf.constant([3.0 * scale, 4.0 * scale])], variables=[w])

    written_by(tmp_path, train)
    got = read_one(tmp_path)
    np.testing.assert_allclose(got.values["gradient_norm"][0, 0], 5 * scale, rtol=1e-6)
    np.testing.assert_allclose(got.values["update_norm"][0, 0], 2.5 * scale, rtol=1e-6)
    np.testing.assert_allclose(got.values["cosine_weight_update"][0, 0], -1, rtol=1e-6)


def test_a_large_variable_is_estimated_from_its_sample(tmp_path: pathlib.Path) -> None:
    """The gradient's norm is exact, the others come within a few percent, dead units are counted whole."""
    rng = np.random.default_rng(3)
    g = rng.normal(size=(300, 200)).astype(np.float32)
    g[:, :50] = 0.0

    def train() -> None:
        w = tf.Variable(rng.normal(size=(300, 200)), dtype=tf.float32)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * g)
        grads = tape.gradient(loss, [w])
        w.assign_sub(0.1 * grads[0])
        tb_convergence.log_step(tape, grads)

    written_by(tmp_path, train)
    got = {name: series[0, 0] for name, series in read_one(tmp_path).values.items()}
    exact = float(np.linalg.norm(g))
    np.testing.assert_allclose(got["gradient_norm"], exact, rtol=1e-6)
    np.testing.assert_allclose(got["update_norm"], 0.1 * exact, rtol=0.05)
    np.testing.assert_allclose(got["cosine_gradient_update"], -1, rtol=1e-6)
    assert got["dead_unit_fraction"] == 0.25


def test_a_retrace_continues_the_series(tmp_path: pathlib.Path) -> None:
    """A last batch of another size traces the function anew; the steps go on."""
    w = tf.Variable([1.0, 2.0])

    @tf.function
    def step(x: Any) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(x * tf.reduce_sum(w**2))
        grads = tape.gradient(loss, [w])
        w.assign_sub(0.1 * grads[0])
        tb_convergence.log_step(tape, grads)

    written_by(tmp_path, lambda: [step(tf.ones([n])) for n in (4, 4, 3, 4)])
    got = read_one(tmp_path)
    assert got.steps.tolist() == [0, 1, 2, 3]
    assert np.isfinite(got.values["previous_update_norm"][1:]).all()


def test_named_streams_are_independent(tmp_path: pathlib.Path) -> None:
    """A generator and a discriminator keep their own steps and variables."""

    def train() -> None:
        models = {"generator": tf.Variable([1.0]), "discriminator": tf.Variable([1.0, 2.0])}
        for i in range(6):
            for name, w in models.items():
                if name == "generator" and i % 2:
                    continue
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(w**2)
                grads = tape.gradient(loss, [w])
                w.assign_sub(0.1 * grads[0])
                tb_convergence.log_step(tape, grads, name=name)

    written_by(tmp_path, train)
    assert {w.manifest.stream: w.steps.tolist() for w in read(tmp_path)} == {
        "generator": [0, 1, 2],
        "discriminator": [0, 1, 2, 3, 4, 5],
    }


def test_other_variables_in_one_stream_begin_a_manifest(tmp_path: pathlib.Path) -> None:
    """Layers thawed in mid-run: the second manifest goes on where the first ended."""

    def train() -> None:
        a, b = tf.Variable([1.0], name="a"), tf.Variable([1.0, 2.0], name="b")
        for i in range(6):
            chosen = [a] if i < 3 else [a, b]
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(a**2) + tf.reduce_sum(b**2)
            grads = tape.gradient(loss, chosen)
            for v, g in zip(chosen, grads, strict=True):
                v.assign_sub(0.1 * g)
            tb_convergence.log_step(tape, grads)

    written_by(tmp_path, train)
    assert [(w.manifest.index, w.steps.tolist()) for w in read(tmp_path)] == [(0, [0, 1, 2]), (1, [3, 4, 5])]


@pytest.mark.parametrize("kind", ["variable", "tensor", "number", "set_step"])
def test_the_caller_may_number_the_steps(tmp_path: pathlib.Path, kind: str) -> None:
    """By a variable, a tensor, a number, or TensorFlow's own step."""

    def train() -> None:
        w, number = tf.Variable([1.0]), tf.Variable(100, dtype=tf.int64)
        for _ in range(3):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w**2)
            grads = tape.gradient(loss, [w])
            w.assign_sub(0.1 * grads[0])
            said = {"variable": number, "tensor": number + 0, "number": int(number), "set_step": None}[kind]
            if kind == "set_step":
                tf.summary.experimental.set_step(number)
            tb_convergence.log_step(tape, grads, step=said)
            number.assign_add(10)
        tf.summary.experimental.set_step(None)

    written_by(tmp_path, train)
    assert read_one(tmp_path).steps.tolist() == [100, 110, 120]


def test_a_number_that_a_graph_would_freeze_is_refused(tmp_path: pathlib.Path) -> None:
    """`step=7` inside a tf.function would be 7 for ever: one warning, and the steps are counted."""
    w = tf.Variable([1.0])

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w**2)
        grads = tape.gradient(loss, [w])
        w.assign_sub(0.1 * grads[0])
        tb_convergence.log_step(tape, grads, step=7)

    tb_convergence.start(tmp_path)
    with pytest.warns(UserWarning, match="optimizer.iterations"):
        step()
    step()
    tb_convergence.flush()
    assert read_one(tmp_path).steps.tolist() == [0, 1]


def test_the_tape_must_be_a_tape() -> None:
    """Swapped arguments are said to be swapped."""
    with pytest.raises(TypeError, match=r"log_step\(tape, grads\)"):
        tb_convergence.log_step([tf.constant(1.0)], tf.GradientTape())


@pytest.mark.parametrize("log_first", [False, True])
@pytest.mark.parametrize("large", [1e30, np.inf, np.nan])
def test_a_loop_that_blows_up_is_recorded_without_a_warning(
    tmp_path: pathlib.Path, large: float, log_first: bool
) -> None:
    """Infinity less infinity is not a number, and no reason to warn: warnings are errors in these tests."""
    tb_convergence.start(tmp_path)
    w = tf.Variable(np.full((60, 80), 2.0, np.float32))
    for _ in range(4):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w])
        if log_first:
            tb_convergence.log_step(tape, grads)
        w.assign_sub(large * grads[0])
        if not log_first:
            tb_convergence.log_step(tape, grads)
    tb_convergence.flush()
    got = read_one(tmp_path)
    assert got.steps.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(got.values["gradient_nonfinite_count"][0], 0)
    np.testing.assert_array_equal(got.values["gradient_nonfinite_count"][-1], 4800)
    assert np.isnan(got.values["update_norm"][-1]).all()
