"""One linear layer, trained in every kind of loop; the twin computes the same steps in numpy."""

import pathlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tb_convergence
from tests.record.loops.linear import B, Floats, Steps, W, assert_recorded, batches, clipped, sgd, trained
from tests.record.written import read, read_one

STEPS = 6


class Layer(tf.Module):
    """The layer, its momentum, and one step of training."""

    def __init__(self, *, momentum: float = 0.9, log: Callable[..., None] = tb_convergence.log_step) -> None:
        super().__init__()
        self.w, self.b = tf.Variable(W, dtype=tf.float32, name="w"), tf.Variable(B, dtype=tf.float32, name="b")
        self.velocity = [tf.Variable(tf.zeros_like(v), trainable=False) for v in (self.w, self.b)]
        self.momentum, self.log = momentum, log

    def step(self, x: Any, y: Any) -> Any:
        """One step; returns the loss."""
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((x @ self.w + self.b - y) ** 2)
        grads = tape.gradient(loss, [self.w, self.b])
        self.update(grads)
        self.log(tape, grads)
        return loss

    def update(self, grads: Any) -> None:
        """Heavy ball."""
        for v, m, g in zip((self.w, self.b), self.velocity, grads, strict=True):
            m.assign(self.momentum * m - 0.1 * g)
            v.assign_add(m)


@pytest.fixture(autouse=True)
def logdir(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    tb_convergence.start(tmp_path)
    yield tmp_path
    tb_convergence.flush()


def tensors(size: int = 8, epochs: int = 2) -> list[tuple[Any, Any]]:
    return [(tf.constant(x, tf.float32), tf.constant(y, tf.float32)) for x, y in batches(size, epochs)]


def eager(layer: Layer) -> None:
    for x, y in tensors():
        layer.step(x, y)


def graph(layer: Layer) -> None:
    step = tf.function(layer.step)
    for x, y in tensors():
        step(x, y)


def xla(layer: Layer) -> None:
    step = tf.function(layer.step, jit_compile=True)
    for x, y in tensors():
        step(x, y)


def xla_in_a_graph(layer: Layer) -> None:
    inner = tf.function(layer.step, jit_compile=True)
    step = tf.function(lambda x, y: inner(x, y) + 1.0)
    for x, y in tensors():
        step(x, y)


def graph_in_a_graph(layer: Layer) -> None:
    inner = tf.function(layer.step)
    step = tf.function(lambda x, y: inner(x, y) + 1.0)
    for x, y in tensors():
        step(x, y)


def looped(layer: Layer, *, jit: bool) -> None:
    x, y = (np.concatenate([p[i] for p in batches(10)]).reshape(2, 10, -1) for i in (0, 1))
    xs, ys = tf.constant(np.concatenate([x] * 3), tf.float32), tf.constant(np.concatenate([y] * 3), tf.float32)

    @tf.function(jit_compile=jit)
    def train() -> None:
        for i in tf.range(STEPS):
            layer.step(xs[i], ys[i])

    train()


def dataset(layer: Layer) -> None:
    data = tf.data.Dataset.from_generator(
        lambda: iter(tensors()), output_signature=(tf.TensorSpec([None, 3]), tf.TensorSpec([None, 2]))
    )

    @tf.function
    def train() -> None:
        for x, y in data:
            layer.step(x, y)

    train()


def another_thread(layer: Layer) -> None:
    thread = threading.Thread(target=graph, args=(layer,))
    thread.start()
    thread.join()


@pytest.mark.parametrize("loop", [eager, graph, xla, xla_in_a_graph, graph_in_a_graph, dataset, another_thread])
def test_every_step_is_exact(logdir: pathlib.Path, loop: Callable[[Layer], None]) -> None:
    """Batches of 8, 8 and 4, twice."""
    loop(Layer())
    tb_convergence.flush()
    assert_recorded(read_one(logdir), trained(sgd(0.1, 0.9), batches(8, epochs=2)))


@pytest.mark.parametrize("jit", [False, True])
def test_a_loop_inside_one_function(logdir: pathlib.Path, jit: bool) -> None:
    """One call trains for many steps."""
    looped(Layer(), jit=jit)
    tb_convergence.flush()
    assert_recorded(read_one(logdir), trained(sgd(0.1, 0.9), batches(10, epochs=3)))


def test_a_long_loop_inside_one_function_loses_no_step(logdir: pathlib.Path) -> None:
    """The rows are taken out while the function runs: five times as many steps as there is room for."""
    w = tf.Variable([1.0, 2.0])

    @tf.function
    def train(steps: Any) -> None:
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w**2)
            grads = tape.gradient(loss, [w])
            w.assign_sub(0.001 * grads[0])
            tb_convergence.log_step(tape, grads)

    train(tf.constant(10_000))
    tb_convergence.flush()
    got = read_one(logdir)
    assert got.steps.tolist() == list(range(10_000))
    want = np.sqrt(5) * 0.998 ** np.arange(10_000)
    np.testing.assert_allclose(got.values["gradient_norm"][:, 0], 2 * want, rtol=1e-3)


