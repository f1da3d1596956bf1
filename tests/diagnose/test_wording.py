"""Numbers as people write them, code as Python takes it."""

import ast

import pytest

from tb_convergence.diagnose.wording import (
    first_and_more,
    keras_call,
    literal,
    lowered,
    more,
    number,
    rate,
    rough,
    times,
)


def test_one_is_no_plural() -> None:
    """Nor is none singular."""
    assert [more(n, "layer") for n in (0, 1, 2)] == ["0 more layers", "1 more layer", "2 more layers"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.30557, "0.306"),
        (13.6541, "13.7"),
        (1.5, "1.5"),
        (1234.0, "1,230"),
        (3e-5, "3e-5"),
        (0.0, "0"),
        (-2.0, "−2"),
        (-1234.0, "−1,230"),
        (3.63e7, "3.63e7"),
        (0.00123, "0.00123"),
        (0.000123, "1.23e-4"),
        (999.9, "1,000"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    """No more than anyone reads."""
    assert number(value) == text


def test_a_rate_of_one_is_not_a_count() -> None:
    """1.0, and 0.5 as it is."""
    assert (rate(1.0), rate(0.5), rate(1e-5)) == ("1.0", "0.5", "1e-5")


def test_factors_are_written_as_people_say_them() -> None:
    """Millions in words, what nobody can imagine with an exponent; two digits where it is only about so much."""
    found = [times(x) for x in (8.01, 104321.0, 3.63e7, 2e9, 2.5e13)]
    assert found == ["8.01 times", "104,000 times", "36.3 million times", "2 billion times", "2.5e13 times"]
    assert (rough(90.6), rough(0.00906)) == ("91", "0.0091")


@pytest.mark.parametrize("value", [-2.0, 1234.0, 3.63e7, 1e-5, 0.705, 1.0])
def test_numbers_in_code_are_python(value: float) -> None:
    """They can be pasted."""
    assert ast.literal_eval(literal(value)) == pytest.approx(value, rel=0.01)


def test_code_names_the_optimizer_that_was_used() -> None:
    """And none when it is not known, or not one of Keras's."""
    assert keras_call({"class": "SGD"}, "learning_rate", 0.1) == "`tf.keras.optimizers.SGD(…, learning_rate=0.1)`"
    assert keras_call({"class": "LossScaleOptimizer"}, "learning_rate", 0.1) is None
    assert keras_call(None, "learning_rate", 0.1) is None


def test_a_sentence_goes_on_after_a_colon() -> None:
    """Names and abbreviations stay as they are."""
    sentences = (
        "The loss rises.",
        "Momentum rings.",
        "NaN or infinity.",
        "Variable never changed.",
        "a/b stays.",
    )
    found = [lowered(s, ("Variable",)) for s in sentences]
    assert found == ["the loss rises.", "momentum rings.", *sentences[2:]]


def test_names_are_counted() -> None:
    """The first is named; the others are many, or one."""
    found = [first_and_more(names) for names in (("a",), ("a", "b"), ("a", "b", "c"))]
    assert found == ["a", "a and 1 more variable", "a and 2 more variables"]
