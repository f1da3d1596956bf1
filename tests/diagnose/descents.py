"""Descents on curves of a few numbers."""

from collections.abc import Callable

import numpy as np

from tb_convergence.series import Series
from tests.diagnose.simulate import Array, Recording, Update


def descends(update: Update, curve: Callable[[Array], tuple[float, Array]], steps: int, start: list[float]) -> Series:
    """Descent on ``curve``, which gives loss and gradient, until its numbers are beyond those of a record."""
    recording, w = Recording(["w"]), np.array(start)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            loss, g = curve(w)
            (delta,) = update([w], [g])
            recording.step([w], [g], [w + delta], loss=loss)
            w = w + delta
    return recording.series()


def bowl(w: Array) -> tuple[float, Array]:
    h = np.array([1.0, 10.0])
    return 0.5 * float((h * w**2).sum()), h * w
