"""The optional statistics of a step's batch, as ``schema.statistics`` defines them."""

from typing import Protocol

import numpy as np

from tests.diagnose.simulate import Array


class Answers(Protocol):
    """A net that can be asked."""

    def outputs(self, weights: list[Array], x: Array) -> Array:
        """What it answers."""


def seen(net: Answers, weights: list[Array], x: Array, labels: Array) -> dict[str, float]:
    """Statistics of inputs, labels and outputs of one batch."""
    return {**inputs(x), **targets(labels), **answers(net.outputs(weights, x))}


def inputs(x: Array) -> dict[str, float]:
    """Of the inputs [N, …, F]."""
    features = x.reshape(-1, x.shape[-1]).std(axis=0)
    varying = features[features > 0]
    return {
        **_moments("input", x),
        "input_nonfinite_fraction": 0.0,
        "input_smallest_feature_std": float(varying.min()) if len(varying) else np.nan,
        "input_largest_feature_std": float(varying.max()) if len(varying) else np.nan,
        "input_is_integer": float(np.issubdtype(x.dtype, np.integer)),
    }


def targets(labels: Array) -> dict[str, float]:
    """Of the labels; whole numbers are classes."""
    classes = np.issubdtype(labels.dtype, np.integer)
    counts = np.unique(labels, return_counts=True)[1] / labels.size
    entropy = float(-(counts * np.log(counts)).sum()) if classes else np.nan
    return {
        **_moments("label", labels),
        "label_classes": float(len(counts)) if classes else np.nan,
        "label_entropy": entropy,
    }


def answers(y: Array) -> dict[str, float]:
    """Of the outputs [N, K]."""
    low = 0.0 if y.min() >= 0.0 else -1.0
    inside = bool(y.min() >= low - 1e-6 and y.max() <= 1.0 + 1e-6)
    ends = (np.abs(y - low) < 1e-3) | (np.abs(y - 1.0) < 1e-3)
    return {
        **_moments("output", y),
        "output_spread": float(np.sqrt(np.mean(y.std(axis=0) ** 2))),
        "output_saturated_fraction": float(ends.mean()) if inside else np.nan,
        "output_sum_error": float(np.abs(y.sum(axis=-1) - 1.0).mean()),
    }


def _moments(what: str, x: Array) -> dict[str, float]:
    return {f"{what}_{name}": float(getattr(np, name)(x)) for name in ("mean", "std", "min", "max")}
