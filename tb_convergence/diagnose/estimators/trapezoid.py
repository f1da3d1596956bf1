"""The passive gradient check: does the loss change as the gradients say it must?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import Gram, divide, of_model
from tb_convergence.diagnose.estimators.noise import MAD
from tb_convergence.series import Series, Values

ROWS, LEAST = 4, 30
"""Rows to a variable that tell their shares apart, with their errors, and rows at least."""


def loss_change_ratio(series: Series, model: Gram | None = None) -> Values:
    """(L_t − L_{t−1}) / ½⟨g_{t−1} + g_t, Δ_{t−1}⟩, float64 [T], of consecutive single steps.

    The trapezoidal rule along the step, exact for a quadratic loss and 1 + O(‖Δ‖²) for a smooth one. A gradient that is
    c times the derivative gives 1/c. Meaningless when the loss is another one at each step (minibatches).

    ``model``: ``of_model(series)`` where it is known already.
    """
    gram = model or of_model(series)
    ratio = divide(loss_change(series), promised(gram))
    ratio[~consecutive(series)] = np.nan
    return ratio


def promised(gram: Gram) -> Values:
    """½⟨g_{t−1} + g_t, Δ_{t−1}⟩, float64 [T]: what the gradients at both ends of the last step say it did."""
    return 0.5 * (gram.inner("previous_gradient", "previous_update") + gram.inner("gradient", "previous_update"))


def loss_change(series: Series) -> Values:
    """L_t − L_{t−1}, float64 [T]; NaN in the first row and next to a loss that is not finite."""
    loss = series.step("loss")
    change = np.full(len(series), np.nan)
    known = np.isfinite(loss)
    np.subtract(loss[1:], loss[:-1], out=change[1:], where=known[1:] & known[:-1])
    return change


def consecutive(series: Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether, [T], the row before this one is the training step before this one."""
    follows = np.zeros(len(series), np.bool_)
    single = series.windows == 1
    follows[1:] = (np.diff(series.steps) == 1) & single[1:] & single[:-1]
    follows &= ~np.isin(series.steps, series.restarts)
    return follows


def typical(x: Values) -> tuple[float, float]:
    """Median and relative spread of the finite values; 1 and infinity where there are none."""
    finite = x[np.isfinite(x)]
    if not len(finite):
        return 1.0, np.inf
    middle = float(np.median(finite))
    return middle, MAD * float(np.median(np.abs(finite - middle))) / max(abs(middle), 1e-30)


def ratio_of_leaps(series: Series, ratio: Values, overshoot: Values, *, leap: float, downhill: float) -> Values:
    """The known of the ratios, float64 [T], of steps that change the loss by ``leap`` of itself, downhill at both ends.

    Downhill at its end is a step whose overshoot is above ``downhill``.
    """
    change = divide(loss_change(series), np.abs(np.roll(series.step("loss"), 1)))
    return ratio[(overshoot > downhill) & (np.abs(change) > leap) & np.isfinite(ratio)]


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """:func:`shares`, with standard errors, float64 [V] each, and the share of the changes that they leave over."""

    share: Values
    error: Values
    unexplained: float


def weighed(series: Series, rows: NDArray[np.bool_]) -> Weighed | None:
    """The shares over the first rows, bool [T], of which there are :data:`ROWS` to a variable; ``None``: fewer.

    The first: where the steps are still those of a net that learns, and the changes far above rounding.
    """
    chosen = np.flatnonzero(rows)[: max(LEAST, ROWS * len(series.variables))]
    if len(chosen) < ROWS * len(series.variables):
        return None
    first = np.zeros(len(series), np.bool_)
    first[chosen] = True
    promise, change = np.nan_to_num(_promise(series)[first]), loss_change(series)[first]
    size = np.maximum(np.abs(change), np.abs(promise).max(axis=1))  # each step counts alike, however large
    promise, change = promise / size[:, None], change / size
    share = _least_squares(promise, change)
    if not np.isfinite(share).all():
        return None
    residual = change - promise @ share
    inverse = np.linalg.pinv(promise.T @ promise)
    spread = np.sqrt(np.diag(inverse) * float(residual @ residual) / (len(chosen) - len(share)))
    return Weighed(share, spread, float(residual @ residual / (change @ change)))


def _promise(series: Series) -> Values:
    """½⟨g_{t−1} + g_t, Δ_{t−1}⟩ of each variable, float64 [T, V]."""
    found: Values = series.inner("previous_gradient", "previous_update") + series.inner("gradient", "previous_update")
    return 0.5 * found


def shares(series: Series, rows: NDArray[np.bool_]) -> Values:
    """Change of the loss over what each variable promises, float64 [V]: least squares over ``rows``, bool [T].

    1 for a right gradient, 1/c for one that is c times it. NaN where the rows do not tell the variables apart.
    """
    promise = np.nan_to_num(_promise(series)[rows])
    if len(promise) < 2 * promise.shape[1]:
        return np.full(promise.shape[1], np.nan)
    return _least_squares(promise, loss_change(series)[rows])


def _least_squares(promise: Values, change: Values) -> Values:
    """Coefficients of ``change`` on the columns of ``promise``; NaN where its rank is not full."""
    scale = np.maximum(np.abs(promise).max(axis=0), 1e-300)
    share, _, rank, _ = np.linalg.lstsq(promise / scale, change, rcond=1e-6)
    result: Values = share / scale
    return result if rank == promise.shape[1] else np.full(promise.shape[1], np.nan)
