"""The optimizer as its updates show it, beside what was configured, and how close its steps are to the edge."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.estimators.formulas import curvature, overshoot
from tb_convergence.diagnose.estimators.gram import divide, of_model
from tb_convergence.diagnose.estimators.identification import Family, Fit
from tb_convergence.diagnose.estimators.noise import MAD
from tb_convergence.diagnose.estimators.settings import Setting, settings
from tb_convergence.diagnose.estimators.stability import limit, windowed_fit
from tb_convergence.diagnose.estimators.trapezoid import loss_change_ratio
from tb_convergence.diagnose.wording import number
from tb_convergence.series import Series, Values

Rows = NDArray[np.bool_]

MOSTLY = 0.5
"""Share of the steps with an update in which an optimizer must be identified to be believed."""


FEWEST = 4
"""Steps that must show whether the loss has noise."""

SMOOTH = 0.05
"""Relative spread of the loss change ratio up to which the loss counts as free of noise."""

QUANTILES = np.linspace(0.0, 1.0, 21)
"""At which the curvature is told."""


class Source(StrEnum):
    """Where a curvature comes from."""

    SAME_BATCH = "same batch"
    SUCCESSIVE = "successive batches"


class Basis(StrEnum):
    """What the limit of the stability number rests on."""

    RECURRENCE = "recurrence"
    """The identified optimizer on a parabola."""
    STEP = "step"
    """One step along its own line: 1 lands at the minimum, 2 ends as high as it began."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How far the steps went, and what a learning rate would do.

    Attributes:
      basis, source: what ``limit`` rests on, and where the curvature comes from.
      noisy: batches differ, and the curvature was taken between two of them: it is an upper bound, since noise alone
        gives a stability number near 1 at any learning rate.
      learning_rate: η that the numbers stand for: the median of the steps measured.
      momentum, nesterov: of the recurrence.
      number: ηh, the median.
      limit: beyond which it diverges.
      steps, above: steps measured, and those beyond their limit; ``first_above``: the first such step.
      curvature: h at :data:`QUANTILES`, so that η h is the stability number.
    """

    basis: Basis
    source: Source
    noisy: bool
    learning_rate: float
    momentum: float
    nesterov: bool
    number: float
    limit: float
    steps: int
    above: int
    first_above: int | None
    curvature: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Portrait:
    """One run's optimizer.

    Attributes:
      family: of most steps in which one was identified.
      identified, updates: steps with an identified optimizer, and steps with an update.
      residual: median 1 − R² of the best model.
      settings: those that are known in either way.
      stability: ``None``: nothing can be said, for ``reason``.
    """

    family: Family
    identified: int
    updates: int
    residual: float | None
    settings: tuple[Setting, ...]
    stability: Stability | None
    reason: str | None


def portrait(series: Series, rows: slice = slice(None)) -> Portrait:
    """The optimizer in these rows of a run."""
    with np.errstate(all="ignore"):  # a run that explodes gives infinities: not finite, and left out
        found = windowed_fit(series)
        moved = np.zeros(len(series), np.bool_)
        moved[rows] = (of_model(series).norm("update") > 0.0)[rows]
        known = moved & (found.model >= 0)
        residual = found.residual[moved & np.isfinite(found.residual)]
        believed = known.sum() > MOSTLY * moved.sum()
        stability = _stability(series, found, moved, known if believed else None)
        return Portrait(
            family=_family(found, known) if believed else Family.UNKNOWN,
            identified=int(known.sum()),
            updates=int(moved.sum()),
            residual=float(np.median(residual)) if len(residual) else None,
            settings=settings(series, found, known, moved),
            stability=stability,
            reason=None if stability else _reason(int(moved.sum()), residual if not believed else None),
        )


def _family(found: Fit, known: Rows) -> Family:
    return Counter(found.family(int(row)) for row in np.flatnonzero(known)).most_common(1)[0][0]


def _reason(updates: int, residual: Values | None) -> str:
    """Why nothing is said of stability; ``residual``: of the models, where none is believed."""
    if updates < FEWEST:
        return f"It takes {FEWEST} steps with an update; there are {updates}."
    if residual is None:
        return "No curvature was measured: that takes two consecutive steps."
    share = f" (they leave {number(float(np.median(residual)))} of ‖Δ‖² unexplained)" if len(residual) else ""
    return (
        f"The updates are not exactly those of SGD, momentum or Nesterov{share}, and between two batches the curvature "
        "cannot be told from their noise. Pass loss_fn= to log_step: it looks at the same batch before and after the "
        "update."
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Every step's own numbers, [T] each; ``rows``: those that count."""

    basis: Basis
    source: Source
    noisy: bool
    curvature: Values
    rate: Values
    momentum: Values
    nesterov: Rows
    rows: Rows


