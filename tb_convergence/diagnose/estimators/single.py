"""Whether each step sees one example: then loss and last bias follow from one answer, and hold an equation."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.layers import Layer
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Series, Values


def labels_never_spread(series: Series, *, fewest: int) -> bool:
    """Labels that are one value within each batch, and another in the next: in no order of classes, as sorted data."""
    low, high = series.step("label_min"), series.step("label_max")
    known = np.isfinite(low + high)
    value = low[known]
    if len(value) < fewest or not (value == high[known]).all():
        return False
    changes = float((np.diff(value) != 0.0).mean())
    shares = np.unique(value, return_counts=True)[1] / len(value)
    return changes > 0.5 * (1.0 - float((shares**2).sum())) > 0.0  # two drawn at random differ so often, times two


def holds_an_equation(
    series: Series,
    layers: Sequence[Layer],
    classes: int,
    *,
    fewest: int,
    tolerance: float,
    least: float,
    nearly_all: float,
    most_counted: int,
    counted: float,
    varies: float,
) -> bool:
    """Whether loss L and ∂L/∂b of the last bias are those of one example in nearly all rows.

    Args:
      series: of a run whose last layer has a bias.
      layers: its layers, in order of depth.
      classes: width of the last one.
      fewest: rows that must be known.
      tolerance: relative deviation that is left to rounding.
      least: loss from which 1 − e^−L is known.
      nearly_all: share of the rows that must hold it.
      most_counted: largest count that is tried, of one output.
      counted: what the loss of a count may be off, over the size of its terms.
      varies: spread of log loss from which it is not the same batch each time.
    """
    if not layers or layers[-1].bias is None or len(series) < fewest:
        return False
    loss, norm = series.step("loss"), series.norm("gradient")[:, layers[-1].bias]
    numbers = np.isfinite(loss) & np.isfinite(norm)
    if classes == 1 and numbers.sum() >= fewest:
        counts = _counts(loss[numbers], norm[numbers], most=most_counted, off=counted)
        if counts.mean() > nearly_all:
            return True
    known = numbers & (loss > least)
    if known.sum() < max(fewest, 0.5 * len(series)):
        return False
    loss, norm = loss[known], norm[known]
    if not float(np.std(np.log(loss))) > varies:
        return False
    held = _square(loss, norm, tolerance=tolerance), _cross_entropy(loss, norm, classes, tolerance=tolerance)
    return any(float(rows.mean()) > nearly_all for rows in held)


def _counts(loss: Values, norm: Values, *, most: int, off: float) -> NDArray[np.bool_]:
    """Whether, [T], L = m − y ln m and |∂L/∂b| = |m − y| have one whole number y in common: a single count, its mean m.

    By chance some of so many numbers and signs fit a loss within the tolerance in a few rows of a hundred. None, where
    one number fits all rows: a loss may be that of one example over and over.
    """
    y = np.arange(most + 1.0)[:, None, None]
    m = y + np.array([-1.0, 1.0])[:, None] * norm  # [counts, signs, T]
    with np.errstate(all="ignore"):
        gain = y * np.log(m)
        fits = np.abs(m - gain - loss) < off * (m + np.abs(gain))
    rows: NDArray[np.bool_] = fits.any(axis=(0, 1)) & ~fits.any(axis=1).all(axis=1).any()
    return rows


def _square(loss: Values, norm: Values, *, tolerance: float) -> NDArray[np.bool_]:
    """Whether, [T], ‖∂L/∂b‖² is the same multiple of L: 4/D of the mean square error of D outputs, 2 of half of it."""
    ratio = divide(norm**2, loss)
    rows: NDArray[np.bool_] = np.abs(ratio - median(ratio)) < tolerance * median(ratio)
    return rows


def _cross_entropy(loss: Values, norm: Values, classes: int, *, tolerance: float) -> NDArray[np.bool_]:
    """Whether, [T], ‖p − y‖² is that of one example with −ln p_y = L.

    Of one sigmoid it is (1 − p_y)²; of C classes the other ones share 1 − p_y, evenly for the least, C/(C − 1) times
    that square, or one has all, for the most, 2 times.
    """
    square = divide(norm**2, np.square(-np.expm1(-loss)))
    least, most = (1.0, 1.0) if classes < 2 else (classes / (classes - 1.0), 2.0)
    rows: NDArray[np.bool_] = (square > least * (1.0 - tolerance)) & (square < most * (1.0 + tolerance))
    return rows
