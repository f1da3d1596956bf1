"""Whether each step sees one example: then loss and last bias follow from one answer, and hold an equation."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.layers import Layer
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Series, Values

FEWEST = 30
"""Rows: by chance a batch of two holds the bounds of one example in half of them."""

TOLERANCE = 1e-3
"""Relative deviation that rounding of loss and gradient to float32 may bring about: 6e-8 of a loss of 1, which is 1e-4
of the least loss that is asked."""

LEAST = 1e-3
"""Loss below which its rounding shows in 1 − e^−L."""

NEARLY_ALL = 0.98
"""Share of the rows that must hold the equation: of what an optimizer skips, or a nearly sure answer, it may fail."""

MOST_COUNTED, COUNTED = 30, 1e-4
"""Largest count that is tried; and what the loss may be off, over the size of its terms, a thousand times float32's
rounding of them."""

VARIES = 0.1
"""Relative spread of the loss from step to step, below which it may be the same batch each time."""


def one_example(series: Series, layers: Sequence[Layer], classes: int) -> bool:
    """Whether nearly every step has a batch of one, as labels that never spread show, or loss and last bias do."""
    return _labels_never_spread(series) or _holds_equations(series, layers, classes)


def _labels_never_spread(series: Series) -> bool:
    """Labels that are one value within each batch, and another in the next: in no order of classes, as sorted data."""
    low, high = series.step("label_min"), series.step("label_max")
    known = np.isfinite(low + high)
    value = low[known]
    if len(value) < FEWEST // 2 or not (value == high[known]).all():
        return False
    changes = float((np.diff(value) != 0.0).mean())
    shares = np.unique(value, return_counts=True)[1] / len(value)
    return changes > 0.5 * (1.0 - float((shares**2).sum())) > 0.0  # two drawn at random differ so often, times two


def _holds_equations(series: Series, layers: Sequence[Layer], classes: int) -> bool:
    if not layers or layers[-1].bias is None or len(series) < FEWEST:
        return False
    loss, norm = series.step("loss"), series.norm("gradient")[:, layers[-1].bias]
    numbers = np.isfinite(loss) & np.isfinite(norm)
    if classes == 1 and numbers.sum() >= FEWEST and _counts(loss[numbers], norm[numbers]).mean() > NEARLY_ALL:
        return True
    known = numbers & (loss > LEAST)
    if known.sum() < max(FEWEST, 0.5 * len(series)):
        return False
    loss, norm = loss[known], norm[known]
    if not float(np.std(np.log(loss))) > VARIES:
        return False
    held = _square(loss, norm), _cross_entropy(loss, norm, classes)
    return any(float(rows.mean()) > NEARLY_ALL for rows in held)


def _counts(loss: Values, norm: Values) -> NDArray[np.bool_]:
    """Whether, [T], L = m − y ln m and |∂L/∂b| = |m − y| have one whole number y in common: a single count, its mean m.

    By chance some of so many numbers and signs fit a loss within the tolerance in a few rows of a hundred. None, where
    one number fits all rows: a loss may be that of one example over and over.
    """
    y = np.arange(MOST_COUNTED + 1.0)[:, None, None]
    m = y + np.array([-1.0, 1.0])[:, None] * norm  # [counts, signs, T]
    with np.errstate(all="ignore"):
        gain = y * np.log(m)
        fits = np.abs(m - gain - loss) < COUNTED * (m + np.abs(gain))
    rows: NDArray[np.bool_] = fits.any(axis=(0, 1)) & ~fits.any(axis=1).all(axis=1).any()
    return rows


def _square(loss: Values, norm: Values) -> NDArray[np.bool_]:
    """Whether, [T], ‖∂L/∂b‖² is the same multiple of L: 4/D of the mean square error of D outputs, 2 of half of it."""
    ratio = divide(norm**2, loss)
    rows: NDArray[np.bool_] = np.abs(ratio - median(ratio)) < TOLERANCE * median(ratio)
    return rows


def _cross_entropy(loss: Values, norm: Values, classes: int) -> NDArray[np.bool_]:
    """Whether, [T], ‖p − y‖² is that of one example with −ln p_y = L.

    Of one sigmoid it is (1 − p_y)²; of C classes the other ones share 1 − p_y, evenly for the least, C/(C − 1) times
    that square, or one has all, for the most, 2 times.
    """
    square = divide(norm**2, np.square(-np.expm1(-loss)))
    least, most = (1.0, 1.0) if classes < 2 else (classes / (classes - 1.0), 2.0)
    rows: NDArray[np.bool_] = (square > least * (1.0 - TOLERANCE)) & (square < most * (1.0 + TOLERANCE))
    return rows
