"""Whether something pulls the weights to zero: a penalty in the loss, or the decay of the optimizer.

With a penalty ½λ‖w‖² the gradient is g = g_data + λw (Krogh & Hertz 1991); decoupled decay adds −ηλw to the update
(Loshchilov & Hutter 2019, algorithm 2). Either way what is recorded holds a part along w, which data alone hardly
leave: the loss of a net says little about the size of its weights.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import deviation, median
from tb_convergence.schema.statistics import cosine
from tb_convergence.series import Series, Values

HALF = 0.5
"""‖w‖ over that of the first row, from which weights have been pulled in."""

RULES = np.sqrt(0.5)
"""|cos| with w from which the pull is as long as all the rest together."""

ASIDE = 0.2
"""cos(g, w) up to which the gradient leaves the size of the weights alone. Above, data ask for smaller ones, as where
they began too large, and the steps of Adam follow a gradient of which that is but a part."""

FORGETS = 0.1
"""Share of the weights that an identified decay takes at each step, from which they hold what ten steps taught, and no
more; usual ones take 1e-3 and less. Above 1 it turns them round each time, and above 2 it makes them grow."""

FEWEST = 3
"""Rows that are looked at, even if the weights have halved before."""

MATRICES, ALONE = 2, 10.0
"""Kernels that a penalty must pull at: the gradient of one alone is along w in a regression on inputs of one scale,
whose weights began too large. Or ⟨g, w⟩ of the one over that of any other kernel: of what the data ask for it is the
same in all layers of a net that is homogeneous in each of them (Du et al. 2018, theorem 2.1), as of rectifiers."""


STEADY = 0.2
"""Relative deviation over the rows up to which a pull is proportional to the weights: as of decay and of ½λ‖w‖²."""


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """A pull to zero that rules the first steps of some kernels.

    Attributes:
      columns: int64 [n], of the kernels, those that lost most first.
      in_gradient: whether the gradient holds it, as that of a penalty in the loss; else only the update does.
      strength: λ of g = λw + …; NaN where the gradient does not hold it.
      share: what a step takes off the weights, of their length.
      steady: whether the pull is proportional to the weights, so that ``strength`` or ``share`` is one number.
      over_rest: the pull over what is at right angles to it, which is all that the data ask for there.
      left: ‖w‖ at the end over that at the start.
    """

    columns: NDArray[np.int64]
    in_gradient: bool
    strength: float
    share: float
    steady: bool
    over_rest: float
    left: float


def shrinkage(series: Series, kernels: NDArray[np.int64]) -> Shrinkage | None:
    """The pull on ``kernels``, int64 columns of variables; ``None`` where none rules."""
    norms = series.norm("weight")[:, kernels]
    if len(series) < FEWEST or not len(kernels):
        return None
    left, rows = divide(norms[-1], norms[0]), [_until_halved(norm) for norm in norms.T]
    gradient, update = (
        np.array([median(angle[:end]) for angle, end in zip(series.recorded(name)[:, kernels].T, rows, strict=True)])
        for name in (cosine("gradient", "weight"), cosine("update", "weight"))
    )
    halved, asked = left < HALF, gradient > RULES
    for pulled, angles, least in (
        (halved & asked, gradient, MATRICES),
        (halved & ~(gradient >= ASIDE) & (update < -RULES), update, 1),
    ):
        if pulled.sum() >= least or (pulled.sum() == 1 and _alone(series, kernels, int(np.argmax(pulled)), rows)):
            order = np.flatnonzero(pulled)[np.argsort(left[pulled], kind="stable")]
            until = [rows[i] for i in order]
            return _found(series, kernels[order], until, np.abs(angles[order]), in_gradient=angles is gradient)
    return None


def _alone(series: Series, kernels: NDArray[np.int64], pulled: int, rows: list[int]) -> bool:
    """Whether none of the other kernels has a part of its gradient along w that comes near that of the pulled one."""
    along = np.abs(series.inner("weight", "gradient")[:, kernels][: rows[pulled]])
    typical = np.array([median(x) for x in along.T])
    others = np.delete(typical, pulled)
    return len(others) > 0 and bool(typical[pulled] > ALONE * others.max())


def _found(
    series: Series, columns: NDArray[np.int64], rows: list[int], angles: Values, *, in_gradient: bool
) -> Shrinkage:
    weight = series.norm("weight")[:, columns]
    strengths, shares = (
        [x[:end, i] for i, end in enumerate(rows)]
        for x in (
            divide(series.inner("weight", "gradient")[:, columns], weight**2),
            -divide(series.inner("weight", "update")[:, columns], weight**2),
        )
    )
    strength, share = (float(np.median([median(x) for x in each])) for each in (strengths, shares))
    angle = min(float(np.median(angles)), 1.0 - 1e-6)  # records hold 24 bits
    return Shrinkage(
        columns=columns,
        in_gradient=in_gradient,
        strength=strength if in_gradient else np.nan,
        share=share,
        steady=_spread(strengths if in_gradient else shares) < STEADY,
        over_rest=angle / float(np.sqrt(1.0 - angle**2)),
        left=median(divide(weight[-1], weight[0])),
    )


def forgetting(series: Series, kernels: NDArray[np.int64], share: Values, rate: Values) -> Shrinkage | None:
    """A decay that rules ``kernels`` whatever becomes of their length; ``None``: none that strong is identified.

    ``share``, ``rate``: ηλ and η of each row, as the updates show them, float64 [T]; NaN: not known.
    """
    weight, gradient = (np.sqrt(np.nansum(series.norm(x)[:, kernels] ** 2, axis=1)) for x in ("weight", "gradient"))
    known = np.isfinite(share) & np.isfinite(rate) & np.isfinite(weight) & np.isfinite(gradient)
    strong = known & (share > FORGETS)
    if known.sum() < FEWEST or not strong.sum() > 0.5 * known.sum():
        return None
    pull = divide(share * weight, rate * gradient)[strong]
    over_rest, ends = median(pull), weight[np.isfinite(weight)]
    typical = float(np.median(share[strong]))
    return Shrinkage(kernels, False, np.nan, typical, True, over_rest, float(ends[-1] / ends[0]))


def held_back(series: Series, kernels: NDArray[np.int64], share: float, loss: Values) -> tuple[float, float]:
    """How much of the steps a decay makes, and what the data would have of the weights that it takes: medians.

    Of the later half: ηλ‖w‖/‖Δ‖, ``share`` being ηλ; and −⟨g, w⟩/L, the share of the ``loss``, float64 [T], that
    weights longer by the whole would save at this slope. Both are large only where a balance of the two holds the
    weights: near a minimum steps vanish, and any decay makes most of them, but there is little to save.
    """
    half = slice(len(series) // 2, None)
    weight, update = (np.sqrt(np.nansum(series.norm(x)[half][:, kernels] ** 2, axis=1)) for x in ("weight", "update"))
    along = np.nansum(series.inner("weight", "gradient")[half][:, kernels], axis=1)
    return median(divide(share * weight, update)), median(divide(-along, loss[half]))


def _until_halved(norm: Values) -> int:
    """The end of the rows from the first on in which the weights are longer than half of what they were."""
    short = np.flatnonzero(norm < HALF * norm[0])
    return max(FEWEST, int(short[0])) if len(short) else len(norm)


def _spread(each: list[Values]) -> float:
    """Typical relative deviation of the values of a kernel."""
    finite = [x[np.isfinite(x)] for x in each]
    return median(np.array([deviation(x) / abs(float(np.median(x))) for x in finite if len(x) and np.median(x) != 0.0]))
