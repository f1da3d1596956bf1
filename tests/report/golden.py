"""Answers of the backend, kept as files, which the frontend's tests decode: so the two cannot drift apart.

    python -m tests.report.golden

writes them anew. Binary bodies stand in them as base64.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tb_convergence.diagnose.estimators.derived import statistic
from tb_convergence.report import series_json
from tb_convergence.report.gradient_json import gradient_check
from tb_convergence.report.json import document
from tb_convergence.report.lines import lines
from tb_convergence.report.numbers import encoded
from tb_convergence.report.optimizer_json import optimizer
from tb_convergence.report.table import export
from tb_convergence.report.tile import tile
from tb_convergence.schema.manifest import Variable
from tb_convergence.series import Series
from tests.diagnose.simulate import Recording, parabola, sgd
from tests.report.diagnoses import EMPTY, SICK

FOLDER = Path(__file__).parents[1] / "golden"
NAN, INF = np.nan, np.inf


def series() -> Series:
    """Six steps of three variables with a zero, a NaN, an infinity, a missing number and a gap in the steps."""
    norms = [[1.0, 10.0, NAN], [0.1, 100.0, NAN], [0.0, 1e3, 1.0], [1e-3, INF, 2.0], [1e-3, NAN, 4.0], [1e-4, NAN, 8.0]]
    return Series(
        run="golden/run:critic",
        variables=(
            Variable("dense/kernel", (4, 3), "float32", 0, sampled=8, activation="relu"),
            Variable("dense/bias", (3,), "float32", 0),
            Variable("λ", (), "float64", 1),
        ),
        steps=np.array([0, 1, 2, 3, 10, 11]),
        wall_times=1.7e9 + np.arange(6) / 4,
        windows=np.ones(6, np.int32),
        values={
            "gradient_norm": np.array(norms),
            "gradient_nonfinite_count": np.array(
                [[0, 0, NAN], [0, 0, NAN], [0, 0, 0], [0, 3, 0], [0, 3, 0], [0, 3, 0]]
            ),
            "cosine_gradient_update": np.array([[-1.0, 0.5, NAN]] * 6),
        },
        step_values={"loss": np.array([4.0, 2.0, 1.0, INF, NAN, NAN])},
        optimizer={"class": "SGD", "config": {"learning_rate": 0.1, "momentum": NAN}},
        restarts=(10,),
        dropout={"dropout": 0.5},
        untrained=("layer.w",),
    )


def diverging() -> Series:
    """Gradient descent on w² with a learning rate of 1.5."""
    optimizer_ = {"class": "SGD", "config": {"learning_rate": 1.5, "momentum": 0.9}}
    return replace(parabola(sgd(1.5), 6), optimizer=optimizer_)


def halved() -> Series:
    """Two variables of gradient 2 and 1: the first is passed on as half of it, the second with the wrong sign."""
    recording, w = Recording(["halved", "turned"]), [np.full(2, 2.0), np.ones(3)]
    for _ in range(5):
        r = [2.0 * w[0], w[1]]
        g = [0.5 * r[0], -r[1]]
        after = [w[0] - 0.1 * g[0], w[1] - 0.1 * g[1]]
        recording.step(w, g, after, loss=float(np.sum(w[0] ** 2) + 0.5 * np.sum(w[1] ** 2)), references=r)
        w = after
    return recording.series()


def _lines() -> bytes:
    return lines(series(), "gradient_norm", ["", "λ"], points=100)


def _lines_decimated() -> bytes:
    return lines(series(), "gradient_norm", ["dense/kernel", "dense/bias"], points=2)


def _tile() -> bytes:
    return tile(series(), statistic("gradient_norm"), columns=100, pool="max")


def _tile_grouped() -> bytes:
    return tile(series(), statistic("gradient_norm"), columns=100, pool="max", level="layers")


def _tile_pooled() -> bytes:
    return tile(series(), statistic("gradient_norm"), first=1, columns=2, pool="last")


JSON: dict[str, Callable[[], Any]] = {
    "diagnosis": lambda: document([SICK, EMPTY]),
    "variables": lambda: series_json.variables(series()),
    "profile": lambda: series_json.profile(series(), "gradient_norm", 4),
    "optimizer": lambda: optimizer(diverging()),
    "gradient_check": lambda: gradient_check(halved()),
    "export": lambda: json.loads(export([series()], "gradient_norm", "json")),
}
BINARY: dict[str, Callable[[], bytes]] = {
    "tile": _tile,
    "tile-pooled": _tile_pooled,
    "tile-grouped": _tile_grouped,
    "lines": _lines,
    "lines-decimated": _lines_decimated,
}


def contents() -> dict[str, str]:
    """File name → text."""
    texts = {name: make() for name, make in JSON.items()}
    bodies = {name: {"base64": base64.b64encode(make()).decode()} for name, make in BINARY.items()}
    return {f"{name}.json": encoded(found, indent=2) + "\n" for name, found in {**texts, **bodies}.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in contents().items():
        (FOLDER / name).write_text(text)
