"""A run in memory."""

import numpy as np
import pytest

from tb_convergence.schema.manifest import Variable
from tb_convergence.series import Series, Values

RNG = np.random.default_rng(0)


def series(values: dict[str, Values], steps: int = 3) -> Series:
    """A run of two variables."""
    return Series(
        run="r",
        variables=(Variable("a", (2, 3), "float32", 0), Variable("b", (), "float32", 1)),
        steps=np.arange(steps),
        wall_times=np.arange(steps, dtype=np.float64),
        windows=np.ones(steps, np.int32),
        values=values,
        step_values={"loss": np.arange(steps, dtype=np.float64)},
    )


def test_a_statistic_that_was_not_recorded_is_all_nan() -> None:
    """A rule may ask for anything, and sees at once that it is not there."""
    empty = series({})
    assert np.isnan(empty.recorded("gradient_norm")).all()
    assert empty.recorded("gradient_norm").shape == (3, 2)
    assert np.isnan(empty.step("learning_rate")).all()
    assert empty.step("loss").tolist() == [0.0, 1.0, 2.0]


def test_an_empty_run_has_arrays_of_no_rows() -> None:
    """Nothing recorded yet is a normal state of a run."""
    empty = series({}, steps=0)
    assert len(empty) == 0
    assert empty.recorded("gradient_norm").shape == (0, 2)
    assert empty.inner("gradient", "update").shape == (0, 2)


def test_sizes_count_elements() -> None:
    """A scalar has one."""
    assert series({}).sizes.tolist() == [6, 1]


def test_inner_products_are_those_of_the_vectors() -> None:
    """‖a‖ ‖b‖ cos(a, b) gives back what numpy computes from the vectors themselves."""
    g, d = RNG.normal(size=(2, 3, 2, 5))
    norms = {f"{n}_norm": np.linalg.norm(x, axis=2) for n, x in (("gradient", g), ("update", d))}
    cosine = (g * d).sum(axis=2) / (norms["gradient_norm"] * norms["update_norm"])
    found = series({**norms, "cosine_gradient_update": cosine})
    np.testing.assert_allclose(found.inner("gradient", "update"), (g * d).sum(axis=2), rtol=1e-12)
    np.testing.assert_allclose(found.inner("update", "gradient"), (g * d).sum(axis=2), rtol=1e-12)
    np.testing.assert_allclose(found.inner("gradient", "gradient"), (g * g).sum(axis=2), rtol=1e-12)


def test_the_inner_product_with_a_zero_vector_is_zero() -> None:
    """Its cosine is undefined, its inner product is not."""
    zero, one, nan = np.zeros((3, 2)), np.ones((3, 2)), np.full((3, 2), np.nan)
    found = series({"gradient_norm": zero, "update_norm": one, "cosine_gradient_update": nan})
    assert (found.inner("gradient", "update") == 0.0).all()


def test_what_is_not_a_number_stays_so() -> None:
    """An inner product with a vector that was not recorded, or is not finite, is NaN."""
    one = np.ones((3, 2))
    found = series({"gradient_norm": one * np.nan, "update_norm": one, "cosine_gradient_update": one})
    assert np.isnan(found.inner("gradient", "update")).all()
    with pytest.raises(ValueError, match="not in"):
        found.inner("gradient", "momentum")
