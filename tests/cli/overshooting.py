"""Gradient descent on w² with learning rate 1.5, by hand: w ← −2 w."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from tb_convergence.schema.record import Record
from tb_convergence.schema.statistics import COSINES, LENGTHS, VECTORS
from tb_convergence.series import Values
from tests.read.write_events import STARTED, EventFile, manifest, variable

LEARNING_RATE = 1.5
STEPS = 40
STATISTICS = (*LENGTHS, *COSINES, "gradient_nonfinite_count")


def write_overshooting(run: Path) -> None:
    """One variable in one dimension: a cosine is the product of two signs."""
    at = np.arange(STEPS)
    w = 2.0 * (-2.0) ** at.astype(np.float64)
    record = Record(
        manifest=0,
        sequence=0,
        steps=at,
        wall_times=STARTED + at.astype(np.float64),
        windows=np.ones(STEPS, np.int32),
        step_values=np.stack([w**2, np.full(STEPS, LEARNING_RATE)], axis=1),
        values=_columns(w)[:, None, :].astype(np.float32),
    )
    optimizer = {"class": "SGD", "config": {"learning_rate": LEARNING_RATE, "momentum": 0.0}}
    of = replace(manifest(variables=[variable("w", 0, ())], statistics=STATISTICS), optimizer=optimizer)
    with EventFile(run) as file:
        file.session(of, [record])


def _columns(w: Values) -> Values:
    """float64 [T, S] in the order of STATISTICS."""
    vectors = {"weight": w, "gradient": 2 * w, "update": -LEARNING_RATE * 2 * w}
    vectors |= {f"previous_{name}": np.append(np.nan, vectors[name][:-1]) for name in ("gradient", "update")}
    lengths = [np.abs(vectors[name]) for name in VECTORS]
    cosines = [np.sign(vectors[a] * vectors[b]) for a, b in combinations(VECTORS, 2)]
    return np.stack([*lengths, *cosines, np.zeros(STEPS)], axis=1)
