"""A step's quality, from its own batch."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.derived import STATISTICS, compute, statistic
from tb_convergence.schema.statistics import PROBES, REPLICA_STATISTICS, UPDATE_SKIPPED
from tb_convergence.series import Series, Values
from tests.diagnose.simulate import parabola, sgd


def probed(rate: float, steps: int = 5) -> Series:
    """L(w) = w² with the same loss looked at again after the update."""
    series = parabola(sgd(rate), steps)
    w: Values = np.asarray(2.0 * (1.0 - 2.0 * rate) ** np.arange(steps + 1), np.float64)
    delta = np.diff(w)
    looked: dict[str, Values] = {
        "loss_after": w[1:] ** 2,
        "slope_before": 2.0 * w[:-1] * delta,
        "slope_after": 2.0 * w[1:] * delta,
    }
    return replace(series, step_values={**series.step_values, **looked})


@pytest.mark.parametrize(
    ("rate", "gain", "landing"), [(1e-6, 1.0, 1.0), (0.5, 0.5, 0.0), (1.0, 0.0, -1.0), (1.5, -0.5, -2.0)]
)
def test_closed_forms_on_a_parabola(rate: float, gain: float, landing: float) -> None:
    """Gain 1 − ηh/2 and landing 1 − ηh; from the minimum on there is no slope to speak of."""
    np.testing.assert_allclose(compute(probed(rate), "step_gain")[0], gain, atol=1e-4)
    np.testing.assert_allclose(compute(probed(rate), "step_landing")[0], landing, atol=1e-4)


def test_without_a_second_look_there_is_no_number() -> None:
    """Rather than a wrong one."""
    assert np.isnan(compute(parabola(sgd(0.1), 4), "step_gain")).all()
    assert np.isnan(compute(parabola(sgd(0.1), 4), "step_landing")).all()


def test_a_metric_of_the_callers_own_has_an_entry() -> None:
    """Under the name that it was given."""
    series = replace(parabola(sgd(0.1), 3), step_values={"metric/val_loss": np.array([3.0, np.nan, 1.0])})
    assert statistic("metric/val_loss").title == "Metric: val_loss"
    np.testing.assert_array_equal(compute(series, "metric/val_loss"), [3.0, np.nan, 1.0])
    assert np.isnan(compute(series, "metric/other")).all()


@pytest.mark.parametrize("name", [*PROBES, *REPLICA_STATISTICS, UPDATE_SKIPPED])
def test_every_optional_statistic_is_explained(name: str) -> None:
    """Title, formula, meaning and how to read it."""
    entry = STATISTICS[name]
    assert all((entry.title, entry.formula, entry.meaning, entry.reading))
    assert entry.scope == "step"
    assert np.isnan(compute(parabola(sgd(0.1), 3), name)).all()
