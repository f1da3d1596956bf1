"""The gradient check of a run as a table: each variable against the tape's own gradient, and the loss against both.

The rule ``wrong-gradient`` judges with the same thresholds; this says the numbers, also where nothing is wrong.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tb_convergence.diagnose.estimators.reference import reference_factor
from tb_convergence.diagnose.estimators.trapezoid import loss_change, loss_change_ratio, typical
from tb_convergence.diagnose.parts.wrong_gradient.checked_steps import TURNED
from tb_convergence.diagnose.parts.wrong_gradient.factor import AGREE, FEWEST, OFF, SIGMAS, SMOOTH
from tb_convergence.diagnose.parts.wrong_gradient.loss_change import VISIBLE
from tb_convergence.series import Series, Values


class Verdict(StrEnum):
    """What a comparison says."""

    RIGHT = "right"
    SCALED = "scaled"
    """The right direction, with a factor."""
    OPPOSITE = "opposite sign"
    ASTRAY = "wrong direction"
    UNKNOWN = "not compared"
    UNSTEADY = "not steady"
    """The ratio differs from step to step: batches do, or variables have factors of their own."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One variable's gradient g against the tape's own r; medians over the steps compared, ``None`` without any.

    Attributes:
      factor: ⟨g, r⟩ / ⟨r, r⟩.
      cosine: cos(g, r).
      residual: ‖g − factor · r‖ / ‖g‖, 0 to 1: what no factor explains.
    """

    variable: str
    factor: float | None
    cosine: float | None
    residual: float | None
    steps: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Passive:
    """The change of the loss against what the gradients promise; ``factor``: of the gradient, 1 is right.

    ``spread``: of the ratio over steps, relative to its median.
    """

    factor: float | None
    spread: float | None
    steps: int
    verdict: Verdict


def compared(series: Series) -> tuple[Compared, ...]:
    """Every variable, in order of depth."""
    factor, cosine = reference_factor(series), series.recorded("reference_cosine")
    return tuple(_compared(v.name, factor[:, i], cosine[:, i]) for i, v in enumerate(series.variables))


def passive(series: Series) -> Passive:
    """The run as a whole."""
    with np.errstate(all="ignore"):  # a run that explodes: not finite, and left out
        ratio, loss = loss_change_ratio(series), series.step("loss")
        visible = np.abs(loss_change(series)) > VISIBLE * np.abs(loss)
    ratio = ratio[visible & np.isfinite(ratio) & (ratio != 0.0)]
    if len(ratio) < FEWEST:
        return Passive(None, None, len(ratio), Verdict.UNKNOWN)
    middle, spread = typical(ratio)
    if spread > SMOOTH:
        return Passive(None, spread, len(ratio), Verdict.UNSTEADY)
    factor = 1.0 / middle
    off = abs(factor - 1.0) >= max(OFF, SIGMAS * spread if spread > AGREE else 0.0)
    scaled = Verdict.OPPOSITE if factor < 0.0 else Verdict.SCALED
    return Passive(factor, spread, len(ratio), scaled if off else Verdict.RIGHT)


def _compared(name: str, factor: Values, cosine: Values) -> Compared:
    known = np.isfinite(factor) & np.isfinite(cosine)
    if not known.any():
        return Compared(name, None, None, None, 0, Verdict.UNKNOWN)
    middle, spread = typical(factor[known])
    angle = float(np.median(cosine[known]))
    residual = float(np.median(np.sqrt(np.maximum(1.0 - cosine[known] ** 2, 0.0))))
    return Compared(name, middle, angle, residual, int(known.sum()), _verdict(middle, spread, angle))


def _verdict(factor: float, spread: float, angle: float) -> Verdict:
    if angle < -TURNED:
        return Verdict.OPPOSITE
    if angle < TURNED:
        return Verdict.ASTRAY
    return Verdict.SCALED if abs(factor - 1.0) > OFF and spread < AGREE else Verdict.RIGHT
