"""The real data of the demo: scikit-learn's 1,797 handwritten digits, 8 × 8 pixels, in batches that repeat exactly."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from sklearn.datasets import load_digits

CLASSES = 10
PIXELS = 64


def images() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images, float32 [1797, 64] in 0 … 1, and labels, int64 [1797]."""
    data = load_digits()
    return (data.data / 16.0).astype(np.float32), data.target.astype(np.int64)


def batches(steps: int, size: int = 64, seed: int = 0) -> Iterator[tuple[tf.Tensor, tf.Tensor]]:
    """``steps`` batches of ``size`` images [size, 64] and labels [size], shuffled anew in every epoch."""
    x, y = images()
    rng = np.random.default_rng(seed)
    order: list[int] = []
    for _ in range(steps):
        if len(order) < size:
            order = rng.permutation(len(x)).tolist()
        chosen, order = order[:size], order[size:]
        yield tf.constant(x[chosen]), tf.constant(y[chosen])
