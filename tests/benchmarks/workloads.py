"""What is trained in the benchmark of cost, and what a step does at its end: nothing, ours, today's practice."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import keras
import tensorflow as tf

import tb_convergence
from tb_convergence.record import observer
from tb_convergence.schema.statistics import VECTORS, cosine, length

Log = Callable[[tf.GradientTape, Sequence[tf.Tensor], Sequence[tf.Variable], tf.Tensor], None]
Batch = tuple[keras.Model, tf.Tensor, tf.Tensor]
STATISTICS = 20  # of a variable and a step, as many as a record holds


@dataclass(frozen=True)
class Workload:
    """A model with one batch, built anew for every variant so that each trains on its own."""

    name: str
    build: Callable[[], Batch]


def cnn() -> Batch:
    """Three convolutions on 32 × 32 × 3, batch 128."""
    layers = [keras.layers.Conv2D(width, 3, activation="relu", padding="same") for width in (32, 64, 64)]
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), *layers, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10)]
    )
    return model, tf.random.normal((128, 32, 32, 3)), tf.random.uniform((128,), maxval=10, dtype=tf.int32)


def dense(layers: int, width: int) -> Batch:
    """Two variables a layer, batch 64: little compute a parameter, the worst case for any recorder.

    First weights by He's rule: with Keras' default the gradients of 200 layers are 1e-33, whose squares float32 does
    not hold; those take a slower way, and nobody trains so.
    """
    hidden = [keras.layers.Dense(width, "relu", kernel_initializer="he_normal") for _ in range(layers - 1)]
    model = keras.Sequential([keras.Input((width,)), *hidden, keras.layers.Dense(10)])
    return model, tf.random.normal((64, width)), tf.random.uniform((64,), maxval=10, dtype=tf.int32)


CNN = Workload("CNN on 32×32×3, batch 128", cnn)
MANY = Workload("100 variables, 5 M, batch 64", lambda: dense(50, 316))
MOST = Workload("400 variables, 25 M, batch 64", lambda: dense(200, 354))


def nothing(_: tf.GradientTape, __: Sequence[tf.Tensor], ___: Sequence[tf.Variable], ____: tf.Tensor) -> None:
    """The step alone."""
    return  # AutoGraph cannot convert a function that is a docstring only


def ours(tape: tf.GradientTape, grads: Sequence[tf.Tensor], _: Sequence[tf.Variable], __: tf.Tensor) -> None:
    """What is measured."""
    tb_convergence.log_step(tape, grads)


def histograms(
    _: tf.GradientTape, grads: Sequence[tf.Tensor], variables: Sequence[tf.Variable], loss: tf.Tensor
) -> None:
    """Today's practice: histograms of gradients and weights, and their norms."""
    tf.summary.scalar("loss", loss, step=0)
    for i, (g, w) in enumerate(zip(grads, variables, strict=True)):
        tf.summary.histogram(f"gradient/{i}", g, step=0)
        tf.summary.histogram(f"weight/{i}", w, step=0)
        tf.summary.scalar(f"gradient_norm/{i}", tf.norm(g), step=0)
        tf.summary.scalar(f"weight_norm/{i}", tf.norm(tf.convert_to_tensor(w)), step=0)


def scalars(_: tf.GradientTape, grads: Sequence[tf.Tensor], __: Sequence[tf.Variable], loss: tf.Tensor) -> None:
    """As many numbers as ours through ``tf.summary.scalar``, each for free: only writing them is counted."""
    tf.summary.scalar("loss", loss, step=0)
    for i in range(len(grads)):
        for k in range(STATISTICS):
            tf.summary.scalar(f"{k}/{i}", loss, step=0)


