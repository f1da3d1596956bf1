"""What published rules look at, and a recorder of five vectors does not keep: taken with numpy beside a training."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A training as the published rules see it.

    Attributes:
      names: of the variables [V].
      loss: of each step [T].
      mean_gradient: mean |g| of each step and variable [T, V].
      validation: loss on data kept back [T], NaN where it was not measured.
      looks: at a dozen steps, what was seen of activations, weights, inputs and outputs.
    """

    names: tuple[str, ...]
    loss: Floats
    mean_gradient: Floats
    validation: Floats
    looks: tuple[dict[str, Any], ...]


class Sideline:
    """Collects while a training runs."""

    def __init__(self, problem: Any, names: list[str]) -> None:
        self._problem, self._names = problem, names
        self._loss: list[float] = []
        self._means: list[Any] = []
        self._validation: list[float] = []
        self._looks: list[dict[str, Any]] = []

    def step(self, _: int, loss: float, means: Any, validation: float) -> None:
        """One step."""
        self._loss.append(loss)
        self._means.append(means)
        self._validation.append(validation)

    def look(self, t: int, row: Any) -> None:
        """The network on the batch of step ``t``."""
        x, y = self._problem.batch(row, tf.constant(t))
        kept: list[tuple[str, Any]] = []
        outputs = self._problem.outputs(x, training=False, kept=kept)
        seen: dict[str, Any] = {"step": t, "weights": [_moments(np.asarray(v)) for v in self._problem.variables]}
        if not isinstance(outputs, list):
            seen["layers"] = [_layer(name, np.asarray(a, np.float64)) for name, a in kept[:-1] if name]
            seen["outputs"] = _outputs(np.asarray(outputs, np.float64), np.asarray(y))
            seen["inputs"] = _moments(np.asarray(x, np.float64))
            seen["integer_inputs"] = bool(np.issubdtype(np.asarray(x).dtype, np.integer))
            seen["output_activation"] = self._problem.training.output
            seen["classes"] = self._problem.task.outputs if self._problem.task.kind == "classes" else 0
            seen["dropout"] = self._problem.training.dropout
        self._looks.append(seen)

    def save(self, path: Path) -> None:
        """As JSON."""
        path.write_text(
            json.dumps(
                {
                    "names": self._names,
                    "loss": self._loss,
                    "mean_gradient": np.asarray(self._means, float).tolist(),
                    "validation": self._validation,
                    "looks": self._looks,
                }
            )
        )


def load(path: Path) -> Side:
    """What :meth:`Sideline.save` wrote."""
    found = json.loads(path.read_text())
    return Side(
        tuple(found["names"]),
        np.array(found["loss"], float),
        np.array(found["mean_gradient"], float),
        np.array(found["validation"], float),
        tuple(found["looks"]),
    )


def _moments(a: Any) -> dict[str, float]:
    a = np.asarray(a, np.float64)
    with np.errstate(all="ignore"):
        return {
            "mean": float(a.mean()),
            "variance": float(a.var()),
            "least": float(a.min()),
            "largest": float(a.max()),
            "mean_abs": float(np.abs(a).mean()),
            "finite": bool(np.isfinite(a).all()),
            "rank": a.ndim,
            "size": a.size,
        }


def _layer(activation: str, a: Any) -> dict[str, Any]:
    """Statistics of one layer's activations, a [examples, …, units]."""
    units = a.reshape(-1, a.shape[-1])
    with np.errstate(all="ignore"):
        return {
            "activation": activation,
            **_moments(a),
            "zero_share": float((a <= 0.0).mean()),
            "dead_units": float(((np.abs(units) > 1e-12).mean(0) < 0.01).mean()),
            "dead_units_p95": float((np.percentile(np.abs(units), 95, axis=0) < 1e-5).mean()),
            "above_5": float((np.abs(a) >= 5.0).mean()),
            "saturated_units": float((_saturated(activation, units).mean(0) > 0.5).mean()),
            "squashed": float(_squashed(activation, units)),
        }


def _saturated(activation: str, units: Any) -> Any:
    """Elements so far out that the slope is below 1e-7 (SageMaker Debugger's limits, seen behind the activation)."""
    if activation == "tanh":
        return np.abs(np.arctanh(np.clip(units, -1 + 1e-12, 1 - 1e-12))) > 9.4999
    if activation == "sigmoid":
        p = np.clip(units, 1e-300, 1 - 1e-16)
        z = np.log(p) - np.log1p(-p)
        return (z < -23.0) | (z > 16.99999)
    return np.zeros_like(units, bool)


def _squashed(activation: str, units: Any) -> float:
    """Share of units of which most elements are in the outer 7.5 % of a bounded activation's range."""
    if activation not in {"tanh", "sigmoid"}:
        return 0.0
    centered = units if activation == "tanh" else 2.0 * units - 1.0
    return float((np.abs(centered).mean(0) > 0.85).mean())


def _outputs(z: Any, y: Any) -> dict[str, float]:
    right = np.mean(z.argmax(-1) == y) if np.issubdtype(y.dtype, np.integer) and z.shape[:-1] == y.shape else np.nan
    return {
        **_moments(z),
        "sum_error": float(np.abs(z.sum(-1) - 1.0).mean()),
        "label_least": float(y.min()),
        "label_largest": float(y.max()),
        "accuracy": float(right),
    }
