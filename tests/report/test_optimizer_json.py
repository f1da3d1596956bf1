"""The optimizer and the gradient check as JSON; their whole shape is kept in tests/golden."""

import json
import math

from tb_convergence.report.gradient_json import gradient_check
from tb_convergence.report.optimizer_json import optimizer, rounded
from tests.report.golden import diverging, halved, series


def test_everything_is_valid_json() -> None:
    """With a NaN among the settings, and an infinite end of the last region."""
    for document in (optimizer(series()), optimizer(diverging()), gradient_check(series()), gradient_check(halved())):
        json.loads(json.dumps(document, allow_nan=False))
    assert optimizer(diverging())["stability"]["regions"][-1]["end"] == "Infinity"


def test_the_curve_of_roots_passes_one_at_the_limit() -> None:
    """Linear interpolation is what the page does."""
    found = optimizer(diverging())["stability"]
    numbers, roots = found["response"]["number"], found["response"]["root"]
    at = min(range(len(numbers)), key=lambda i: abs(numbers[i] - found["limit"]))
    assert math.isclose(roots[at], 1.0, abs_tol=0.03)


def test_numbers_are_rounded_at_any_depth() -> None:
    """Nine digits: what a machine's own arithmetic does after them is not news."""
    assert rounded({"a": [1.0 / 3.0, 2, None, "x"]}) == {"a": [0.333333333, 2, None, "x"]}
