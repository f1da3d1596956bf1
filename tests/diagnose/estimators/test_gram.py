"""Inner products of variables and of the whole model, against the vectors themselves."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.gram import divide, not_finite, of_model, of_variables
from tb_convergence.series import Series
from tests.diagnose.simulate import Recording


def recorded(*, gradients: bool = True) -> tuple[Series, list[np.ndarray]]:
    """Four steps of two variables, and their gradients laid end to end."""
    rng, recording, flat = np.random.default_rng(0), Recording(["a", "b"]), []
    for _ in range(4):
        w = [rng.normal(size=(3, 2)), rng.normal(size=5)]
        g = [rng.normal(size=(3, 2)), rng.normal(size=5)]
        recording.step(w, g if gradients else [g[0], None], [x + rng.normal(size=x.shape) for x in w])
        flat.append(np.concatenate([x.ravel() for x in g]))
    return recording.series(), flat


def test_the_model_is_all_variables_end_to_end() -> None:
    """Inner products add, so the whole model needs no approximation."""
    series, flat = recorded()
    model = of_model(series)
    expected = [np.nan, *(a @ b for a, b in pairwise(flat))]
    np.testing.assert_allclose(model.inner("gradient", "previous_gradient"), expected, rtol=1e-6)
    np.testing.assert_allclose(model.norm("gradient"), [np.linalg.norm(x) for x in flat], rtol=1e-6)
    np.testing.assert_array_equal(model.size, 11)


def test_a_variable_without_gradient_takes_no_part() -> None:
    """``None`` is no zero and no NaN."""
    series, flat = recorded(gradients=False)
    np.testing.assert_allclose(of_model(series).norm("gradient"), [np.linalg.norm(x[:6]) for x in flat], rtol=1e-6)
    np.testing.assert_array_equal(of_model(series).size, 6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("row", [0, 1, 3])
def test_a_broken_variable_breaks_the_model(bad: float, row: int) -> None:
    """NaN is not hidden in a sum over many variables, wherever it stands."""
    rng, recording = np.random.default_rng(0), Recording(["a", "b"])
    for i in range(4):
        g = rng.normal(size=3)
        recording.step([g, g], [g, np.where(i == row, bad, g)], [g, g])
    norms = of_model(recording.series()).norm("gradient")
    assert list(np.isnan(norms)) == [i == row for i in range(4)]


def test_a_row_that_does_not_speak_of_a_variable_is_not_broken() -> None:
    """Rows of two models in one stream: what is missing is neither NaN nor infinite."""
    series, _ = recorded()
    values = {name: v.copy() for name, v in series.values.items()}
    for column in values.values():
        column[1::2, 0], column[::2, 1] = np.nan, np.nan
    alternating = replace(series, values=values)
    assert not not_finite(alternating).any()
    values["gradient_nonfinite_count"][2, 0] = 1.0
    assert np.argwhere(not_finite(alternating)).tolist() == [[2, 0]]


def test_a_cosine_of_zero_vectors_is_undefined() -> None:
    """Zero has no direction: NaN, and no warning."""
    recording = Recording(["a"])
    for _ in range(2):
        recording.step([np.ones(2)], [np.zeros(2)], [np.ones(2)])
    assert np.isnan(of_variables(recording.series()).cosine("gradient", "update")).all()


def test_division_by_nothing_is_nan() -> None:
    """No infinity is made out of a zero."""
    values = divide(np.array([1.0, 0.0, np.nan, 4.0]), np.array([0.0, 0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(values, [np.nan, np.nan, np.nan, 2.0])
