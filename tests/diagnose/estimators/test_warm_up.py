"""A rate that still rises is warming up, however it is known."""

import numpy as np
import pytest

from tb_convergence.diagnose.estimators.warm_up import warming_up
from tests.diagnose.simulate import Array

ROWS = 80
UNKNOWN, FLAT = np.full(ROWS, np.nan), np.ones(ROWS)
RISING = np.linspace(0.1, 1.0, ROWS)
OVER = np.minimum(RISING * 5.0, 1.0)  # at its full height from the first quarter on
STEPS = {"rising": RISING, "flat": FLAT, "over": OVER, "falling": RISING[::-1]}


def slow(rates: Array) -> bool:
    """The same, by quarters, for a rate that is known."""
    first, *middle, last = (rates[i * ROWS // 4 : (i + 1) * ROWS // 4] for i in range(4))
    return bool(np.median(last) > 1.5 * np.median(first) and np.median(last) > 1.1 * np.median(np.concatenate(middle)))


@pytest.mark.parametrize("name", STEPS)
def test_a_rate_is_judged_as_set_else_as_the_updates_show_it(name: str) -> None:
    """Against the slow twin; of a rate that updates show, their share of the gradient must rise as well."""
    rates = STEPS[name]
    assert slow(rates) is (name == "rising")
    assert warming_up(rates, FLAT, FLAT, FLAT) is slow(rates)
    assert warming_up(UNKNOWN, rates, rates, FLAT) is slow(rates)
    assert not warming_up(UNKNOWN, rates, FLAT, FLAT)
    assert warming_up(UNKNOWN, UNKNOWN, rates, FLAT) is slow(rates)


def test_steps_that_grow_with_the_gradient_are_no_warm_up() -> None:
    """Where no rate is known both they and their share must rise."""
    assert not warming_up(UNKNOWN, UNKNOWN, RISING, RISING)


@pytest.mark.parametrize("rows", [0, 1])
def test_what_has_no_course_does_not_rise(rows: int) -> None:
    """Empty, and one step."""
    few = FLAT[:rows]
    assert not warming_up(few, few, few, few)
    assert not warming_up(UNKNOWN[:rows], UNKNOWN[:rows], few, few)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("row", [0, ROWS // 2, ROWS - 1])
def test_an_unknown_row_hides_nothing(value: float, row: int) -> None:
    """At the start, in the middle, at the end."""
    rates = RISING.copy()
    rates[row] = value
    assert warming_up(rates, FLAT, FLAT, FLAT)
