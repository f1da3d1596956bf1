"""What log_step measures beside the gradients is what happened, and changes nothing."""

import pathlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tb_convergence.record import log_step
from tb_convergence.record.guard import RecordingWarning
from tb_convergence.record.sampling import SAMPLE, take
from tb_convergence.schema.statistics import INPUT_PROBES, LABEL_PROBES, LOSS_PROBES, OUTPUT_PROBES, STEP_STATISTICS
from tests.record.written import Written, read, read_one

STEPS, EVERY = 7, 3
DUE = np.arange(STEPS) % EVERY == 0
WAYS: dict[str, Callable[..., Any]] = {
    "eager": lambda f: f,
    "graph": tf.function,
    "xla": tf.function(jit_compile=True),
}
ways = pytest.mark.parametrize("way", WAYS)


def loss_and_slopes(x: Any, a: Any, b: Any) -> tuple[float, list[Any]]:
    """Mean tanh²(x a + b) and its gradient, in float64 and by hand."""
    x, a, b = (np.asarray(v, np.float64) for v in (x, a, b))
    t = np.tanh(x @ a + b)
    z = 2 * t * (1 - t**2) / t.size
    return float((t**2).mean()), [x.T @ z, z.sum(0)]


class Loop:
    """A small network under SGD with momentum, another batch at each step; keeps what really happened."""

    def __init__(self, way: str = "eager", *, before: bool = False, width: int = 4) -> None:
        keys = np.random.default_rng(0)
        self.a = tf.Variable(keys.normal(size=(3, width)), dtype=tf.float32)
        self.b = tf.Variable(keys.normal(size=(width,)), dtype=tf.float32)
        self.velocity = [tf.Variable(tf.zeros_like(v), trainable=False) for v in (self.a, self.b)]
        self.batches = keys.normal(size=(STEPS, 6, 3)).astype(np.float32)
        self.before, self.calls = before, tf.Variable(0)
        self.step = WAYS[way](self._step)
        self.weights: list[list[Any]] = [self._now()]

    def _now(self) -> list[Any]:
        return [v.numpy().copy() for v in (self.a, self.b)]

    def _step(self, x: Any) -> None:
        def loss_fn() -> Any:
            return tf.reduce_mean(tf.tanh(x @ self.a + self.b) ** 2)

        def counted() -> Any:
            self.calls.assign_add(1)
            return loss_fn()

        with tf.GradientTape() as tape:
            loss = loss_fn()
        grads = tape.gradient(loss, [self.a, self.b])
        if self.before:
            tb_convergence.log_step(tape, grads, loss_fn=counted, probe_every=EVERY)
        for v, m, g in zip((self.a, self.b), self.velocity, grads, strict=True):
            m.assign(0.9 * m - 0.5 * g)
            v.assign_add(m)
        if not self.before:
            tb_convergence.log_step(tape, grads, loss_fn=counted, probe_every=EVERY)

    def run(self) -> "Loop":
        """Trains, and keeps the weights."""
        for x in self.batches:
            self.step(tf.constant(x))
            self.weights.append(self._now())
        return self

    def expected(self) -> dict[str, Any]:
        """The loss probes of every step, in numpy."""
        rows = []
        for x, old, new in zip(self.batches, self.weights[:-1], self.weights[1:], strict=True):
            delta = [n.astype(np.float64) - o for n, o in zip(new, old, strict=True)]
            before, after = loss_and_slopes(x, *old), loss_and_slopes(x, *new)
            slopes = [sum((g * d).sum() for g, d in zip(s[1], delta, strict=True)) for s in (before, after)]
            rows.append([after[0], *slopes])
        return dict(zip(LOSS_PROBES, np.transpose(rows), strict=True))


def written_by(tmp_path: pathlib.Path, train: Callable[[], Any]) -> Written:
    tb_convergence.start(tmp_path)
    train()
    tb_convergence.flush()
    return read_one(tmp_path)


