"""The passive gradient check: does the loss change as the gradients say it must?"""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import Gram, divide, of_model
from tb_convergence.diagnose.estimators.noise import MAD
from tb_convergence.series import Series, Values


def loss_change_ratio(series: Series, model: Gram | None = None) -> Values:
    """(L_t − L_{t−1}) / ½⟨g_{t−1} + g_t, Δ_{t−1}⟩, float64 [T], of consecutive single steps.

    The trapezoidal rule along the step, exact for a quadratic loss and 1 + O(‖Δ‖²) for a smooth one. A gradient that is
    c times the derivative gives 1/c. Meaningless when the loss is another one at each step (minibatches).

    ``model``: ``of_model(series)`` where it is known already.
    """
    gram = model or of_model(series)
    predicted = 0.5 * (gram.inner("previous_gradient", "previous_update") + gram.inner("gradient", "previous_update"))
    ratio = divide(loss_change(series), predicted)
    ratio[~consecutive(series)] = np.nan
    return ratio


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


def shares(series: Series, rows: NDArray[np.bool_]) -> Values:
    """Change of the loss over what each variable promises, float64 [V]: least squares over ``rows``, bool [T].

    1 for a right gradient, 1/c for one that is c times it. NaN where the rows do not tell the variables apart.
    """
    inner = series.inner
    promise = 0.5 * (inner("previous_gradient", "previous_update") + inner("gradient", "previous_update"))[rows]
    promise = np.nan_to_num(promise)
    unknown = np.full(promise.shape[1], np.nan)
    if len(promise) < 2 * promise.shape[1]:
        return unknown
    scale = np.maximum(np.abs(promise).max(axis=0), 1e-300)
    share, _, rank, _ = np.linalg.lstsq(promise / scale, loss_change(series)[rows], rcond=1e-6)
    result: Values = share / scale
    return result if rank == promise.shape[1] else unknown