def test_accumulation_by_hand(logdir: pathlib.Path) -> None:
    """Of two gradients the mean is applied; log_step is called where it is."""
    layer = Layer(momentum=0.0)
    parts = tensors(10)
    for first, second in zip(parts[::2], parts[1::2], strict=True):
        grads = []
        for x, y in (first, second):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((x @ layer.w + layer.b - y) ** 2)
            grads.append(tape.gradient(loss, [layer.w, layer.b]))
        mean = [(a + b) / 2 for a, b in zip(*grads, strict=True)]
        layer.update(mean)
        tb_convergence.log_step(tape, mean)
    tb_convergence.flush()
    want = trained(sgd(0.1), batches(20, epochs=2))  # two halves of the data make the whole
    got = read_one(logdir)
    np.testing.assert_allclose(
        got.values["gradient_norm"][:, 0], [np.linalg.norm(g[0]) for g in want.gradients], rtol=1e-5
    )
    want.losses = got.step_values["loss"].tolist()  # the loss is that of the second half, whose tape was given
    assert_recorded(got, want)


CLIPS: dict[str, tuple[Callable[[Any], Any], Callable[[list[Floats]], list[Floats]]]] = {
    "value": (lambda g: [tf.clip_by_value(x, -0.2, 0.2) for x in g], lambda g: [np.clip(x, -0.2, 0.2) for x in g]),
    "norm": (lambda g: [tf.clip_by_norm(x, 0.3) for x in g], lambda g: [clipped([x], 0.3)[0] for x in g]),
    "global norm": (lambda g: tf.clip_by_global_norm(g, 0.4)[0], lambda g: clipped(g, 0.4)),
}


@pytest.mark.parametrize("given", ["raw", "applied"])
@pytest.mark.parametrize("kind", CLIPS)
def test_clipping(logdir: pathlib.Path, kind: str, given: str) -> None:
    """Either gradient may be given: the recorded one is that, the update is the one that was made."""
    clip, twin = CLIPS[kind]
    layer = Layer(momentum=0.0)
    for x, y in tensors():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((x @ layer.w + layer.b - y) ** 2)
        grads = tape.gradient(loss, [layer.w, layer.b])
        applied = clip(grads)
        layer.update(applied)
        tb_convergence.log_step(tape, grads if given == "raw" else applied)
    tb_convergence.flush()
    step = sgd(0.1)
    want = trained(lambda w, g: step(w, twin(g)), batches(8, epochs=2))
    if given == "applied":
        want.gradients = [twin(g) for g in want.gradients]
    assert_recorded(read_one(logdir), want)


def test_two_layers_in_one_process(logdir: pathlib.Path) -> None:
    """Each under its name, in turn and from two threads at once."""
    layers = {
        name: Layer(log=lambda tape, grads, name=name: tb_convergence.log_step(tape, grads, name=name)) for name in "ab"
    }
    threads = [
        threading.Thread(target=loop, args=(layer,))
        for layer, loop in zip(layers.values(), (graph, eager), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tb_convergence.flush()
    found = {w.manifest.stream: w for w in read(logdir)}
    assert set(found) == {"a", "b"}
    for written in found.values():
        assert_recorded(written, trained(sgd(0.1, 0.9), batches(8, epochs=2)))


def test_two_directories_from_two_threads(tmp_path: pathlib.Path) -> None:
    """A default writer belongs to its thread."""

    def run(name: str) -> None:
        with tf.summary.create_file_writer(str(tmp_path / name)).as_default():
            graph(Layer())
            tb_convergence.flush()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("first", "second"):
        assert_recorded(read_one(tmp_path / name), trained(sgd(0.1, 0.9), batches(8, epochs=2)))


def test_resuming_from_a_checkpoint_in_the_same_directory(logdir: pathlib.Path) -> None:
    """A second session goes on at the step of the checkpoint; nothing of the first is lost."""
    parts = tensors()
    layer, number = Layer(), tf.Variable(0, dtype=tf.int64)
    layer.log = lambda tape, grads: tb_convergence.log_step(tape, grads, step=number)
    for x, y in parts[:3]:
        layer.step(x, y)
        number.assign_add(1)
    saved = tf.train.Checkpoint(layer=layer, number=number).save(str(logdir / "checkpoint" / "saved"))

    tb_convergence.start(logdir)
    again, number = Layer(), tf.Variable(0, dtype=tf.int64)
    again.log = lambda tape, grads: tb_convergence.log_step(tape, grads, step=number)
    tf.train.Checkpoint(layer=again, number=number).restore(saved).expect_partial()
    for x, y in parts[3:]:
        again.step(x, y)
        number.assign_add(1)
    tb_convergence.flush()

    whole = trained(sgd(0.1, 0.9), batches(8, epochs=2))
    first, second = sorted(read(logdir), key=lambda w: w.steps[0])
    assert_recorded(first, Steps(whole.weights[:4], whole.gradients[:3], whole.losses[:3]))
    assert_recorded(second, Steps(whole.weights[3:], whole.gradients[3:], whole.losses[3:]), first=3)