def _stability(series: Series, found: Fit, moved: Rows, known: Rows | None) -> Stability | None:
    """Of the recurrence where the optimizer is ``known``, else of steps whose batch was looked at twice."""
    source, h, landing = _measured(series)
    noisy = source is Source.SUCCESSIVE and not _smooth(series)
    if known is not None:
        nesterov = found.coefficients[:, 2] != 0.0
        return _told(
            series, _Steps(Basis.RECURRENCE, source, noisy, h, found.learning_rate, found.momentum, nesterov, known)
        )
    if noisy:
        return None
    rate = _rate_of_step(series, source)
    plain = np.zeros(len(series))
    return _told(series, _Steps(Basis.STEP, source, noisy, (1.0 - landing) / rate, rate, plain, plain > 0.0, moved))


def _rate_of_step(series: Series, source: Source) -> Values:
    """η as set, 1 where it is not known: then a learning rate is told as a multiple of the one that was used."""
    rate = series.step("learning_rate")
    rate = np.where(np.isfinite(rate) & (rate > 0.0), rate, 1.0)
    if source is Source.SAME_BATCH:
        return rate
    return np.concatenate([[1.0], rate])[: len(rate)]  # the slope after a step is met at the next one


def _told(series: Series, of: _Steps) -> Stability | None:
    bounds = limit(of.momentum, nesterov=of.nesterov)
    at = np.flatnonzero(of.rows & np.isfinite(of.curvature) & np.isfinite(of.rate) & np.isfinite(bounds))
    if not len(at):
        return None
    numbers = of.rate[at] * of.curvature[at]
    beyond = at[numbers > bounds[at]]
    momentum, nesterov = np.array([np.median(of.momentum[at])]), np.array([np.mean(of.nesterov[at]) > MOSTLY])
    return Stability(
        basis=of.basis,
        source=of.source,
        noisy=of.noisy,
        learning_rate=float(np.median(of.rate[at])),
        momentum=float(momentum[0]),
        nesterov=bool(nesterov[0]),
        number=float(np.median(numbers)),
        limit=float(limit(momentum, nesterov=nesterov)[0]),
        steps=len(at),
        above=len(beyond),
        first_above=int(series.steps[beyond[0]]) if len(beyond) else None,
        curvature=tuple(np.quantile(of.curvature[at], QUANTILES).tolist()),
    )


def _measured(series: Series) -> tuple[Source, Values, Values]:
    """Curvature and landing, float64 [T] each: from the same batch where it was looked at twice, else from the next."""
    gram = of_model(series)
    before, after = series.step("slope_before"), series.step("slope_after")
    if np.isfinite(before + after).any():
        return Source.SAME_BATCH, divide(after - before, gram.inner("update", "update")), divide(after, before)
    return Source.SUCCESSIVE, curvature(gram), overshoot(gram)


def _smooth(series: Series) -> bool:
    """Whether the loss changes as the gradients say, step by step: then all batches are one."""
    ratio = loss_change_ratio(series)
    ratio = ratio[np.isfinite(ratio)]
    if len(ratio) < FEWEST:
        return False
    middle = float(np.median(ratio))
    return MAD * float(np.median(np.abs(ratio - middle))) <= SMOOTH * abs(middle)
