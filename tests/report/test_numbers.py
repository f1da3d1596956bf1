"""Numbers as JSON and as text."""

import json

import numpy as np
import pytest

from tb_convergence.report.numbers import encoded, number, numbers, plain, text


def test_json_has_words_for_what_is_not_finite() -> None:
    """The only way that NaN travels."""
    assert [number(x) for x in (1.5, np.nan, np.inf, -np.inf)] == [1.5, "NaN", "Infinity", "-Infinity"]


def test_a_missing_number_is_null_and_a_broken_one_is_nan() -> None:
    """No number, and not a number, are two things."""
    values = np.array([1.0, np.nan, np.nan, np.inf])
    assert numbers(values, np.array([True, False, True, True])) == [1.0, None, "NaN", "Infinity"]
    assert numbers(np.zeros(0), np.zeros(0, bool)) == []


def test_any_nesting_becomes_plain() -> None:
    """An optimizer's configuration may hold anything."""
    found = plain({"a": (np.float32(1.5), np.int64(2), np.bool_(True)), 3: [np.nan], "o": object, "n": None, "s": "x"})
    assert found["a"] == [1.5, 2, True]
    assert found["3"] == ["NaN"]
    assert json.loads(encoded(found))["n"] is None


def test_a_forgotten_nan_is_an_error() -> None:
    """Invalid JSON is never sent."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        encoded([np.nan])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3.00001, "3"), (0.000123456, "1.23e-4"), (1.0, "1"), (123456, "123,456"), (123456.0, "123,456"), (1e22, "1e22"),
     (-3466, "−3,466"), (-0.5, "−0.5"), (np.nan, "NaN"), (np.inf, "∞"), (True, "yes"), (False, "no"), (None, "unknown"),
     ("x", "x")],
)  # fmt: skip
def test_people_read_three_digits(value: object, expected: str) -> None:
    """Whole numbers in full, as steps and counts are."""
    assert text(value) == expected