@ways
def test_the_loss_and_its_slopes_after_the_update(tmp_path: pathlib.Path, way: str) -> None:
    """At every third step those of an independent computation, elsewhere NaN; loss_fn runs at no other step."""
    loop = Loop(way)
    got = written_by(tmp_path, loop.run)
    assert got.manifest.step_statistics == (*STEP_STATISTICS, *LOSS_PROBES)
    for name, series in loop.expected().items():
        np.testing.assert_allclose(got.step_values[name][DUE], series[DUE], rtol=1e-5, err_msg=name)
        assert np.isnan(got.step_values[name][~DUE]).all(), name
    assert int(loop.calls) == DUE.sum()


@ways
def test_before_the_update_nothing_is_said(tmp_path: pathlib.Path, way: str) -> None:
    """The weights have not moved yet: what loss_fn gives now is not the loss after the update."""
    got = written_by(tmp_path, Loop(way, before=True).run)
    assert np.isfinite(got.values["update_norm"][:-1]).all()
    for name in LOSS_PROBES:
        assert np.isnan(got.step_values[name]).all(), name


def test_inside_a_loop_in_the_graph(tmp_path: pathlib.Path) -> None:
    """tf.while runs many steps in one call; probes keep their turn."""
    loop = Loop()

    @tf.function
    def many(batches: Any) -> None:
        for i in tf.range(STEPS):
            loop._step(batches[i])

    got = written_by(tmp_path, lambda: many(tf.constant(loop.batches)))
    twin = Loop().run().expected()
    for name, series in twin.items():
        np.testing.assert_allclose(got.step_values[name][DUE], series[DUE], rtol=1e-5, err_msg=name)
        assert np.isnan(got.step_values[name][~DUE]).all(), name


def test_slopes_of_large_variables_are_exact_for_gradient_descent(tmp_path: pathlib.Path) -> None:
    """Δ is a multiple of g, and the sample tells which; the sum is then over all elements."""
    rng = np.random.default_rng(1)
    scale = rng.lognormal(sigma=2, size=(300, 200)).astype(np.float32)
    w = tf.Variable(rng.normal(size=(300, 200)), dtype=tf.float32)
    seen = [w.numpy().astype(np.float64)]

    def loss_fn() -> Any:
        return 0.5 * tf.reduce_sum(scale * w * w)

    def train() -> None:
        with tf.GradientTape() as tape:
            loss = loss_fn()
        grads = tape.gradient(loss, [w])
        w.assign_sub(0.01 * grads[0])
        seen.append(w.numpy().astype(np.float64))
        tb_convergence.log_step(tape, grads, loss_fn=loss_fn)

    got = written_by(tmp_path, train)
    assert got.manifest.variables[0].sampled == len(take(np.zeros((300, 200)), (300, 200), SAMPLE))
    want = [(scale * seen[i] * (seen[1] - seen[0])).sum() for i in (0, 1)]
    found = [got.step_values[name][0] for name in ("slope_before", "slope_after")]
    np.testing.assert_allclose(found, want, rtol=1e-3)


def test_a_variable_without_gradient_has_no_slope(tmp_path: pathlib.Path) -> None:
    """And leaves those of the others alone."""
    w, other = tf.Variable([1.0, 2.0]), tf.Variable([3.0])

    def train() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w, other])
        w.assign_sub(0.1 * grads[0])
        tb_convergence.log_step(tape, grads, loss_fn=lambda: tf.reduce_sum(w * w))

    got = written_by(tmp_path, train)
    found = [got.step_values[name][0] for name in LOSS_PROBES]
    np.testing.assert_allclose(found, [5 * 0.64, -2.0, -1.6], rtol=1e-6)


def noisy() -> keras.Model:
    """Dropout draws from a seed that moves, batch normalization keeps averages."""
    keras.utils.set_random_seed(3)
    layers = [
        keras.layers.Dense(8),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(1),
    ]
    return keras.Sequential([keras.Input((3,)), *layers])


