"""Layers whose units get no gradient: dead from the first row on, or killed on the way."""

import numpy as np

from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Values


def born_dead(dead: Values, *, last: int) -> bool:
    """Whether all units of a layer are dead, shares float64 [T], in the first row, and in most of the last ones."""
    return len(dead) > 0 and bool(dead[0] == 1.0) and median(dead[-last:]) == 1.0


def killed(dead: Values, *, share: float, last: int) -> bool:
    """Whether ``share`` of the units of a layer, [T, V], are dead in most of the last rows, and of none at first."""
    dead = np.nan_to_num(dead)
    most = (dead[-last:] >= share).mean(axis=0) > 0.5 if len(dead) else np.zeros(0, np.bool_)
    return bool(most.any()) and not bool((dead[0] >= share).any())
