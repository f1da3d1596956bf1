"""The catalogue of statistics for display: what each is, how it is computed and how it is read.

Nothing here is recorded beyond ``schema.statistics``: everything follows from the lengths and cosines of five vectors.
This is the one place where a statistic's definition lives.
"""

from collections.abc import Callable

import numpy as np

from tb_convergence.diagnose.estimators import catalogue, formulas, same_batch, stability, trapezoid
from tb_convergence.diagnose.estimators.catalogue import Statistic
from tb_convergence.diagnose.estimators.catalogue_probes import PROBE_STATISTICS, RECORDED, metric
from tb_convergence.diagnose.estimators.gram import Gram, divide, not_finite, of_model, of_variables, total
from tb_convergence.schema.statistics import METRIC_PREFIX
from tb_convergence.series import Series, Values

__all__ = ["STATISTICS", "Statistic", "UnknownStatisticError", "aggregate", "compute", "statistic"]


STATISTICS = {**catalogue.STATISTICS, **PROBE_STATISTICS}
"""Name → statistic, in the order in which people see them."""


class UnknownStatisticError(KeyError):
    """There is no statistic of this name."""

    def __str__(self) -> str:
        return str(self.args[0])


def compute(series: Series, name: str) -> Values:
    """The statistic: float64 [T, V] for scope ``variable``, [T] for scope ``step``; NaN where it is not defined.

    Raises:
      UnknownStatisticError: ``name`` is not in :data:`STATISTICS`.
    """
    return _computed(series, name, of_variables, lambda: series.recorded(name))


def aggregate(series: Series, name: str) -> Values:
    """The statistic of the whole model as one vector, float64 [T]; exact, because inner products add.

    Raises:
      UnknownStatisticError: ``name`` is not in :data:`STATISTICS`.
    """
    return _computed(series, name, of_model, lambda: _OF_MODEL[name](series))


def _computed(series: Series, name: str, gram: Callable[[Series], Gram], recorded: Callable[[], Values]) -> Values:
    """The statistic of a step as it is, else of inner products, else of what was ``recorded``."""
    with np.errstate(all="ignore"):  # a run that explodes gives infinities and NaN, and is shown so
        if statistic(name).scope == "step":
            return _OF_STEP.get(name, _recorded_step(name))(series)
        return _OF_GRAM[name](gram(series)) if name in _OF_GRAM else recorded()


def statistic(name: str) -> Statistic:
    """The entry of this name.

    Raises:
      UnknownStatisticError: there is none.
    """
    if name.startswith(METRIC_PREFIX):
        return metric(name)
    if name not in STATISTICS:
        raise UnknownStatisticError(f"there is no statistic {name!r}; there are {', '.join(STATISTICS)}")
    return STATISTICS[name]


def _length(vector: str) -> Callable[[Gram], Values]:
    return lambda gram: gram.norm(vector)


def _angle(a: str, b: str) -> Callable[[Gram], Values]:
    return lambda gram: gram.cosine(a, b)


def _largest(name: str) -> Callable[[Series], Values]:
    def of_model_(series: Series) -> Values:
        values = series.recorded(name)
        largest: Values = np.fmax.reduce(values, axis=1, initial=-np.inf)
        largest[np.isnan(total(values, not_finite(series)))] = np.nan
        return largest

    return of_model_


def _sum(name: str) -> Callable[[Series], Values]:
    return lambda series: total(series.recorded(name), np.zeros((len(series), len(series.variables)), np.bool_))


def _mean(name: str, weights: Callable[[Series], Values]) -> Callable[[Series], Values]:
    """Mean over variables, each counted by ``weights`` [V], of those that have the statistic."""

    def of_model_(series: Series) -> Values:
        values, weight = series.recorded(name), weights(series)
        broken = not_finite(series)
        return divide(total(values * weight, broken), np.where(np.isnan(values), 0.0, weight).sum(axis=1))

    return of_model_


def _elements(series: Series) -> Values:
    return series.sizes.astype(np.float64)


def _units(series: Series) -> Values:
    return np.array([v.shape[-1] if v.shape else 1 for v in series.variables], np.float64)


def _reference_norm(series: Series) -> Values:
    return np.sqrt(total(series.recorded("reference_norm") ** 2, not_finite(series)))


def _reference_cosine(series: Series) -> Values:
    gradient, reference = series.norm("gradient"), series.recorded("reference_norm")
    known = ~np.isnan(gradient * reference)
    product = np.where(gradient * reference == 0.0, 0.0, gradient * reference * series.recorded("reference_cosine"))
    broken = not_finite(series)
    lengths = [np.sqrt(total(np.where(known, x**2, np.nan), broken)) for x in (gradient, reference)]
    return np.clip(divide(total(product, broken), lengths[0] * lengths[1]), -1.0, 1.0)


def _recorded_step(name: str) -> Callable[[Series], Values]:
    return lambda series: series.step(name)


_OF_GRAM: dict[str, Callable[[Gram], Values]] = {
    "gradient_norm": _length("gradient"),
    "update_norm": _length("update"),
    "weight_norm": _length("weight"),
    "update_ratio": formulas.update_ratio,
    "gradient_rms": formulas.gradient_rms,
    "cosine_update_previous_update": _angle("update", "previous_update"),
    "cosine_gradient_previous_gradient": _angle("gradient", "previous_gradient"),
    "cosine_gradient_update": _angle("gradient", "update"),
    "cosine_gradient_previous_update": _angle("gradient", "previous_update"),
    "cosine_weight_gradient": _angle("weight", "gradient"),
    "cosine_weight_update": _angle("weight", "update"),
    "overshoot": formulas.overshoot,
    "multiplier": formulas.multiplier,
    "curvature": formulas.curvature,
    "step_size": formulas.step_size,
}

_OF_MODEL: dict[str, Callable[[Series], Values]] = {
    "gradient_max": _largest("gradient_max"),
    "gradient_zero_fraction": _mean("gradient_zero_fraction", _elements),
    "gradient_nonfinite_count": _sum("gradient_nonfinite_count"),
    "dead_unit_fraction": _mean("dead_unit_fraction", _units),
    "weight_mean": _mean("weight_mean", _elements),
    "reference_norm": _reference_norm,
    "reference_cosine": _reference_cosine,
}

_OF_STEP: dict[str, Callable[[Series], Values]] = {
    "loss": lambda series: series.step("loss"),
    "learning_rate": lambda series: series.step("learning_rate"),
    "loss_change_ratio": trapezoid.loss_change_ratio,
    "effective_learning_rate": stability.effective_learning_rate,
    "effective_momentum": stability.effective_momentum,
    "stability_number": stability.stability_number,
    "stability_limit": stability.stability_limit,
    "step_gain": same_batch.step_gain,
    "step_landing": same_batch.step_landing,
    **{name: _recorded_step(name) for name in RECORDED},
}