def train_noisy(way: str, *, probes: bool) -> tuple[list[Any], Sequence[Any]]:
    """The state and the losses of a training, with and without probes."""
    model, optimizer = noisy(), keras.optimizers.SGD(0.05, momentum=0.9)
    optimizer.build(model.trainable_variables)
    x = tf.constant(np.random.default_rng(0).normal(size=(16, 3)), tf.float32)

    def loss_fn() -> Any:
        return tf.reduce_mean((model(x, training=True) - 1) ** 2)

    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = loss_fn()
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        given: dict[str, Any] = {"loss_fn": loss_fn, "inputs": x, "probe_every": 2} if probes else {}
        tb_convergence.log_step(tape, grads, **given)
        return loss

    run = WAYS[way](step)
    losses = [float(run()) for _ in range(12)]
    return [v.numpy() for v in (*model.variables, *optimizer.variables)], losses


@ways
def test_training_is_bit_identical_with_and_without_probes(tmp_path: pathlib.Path, way: str) -> None:
    """Weights, moving averages, seeds and the optimizer's own, though loss_fn trains on paper."""
    tb_convergence.start(tmp_path)
    state, losses = train_noisy(way, probes=True)
    tb_convergence.flush()
    assert np.isfinite(read_one(tmp_path).step_values["loss_after"][::2]).all()
    wanted, wanted_losses = train_noisy(way, probes=False)
    assert losses == wanted_losses
    for a, b in zip(state, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_callers_tape_sees_nothing_of_it(tmp_path: pathlib.Path) -> None:
    """log_step inside a persistent tape that still records."""
    w, unrelated = tf.Variable([1.0, 2.0]), tf.Variable([1.0])
    tb_convergence.start(tmp_path)
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w])
        w.assign_sub(0.1 * grads[0])
        tb_convergence.log_step(tape, grads, loss_fn=lambda: tf.reduce_sum(w * w) + unrelated[0])
        after = tf.reduce_sum(3.0 * w)
    assert [v is w for v in tape.watched_variables()] == [True]
    np.testing.assert_allclose(tape.gradient(after, w), [3, 3])
    tb_convergence.flush()
    np.testing.assert_allclose(read_one(tmp_path).step_values["loss_after"], [5 * 0.64 + 1], rtol=1e-6)


@ways
def test_the_batch_and_metrics(tmp_path: pathlib.Path, way: str) -> None:
    """Inputs, labels and outputs at every third step, a metric at all."""
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    w = tf.Variable(x[:3, :2])
    y = np.arange(8) % 4

    def step() -> None:
        with tf.GradientTape() as tape:
            out = tf.nn.softmax(x @ w)
            loss = tf.reduce_sum(out**2)
        grads = tape.gradient(loss, [w])
        w.assign_sub(0.1 * grads[0])
        tb_convergence.log_step(
            tape, grads, inputs={"x": x}, labels=y, outputs=[out], metrics={"twice": 2 * loss}, probe_every=EVERY
        )

    run = WAYS[way](step)
    got = written_by(tmp_path, lambda: [run() for _ in range(STEPS)])
    for name in (*INPUT_PROBES, *LABEL_PROBES, *OUTPUT_PROBES):
        np.testing.assert_array_equal(np.isfinite(got.step_values[name]), DUE, err_msg=name)
    np.testing.assert_allclose(got.step_values["input_std"][DUE], x.std(), rtol=1e-6)
    np.testing.assert_allclose(got.step_values["label_entropy"][DUE], np.log(4), rtol=1e-6)
    np.testing.assert_allclose(got.step_values["output_mean"][DUE], 0.5, rtol=1e-6)
    np.testing.assert_allclose(got.step_values["metric/twice"], 2 * got.step_values["loss"], rtol=1e-6)


