"""The catalogue of statistics: complete, described, computable on anything."""

from functools import cache

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.derived import (
    STATISTICS,
    UnknownStatisticError,
    aggregate,
    compute,
    statistic,
)
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import Recording, adam, parabola, sgd

PUBLIC = {"gradient_norm", "update_norm", "weight_norm", "update_ratio", "loss", "learning_rate"}


@cache
def _trained() -> Series:
    return train(Mlp((64, 8, 10)), adam(1e-3), 20)


def test_the_public_names_are_there() -> None:
    """Exports and addresses that people have written down keep working."""
    assert set(STATISTICS) >= PUBLIC
    assert all(name == entry.name for name, entry in STATISTICS.items())


@pytest.mark.parametrize("name", STATISTICS)
def test_every_statistic_is_explained(name: str) -> None:
    """A heading, a meaning and a way to read it; an axis that is not upside down."""
    entry = STATISTICS[name]
    assert entry.title
    assert entry.meaning.endswith(".")
    assert entry.reading.endswith(".")
    assert entry.low is None or entry.high is None or entry.low < entry.high
    assert entry.band is None or entry.band[0] <= entry.band[1]


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("steps", [0, 1, 2, 20])
def test_every_statistic_has_its_shape(name: str, steps: int) -> None:
    """[steps, variables] or [steps], for an empty run too."""
    series = _trained()
    cut = series.__class__(
        series.run,
        series.variables,
        series.steps[:steps],
        series.wall_times[:steps],
        series.windows[:steps],
        {k: v[:steps] for k, v in series.values.items()},
        {k: v[:steps] for k, v in series.step_values.items()},
    )
    shape = (steps,) if STATISTICS[name].scope == "step" else (steps, 4)
    assert compute(cut, name).shape == shape
    assert aggregate(cut, name).shape == (steps,)


@pytest.mark.parametrize("name", [n for n, s in STATISTICS.items() if s.scale == "log"])
def test_logarithmic_statistics_are_not_negative(name: str) -> None:
    """A logarithm is shown of them."""
    values = compute(_trained(), name)
    assert not (values < 0).any()


@pytest.mark.parametrize("name", [n for n, s in STATISTICS.items() if s.scope == "variable"])
def test_one_variable_alone_is_the_whole_model(name: str) -> None:
    """The model as one vector is that variable."""
    series = parabola(sgd(0.1), 8, reference=True)
    np.testing.assert_allclose(aggregate(series, name), compute(series, name)[:, 0], rtol=1e-12)


def test_identified_rates_are_shown_by_step() -> None:
    """Heavy ball on a parabola: the rate, the momentum, the stability number and its limit."""
    series = parabola(sgd(0.1, 0.9), 30)
    found = {n: aggregate(series, n)[10:] for n in STATISTICS if STATISTICS[n].scope == "step"}
    np.testing.assert_allclose(found["effective_learning_rate"], 0.1, rtol=1e-4)
    np.testing.assert_allclose(found["effective_momentum"], 0.9, rtol=1e-4)
    np.testing.assert_allclose(found["stability_number"], 0.2, rtol=1e-4)
    np.testing.assert_allclose(found["stability_limit"], 3.8, rtol=1e-4)
    np.testing.assert_allclose(found["loss_change_ratio"], 1.0, rtol=1e-4)


def test_means_count_elements_and_units() -> None:
    """A large variable weighs more than a small one in the model's mean."""
    recording = Recording(["a", "b"])
    w = [np.full((3, 1), 4.0), np.full((1, 1), 8.0)]
    recording.step(w, [np.zeros((3, 1)), np.ones((1, 1))], w)
    series = recording.series()
    assert aggregate(series, "weight_mean")[0] == pytest.approx(5.0)
    assert aggregate(series, "gradient_zero_fraction")[0] == pytest.approx(0.75)
    assert aggregate(series, "dead_unit_fraction")[0] == pytest.approx(0.5)
    assert aggregate(series, "gradient_max")[0] == pytest.approx(1.0)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """The error says what there is."""
    with pytest.raises(UnknownStatisticError, match=r"no statistic 'nonsense'; there are gradient_norm"):
        statistic("nonsense")