def same_scalars() -> Log:
    """Ours by hand: the same statistics, of all elements, through ``tf.summary.scalar``.

    What a step needs of the last one is kept in variables: the weights before the update, the last gradient and update.
    """
    kept: list[tuple[tf.Variable, tf.Variable, tf.Variable]] = []

    def log(_: tf.GradientTape, grads: Sequence[tf.Tensor], variables: Sequence[tf.Variable], loss: tf.Tensor) -> None:
        if not kept:
            with tf.init_scope():
                kept.extend((tf.Variable(v), *(tf.Variable(tf.zeros_like(v)) for _ in range(2))) for v in variables)
        tf.summary.scalar("loss", loss, step=0)
        for i, (g, w, before) in enumerate(zip(grads, variables, kept, strict=True)):
            weight, last_gradient, last_update = (tf.convert_to_tensor(x) for x in before)
            update = w - weight
            for name, value in _statistics(weight, g, update, last_gradient, last_update):
                tf.summary.scalar(f"{name}/{i}", value, step=0)
            for variable, new in zip(before, (w, g, update), strict=True):
                variable.assign(new)

    return log


def _statistics(*vectors: tf.Tensor) -> Iterator[tuple[str, tf.Tensor]]:
    """Those of ``schema.statistics``, of the five vectors of one variable."""
    weight, gradient = vectors[:2]
    flat = dict(zip(VECTORS, (tf.reshape(x, [-1]) for x in vectors), strict=True))
    norms = {name: tf.norm(x) for name, x in flat.items()}
    yield from ((length(name), norm) for name, norm in norms.items())
    for a, b in combinations(VECTORS, 2):
        yield cosine(a, b), tf.math.divide_no_nan(tf.tensordot(flat[a], flat[b], 1), norms[a] * norms[b])
    yield "gradient_max", tf.reduce_max(tf.abs(gradient))
    yield "gradient_zero_fraction", tf.reduce_mean(tf.cast(gradient == 0, tf.float32))
    yield "gradient_nonfinite_count", tf.reduce_sum(tf.cast(~tf.math.is_finite(gradient), tf.float32))
    columns = tf.reshape(gradient, [-1, gradient.shape[-1]])
    yield "dead_unit_fraction", tf.reduce_mean(tf.cast(tf.reduce_all(columns == 0, 0), tf.float32))
    yield "weight_mean", tf.reduce_mean(weight)


class Variant:
    """A training step of a fresh model that logs into a directory of its own."""

    def __init__(self, workload: Workload, log: Log, mode: str) -> None:
        keras.utils.set_random_seed(0)
        self._log = log
        self.model, self._x, self._y = workload.build()
        self._optimizer = keras.optimizers.SGD(0.001)
        self._optimizer.build(self.model.trainable_variables)
        self._loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.folder = Path(tempfile.mkdtemp(dir=_FOLDER.name))
        self._writer = tf.summary.create_file_writer(str(self.folder))
        wrap = {"eager": lambda f: f, "function": tf.function, "xla": tf.function(jit_compile=True)}[mode]
        self.step: Callable[[], object] = wrap(self._step)

    def _step(self) -> None:
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            loss = self._loss(self._y, self.model(self._x, training=True))
        grads = tape.gradient(loss, variables)
        self._optimizer.apply_gradients(zip(grads, variables, strict=True))
        self._log(tape, grads, variables, loss)

    def run(self, steps: int) -> None:
        """So many steps, its own writer being the default; no longer, for it would come before ``start``.

        Without ``log_step``, tapes are not observed either: that is a part of what recording costs.
        """
        with self._writer.as_default(), nullcontext() if self._log is ours else _unobserved():
            for _ in range(steps):
                self.step()

    def written(self) -> int:
        """Bytes on disk, everything flushed."""
        tb_convergence.flush()
        self._writer.flush()
        return sum(p.stat().st_size for p in self.folder.rglob("*") if p.is_file())


@contextmanager
def _unobserved() -> Iterator[None]:
    observer.remove()
    try:
        yield
    finally:
        observer.install()


_FOLDER = tempfile.TemporaryDirectory(prefix="tb-convergence-bench-")
