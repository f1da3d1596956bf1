"""The gradient check of ``loss_fn=``: does the loss of one batch change along the update as its gradient says?

With L the loss of the batch of step t before and L⁺ after the update, and s⁺ = ⟨∇L(w + Δ), Δ⟩ from the tape, the
trapezoidal rule gives the slope that the true gradient has before the update: s = 2 (L⁺ − L) − s⁺. What was handed to
``log_step`` promises p = Σ_i ⟨g_i, Δ_i⟩; where g_i is c_i times the derivative, s = Σ_i ⟨g_i, Δ_i⟩/c_i.

Where ``tf.custom_gradient`` makes the tape itself wrong, s⁺ is as wrong as p: the two agree with each other, and not
with the loss. Then the loss changes by (L⁺ − L) / ½(p + s⁺) times what they say, and the slope is that times p.
"""

from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.estimators.factor import Factor, of_steps
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.reference import sampled_error
from tb_convergence.diagnose.estimators.trapezoid import consecutive
from tb_convergence.series import Series, Values

FEWEST = 4
"""Probed steps."""

CURVED, STRAIGHT = 0.25, 0.1
"""Largest |s⁺ − s|/|s| of a step that the trapezoid is trusted for, by the factor of one variable and by that of all:
its error grows with the third derivative."""


BETTER = 0.5
"""Change of the slope over a step as seen from the tape's own slopes, over that as seen from the loss, below which it
is the tape that is wrong: with a right tape the two are one."""

LEAST_FREE = 1e-3
"""1 − h below which a row alone decides a factor: then the whole row is its error."""


@dataclass(frozen=True, slots=True)
class Factors:
    """1/c_i of each variable, float64 [V], NaN where it cannot be told; their standard errors; and c of the whole.

    ``spread`` is the relative standard deviation of the whole's factor over steps; ``taped``: the tape gives the same.
    """

    each: Values
    error: Values
    whole: Factor
    spread: float
    taped: bool = False


def true_slope(series: Series) -> Values:
    """s, float64 [T]; NaN where nobody looked."""
    return 2.0 * (series.step("loss_after") - series.step("loss")) - series.step("slope_after")


def at_the_ends(series: Series) -> Values:
    """Factors ⟨g⁺, Δ⟩/s⁺ from the slope s⁺ at the end of each probed step and the next gradient g⁺, float64 [T − 1].

    Exact however long the steps are, if the next batch is the same one; with other batches it is anything. NaN where
    nobody looked, or a step was left out.
    """
    given = np.nan_to_num(series.inner("gradient", "previous_update")).sum(axis=1)[1:]
    ratio = divide(given, series.step("slope_after")[:-1])
    ratio[~consecutive(series)[1:]] = np.nan
    return ratio


def factors(series: Series) -> Factors | None:
    """The factors by least squares over the probed steps; ``None`` for too few of them."""
    given, slope = np.nan_to_num(series.inner("gradient", "update")), true_slope(series)
    promised, after = given.sum(axis=1), series.step("slope_after")
    of_tape = divide(2.0 * (series.step("loss_after") - series.step("loss")) * promised, promised + after)
    visible = np.abs(slope) > 1e-5 * np.abs(series.step("loss"))
    bend, bend_of_tape = (divide(np.abs(after - s), np.abs(s)) for s in (slope, promised))
    taped = median(bend_of_tape[visible]) < BETTER * median(bend[visible])
    if taped:
        slope, bend = of_tape, bend_of_tape
    rows = np.flatnonzero(visible & np.isfinite(slope) & (bend < CURVED))
    if len(rows) < FEWEST:
        return None
    y, x = slope[rows], given[rows]
    inverse = divide(y, x.sum(axis=1))
    straight = bend[rows] < STRAIGHT
    inverse = inverse[straight] if straight.sum() >= FEWEST else inverse
    middle = float(np.nanmedian(inverse))
    spread = 1.4826 * float(np.nanmedian(np.abs(inverse - middle))) / max(abs(middle), 1e-30)
    each, error = _each(x, y)
    return Factors(each, error, of_steps(inverse, sampled_error(series)), spread, taped)


def _each(x: Values, y: Values) -> tuple[Values, Values]:
    """1/coefficients of y on the columns of x, each step weighted by 1/|y|, with their errors."""
    nothing = np.full(x.shape[1], np.nan)
    scaled = x / np.abs(y)[:, None]
    active = np.flatnonzero(np.abs(scaled).max(axis=0) > 0.0)
    if len(y) < 2 * len(active) or not len(active):
        return nothing, nothing.copy()
    a, b = scaled[:, active], np.sign(y)
    scale = np.abs(a).max(axis=0)
    solution, _, rank, _ = np.linalg.lstsq(a / scale, b, rcond=1e-8)
    if rank < len(active):
        return nothing, nothing.copy()
    errors = _errors(a / scale, b - a / scale @ solution)
    each, error = nothing.copy(), nothing.copy()
    each[active] = solution / scale
    error[active] = errors / scale
    return each, error


def _errors(a: Values, residual: Values) -> Values:
    """Standard errors of a least-squares solution of ±1 from what each row would miss by without itself.

    HC3 (MacKinnon & White 1985): with leverage h the residual is e/(1 − h). A variable that moved in a few steps alone,
    and then died, rests on those, whatever the others leave over.
    """
    inverse = np.linalg.inv(a.T @ a)
    leverage = np.einsum("ij,jk,ik->i", a, inverse, a)
    free = 1.0 - leverage
    missed = np.where(free < LEAST_FREE, 1.0, divide(residual, free))  # a row that nothing else foretells
    found: Values = np.sqrt(np.diag(inverse @ (a.T * missed**2) @ a @ inverse))
    return found
