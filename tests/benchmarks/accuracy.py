"""How near the sampled statistics come to those of all elements, on models that learn from real data."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import tb_convergence
from demo.digits import images
from tb_convergence.schema.statistics import COSINES, LENGTHS
from tests.record.written import Written, expected, read_one

NEAR = 0.05  # of the exact value for a length, in itself for a cosine


@dataclass(frozen=True)
class Accuracy:
    """Shares of (variable, step) at which a statistic is near, and the 95th percentile of its error."""

    name: str
    share: float
    error: float


def cnn() -> tuple[keras.Model, Any, Any]:
    """Eight convolutions with normalization on the 8 × 8 digits: 34 variables."""
    x, y = images()
    layers: list[Any] = [keras.Input((8, 8, 1))]
    for width in (32, 32, 64, 64, 64, 96, 96, 96):
        layers += [
            keras.layers.Conv2D(width, 3, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ]
    model = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(10)])
    return model, np.reshape(x, (-1, 8, 8, 1)).astype(np.float32), y


def embedding() -> tuple[keras.Model, Any, Any]:
    """An embedding of 5,000 words that a text meets by Zipf's law; most rows get no gradient at a step."""
    rng = np.random.default_rng(0)
    x = np.minimum(rng.zipf(1.3, size=(2000, 40)), 5_000) - 1
    y = (x % 7).sum(1) % 10
    layers = [keras.layers.Embedding(5_000, 32), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(256, "relu")]
    return keras.Sequential([keras.Input((40,)), *layers, keras.layers.Dense(10)]), x, y


def wide() -> tuple[keras.Model, Any, Any]:
    """Four dense layers with 837,000 parameters on the digits: gradients are read whole in turns."""
    x, y = images()
    layers = [keras.layers.Dense(512, "relu") for _ in range(4)]
    return keras.Sequential([keras.Input((64,)), *layers, keras.layers.Dense(10)]), np.reshape(x, (-1, 64)), y


def train(
    model: keras.Model, x: Any, y: Any, optimizer: Any, steps: int
) -> tuple[Written, dict[str, NDArray[np.float64]]]:
    """What was recorded, and the same of all elements: statistic → [T, V]."""
    variables = model.trainable_variables
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    kept: list[list[Any]] = [[v.numpy() for v in variables]]
    gradients: list[list[Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        tb_convergence.start(folder)
        for step in range(steps):
            chosen = np.random.default_rng(step).integers(0, len(x), 64)
            with tf.GradientTape() as tape:
                loss = loss_of(y[chosen], model(x[chosen], training=True))
            grads = [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables)]
            optimizer.apply_gradients(zip(grads, variables, strict=True))
            tb_convergence.log_step(tape, grads)
            kept.append([v.numpy() for v in variables])
            gradients.append([g.numpy() for g in grads])
        tb_convergence.flush()
        written = read_one(Path(folder))
    each = [expected([w[i] for w in kept], [g[i] for g in gradients]) for i in range(len(variables))]
    return written, {name: np.stack([e[name] for e in each], 1) for name in each[0]}


def errors(written: Written, exact: dict[str, NDArray[np.float64]], names: Sequence[str]) -> NDArray[np.float64]:
    """Of lengths in shares of the exact ones, of cosines as they are; of sampled variables only."""
    sampled = [v.sampled is not None for v in written.manifest.variables]
    found = []
    for name in names:
        difference = np.abs(written.values[name] - exact[name])
        if name in LENGTHS:
            with np.errstate(invalid="ignore", divide="ignore"):
                difference = difference / exact[name]
        found.append(difference[1:, sampled].ravel())
    every = np.concatenate(found)
    return every[~np.isnan(every)]


def accuracies(steps: int) -> list[Accuracy]:
    """Of each model and optimizer: lengths, and cosines."""
    found = []
    for name, build in (("CNN", cnn), ("embedding", embedding), ("by turns", wide)):
        for optimizer in (keras.optimizers.SGD(0.05, momentum=0.9), keras.optimizers.Adam(0.001)):
            keras.utils.set_random_seed(0)
            model, x, y = build()
            written, exact = train(model, x, y, optimizer, steps)
            for what, names in (("lengths", LENGTHS), ("cosines", COSINES)):
                error = errors(written, exact, names)
                label = f"{name}, {type(optimizer).__name__}, {what}"
                found.append(Accuracy(label, float((error <= NEAR).mean()), float(np.quantile(error, 0.95))))
    return found