def test_a_metric_that_comes_now_and_then_interrupts_nothing(tmp_path: pathlib.Path) -> None:
    """Given at two steps, NaN at the others; a second one begins a manifest that goes on with both."""
    w = tf.Variable([1.0, 2.0])

    def train() -> None:
        for i in range(8):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w)
            grads = tape.gradient(loss, [w])
            w.assign_sub(0.1 * grads[0])
            metrics = {0: {"val": 0.5}, 3: {"val": np.float32(0.25)}, 5: {"other": tf.constant(7)}, 6: {"val": 1}}.get(
                i
            )
            tb_convergence.log_step(tape, grads, metrics=metrics)

    tb_convergence.start(tmp_path)
    train()
    tb_convergence.flush()
    first, second = read(tmp_path)
    assert [first.steps.tolist(), second.steps.tolist()] == [[0, 1, 2, 3, 4], [5, 6, 7]]
    np.testing.assert_array_equal(first.step_values["metric/val"], [0.5, np.nan, np.nan, 0.25, np.nan])
    np.testing.assert_array_equal(second.step_values["metric/val"], [np.nan, 1, np.nan])
    np.testing.assert_array_equal(second.step_values["metric/other"], [7, np.nan, np.nan])


def logged(**given: Any) -> None:
    """One step."""
    w = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    grads = tape.gradient(loss, [w])
    w.assign_sub(0.1 * grads[0])
    tb_convergence.log_step(tape, grads, **given)


@pytest.mark.parametrize("way", ["eager", "graph"])
def test_a_loss_fn_that_fails_costs_only_its_own_numbers(
    tmp_path: pathlib.Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One warning that says what it raised."""
    monkeypatch.setattr(log_step._RECORDER, "_warned", set())
    w = tf.Variable([1.0, 2.0])

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * w)
        grads = tape.gradient(loss, [w])
        w.assign_sub(0.1 * grads[0])
        tb_convergence.log_step(tape, grads, loss_fn=lambda: 1 // 0, inputs=w + 0.0, probe_every=1)

    run = WAYS[way](step)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        got = written_by(tmp_path, lambda: [run() for _ in range(3)])
    (told,) = [w for w in caught if w.category is RecordingWarning]
    assert "loss_fn=" in str(told.message)
    assert "ZeroDivisionError" in str(told.message)
    assert got.steps.tolist() == [0, 1, 2]
    assert np.isnan(got.step_values["loss_after"]).all()
    assert np.isfinite(got.step_values["input_mean"]).all()


def test_a_metric_that_a_graph_would_freeze_is_left_out(tmp_path: pathlib.Path) -> None:
    """A Python number inside a tf.function stays what it was when the function was traced."""
    with pytest.warns(RecordingWarning, match=r"metrics\['val'\]"):
        got = written_by(tmp_path, tf.function(lambda: logged_once(metrics={"val": 0.5})))
    assert np.isnan(got.step_values["metric/val"]).all()


_W = tf.Variable([1.0, 2.0])


def logged_once(**given: Any) -> None:
    """One step of a variable that outlives the trace."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(_W * _W)
    grads = tape.gradient(loss, [_W])
    _W.assign_sub(0.1 * grads[0])
    tb_convergence.log_step(tape, grads, **given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"loss_fn": 3.0}, "loss_fn"),
        ({"metrics": [1.0]}, "metrics"),
        ({"metrics": {"val": [1.0, 2.0]}}, "val"),
        ({"metrics": {"val": tf.zeros([2])}}, "val"),
        ({"metrics": {"val": "high"}}, "val"),
        ({"inputs": "images"}, "inputs"),
        ({"probe_every": 2.5}, "probe_every"),
    ],
)
def test_other_kinds_of_arguments_are_refused(given: dict[str, Any], told: str) -> None:
    """At once, by name."""
    with pytest.raises(TypeError, match=told):
        logged(**given)


def test_probe_every_is_at_least_one() -> None:
    """Zero would never come."""
    with pytest.raises(ValueError, match="probe_every"):
        logged(probe_every=0)
