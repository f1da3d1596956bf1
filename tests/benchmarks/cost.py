"""What recording costs: step with ``log_step`` / step without, and today's practice beside it, interleaved in one run.

    python -m tests.benchmarks.cost [--pairs 30]

Prints a table of ratios of medians; writes only into a temporary folder that it removes.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

import tb_convergence

Step = Callable[[], object]
Log = Callable[[tf.GradientTape, Sequence[tf.Tensor], Sequence[tf.Variable], tf.Tensor], None]


@dataclass(frozen=True)
class Workload:
    """A model with one batch, built anew for every variant so that each trains on its own."""

    name: str
    build: Callable[[], tuple[keras.Model, tf.Tensor, tf.Tensor]]


def cnn() -> tuple[keras.Model, tf.Tensor, tf.Tensor]:
    """Three convolutions on 32 × 32 × 3, batch 128."""
    layers = [keras.layers.Conv2D(width, 3, activation="relu", padding="same") for width in (32, 64, 64)]
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), *layers, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10)]
    )
    return model, tf.random.normal((128, 32, 32, 3)), tf.random.uniform((128,), maxval=10, dtype=tf.int32)


def many_variables() -> tuple[keras.Model, tf.Tensor, tf.Tensor]:
    """100 variables, 5 million parameters, batch 64: little compute a parameter, the worst case for any recorder."""
    layers = [keras.layers.Dense(316, "relu") for _ in range(49)]
    model = keras.Sequential([keras.Input((316,)), *layers, keras.layers.Dense(10)])
    return model, tf.random.normal((64, 316)), tf.random.uniform((64,), maxval=10, dtype=tf.int32)


def record(tape: tf.GradientTape, grads: Sequence[tf.Tensor], _: Sequence[tf.Variable], __: tf.Tensor) -> None:
    """Ours."""
    tb_convergence.log_step(tape, grads)


def nothing(_: tf.GradientTape, __: Sequence[tf.Tensor], ___: Sequence[tf.Variable], ____: tf.Tensor) -> None:
    """The step alone."""
    return


def histograms(_: tf.GradientTape, grads: Sequence[tf.Tensor], variables: Sequence[tf.Variable], __: tf.Tensor) -> None:
    """Today's practice: histograms of gradients and weights."""
    for i, (g, w) in enumerate(zip(grads, variables, strict=True)):
        tf.summary.histogram(f"gradient/{i}", g, step=0)
        tf.summary.histogram(f"weight/{i}", w, step=0)


def make_step(workload: Workload, log: Log, mode: str) -> Step:
    """A training step of a fresh model that calls ``log`` at its end; ``mode`` is eager, function or xla."""
    keras.utils.set_random_seed(0)
    model, x, y = workload.build()
    optimizer = keras.optimizers.SGD(0.001)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
        log(tape, grads, model.trainable_variables, loss)

    if mode == "eager":
        return step
    return tf.function(step, jit_compile=mode == "xla")


def seconds(step: Step, repeats: int) -> float:
    """Time of one step, over ``repeats`` of them."""
    begun = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - begun) / repeats


def interleaved(steps: Sequence[Step], pairs: int, repeats: int) -> list[float]:
    """Median seconds of each step, measured in turns so that a busy moment hits all alike."""
    for step in steps:
        seconds(step, 3)
    rounds = [[seconds(step, repeats) for step in steps] for _ in range(pairs)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def table(pairs: int) -> None:
    """Measures and prints."""
    print(f"{'workload':<34}{'mode':<10}{'step ms':>9}{'log_step':>10}{'histograms':>12}")
    for workload in (Workload("CNN 32×32×3, batch 128", cnn), Workload("100 variables, 5 M, batch 64", many_variables)):
        for mode in ("eager", "function", "xla"):
            logs: list[Log] = [nothing, record] + ([] if mode == "xla" else [histograms])
            steps = [make_step(workload, log, mode) for log in logs]
            bare, *others = interleaved(steps[:2], pairs, repeats=5)
            today = interleaved([steps[0], steps[2]], max(2, pairs // 10), repeats=1) if len(steps) > 2 else None
            cells = f"{others[0] / bare:>10.3f}" + (f"{today[1] / today[0]:>12.1f}" if today else f"{'not in XLA':>12}")
            print(f"{workload.name:<34}{mode:<10}{bare * 1e3:>9.2f}{cells}", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=30, help="pairs of measurements per row (default 30)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tf.summary.create_file_writer(str(Path(folder))).as_default():
        table(options.pairs)
        tb_convergence.flush()


if __name__ == "__main__":
    main()
