"""A sweep that ends hopeless trials early: five learning rates, each stopped as soon as an error is found.

python -m demo.sweep [LOGDIR]
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits

import tb_convergence
from tb_convergence.diagnose.finding import Finding, Severity

RATES = (0.001, 0.03, 0.3, 3.0, 100.0)
EPOCHS = 40


@dataclass(frozen=True, slots=True)
class Trial:
    """How one learning rate did; ``error`` is what ended it."""

    rate: float
    steps: int
    planned: int
    accuracy: float
    error: Finding | None


def main(arguments: Sequence[str] = ()) -> list[Trial]:
    """Trains one model for each rate, and prints a table."""
    logdir = Path(arguments[0] if arguments else tempfile.mkdtemp(prefix="sweep-"))
    print(f"{'rate':>6}  {'steps':>5} of planned  accuracy  ended by")
    trials = []
    for rate in RATES:
        trials.append(trial(rate, logdir / f"rate-{rate:g}"))
        print(_row(trials[-1]), flush=True)
    saved = 1.0 - sum(t.steps for t in trials) / sum(t.planned for t in trials)
    print(f"{saved:.0%} of the steps were not needed. tensorboard --logdir {logdir}")
    return trials


def trial(rate: float, logdir: Path, epochs: int = EPOCHS) -> Trial:
    """One training; ``stop_on="error"`` ends ``fit`` at the first error that the diagnosis finds."""
    digits = load_digits()
    x, y = (digits.data / 16.0).astype(np.float32), digits.target
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), loss, metrics=["accuracy"])
    found: list[Finding] = []
    callback = tb_convergence.ConvergenceCallback(logdir, on_finding=found.append, stop_on="error")
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0, callbacks=[callback])
    steps, planned = int(model.optimizer.iterations.numpy()), epochs * -(-len(x) // 32)
    error = next((f for f in found if f.severity is Severity.ERROR and steps < planned), None)
    return Trial(rate, steps, planned, float(model.evaluate(x, y, verbose=0)[1]), error)


def _row(item: Trial) -> str:
    why = "" if item.error is None else f"{item.error.id}: {item.error.summary}"
    return f"{item.rate:>6g}  {item.steps:>5} of {item.planned:>7}  {item.accuracy:>8.1%}  {why}"


if __name__ == "__main__":
    main(sys.argv[1:])
