"""What is said where outputs, labels and loss contradict each other."""

import numpy as np
import pytest

from tb_convergence.diagnose.advice import mismatched_loss as advice


def test_a_range_without_end_is_written_so() -> None:
    """And not as a number."""
    found = advice.out_of_reach("relu", (-1.0, 2.0), (0.0, np.inf), named=False, needs_bad=False)
    assert "from −1 to 2, and the last layer with its relu answers only 0 to ∞." in found.summary


@pytest.mark.parametrize(
    ("labels", "named", "first"),
    [
        ((0.0, 9.0), True, 'Dense(10, activation="softmax")'),
        ((0.0, 9.0), False, "Dense(units)"),
        ((-1.0, 1.0), True, "`y = (y + 1) / 2`"),
        ((-4.0, 9.0), True, "Dense(units)"),
    ],
)
def test_whole_numbers_beyond_a_sigmoid_may_name_classes(
    labels: tuple[float, float], *, named: bool, first: str
) -> None:
    """Ten digits and one sigmoid unit: what is meant is an output for each."""
    found = advice.out_of_reach("sigmoid", labels, (0.0, 1.0), named=named, needs_bad=False)
    assert first in found.advice[0]
    assert "MeanSquaredError" in found.advice[0] + found.advice[1]


def test_classes_without_an_output_are_counted_from_zero_or_given_one() -> None:
    """From 1 to 10 for ten outputs; from 0 to 12 nothing is gained by counting otherwise."""
    assert advice.without_an_output(10, 1.0, 10.0).advice == (
        "Count classes from 0: `y = y - 1`.",
        "Or give the last layer an output for each: `Dense(11)`.",
    )
    assert advice.without_an_output(10, 0.0, 12.0).advice == ("Give the last layer an output for each: `Dense(13)`.",)


@pytest.mark.parametrize(("classes", "name", "end"), [(1, "BinaryCrossentropy", "sigmoid"), (3, "Sparse", "softmax")])
def test_the_loss_to_use_follows_the_classes(classes: int, name: str, end: str) -> None:
    """Of raw numbers that were taken for probabilities; the first row is told as such."""
    found = advice.unnormalized(classes, 5.0, 2.0, 2.5, at_first=True, threshold=1.05)
    assert name in found.advice[0]
    assert end in found.advice[1]
    assert "it is 5 at first" in found.summary


def test_guesses_are_marked() -> None:
    """They need a bad run, and are never sure."""
    bounds = (0.5, 1.5)
    sure = advice.confined("softmax", 3, 1.0, bounds, evidence={}, confidence=0.9, guessed=False)
    guess = advice.confined(None, 3, 1.0, bounds, evidence={}, confidence=0.4, guessed=True)
    assert (sure.guessed, sure.needs_bad, guess.guessed, guess.needs_bad) == (False, False, True, True)
    assert "outputs of softmax for logits" in guess.summary
    others = (advice.one_sided(), advice.foreign(10, 9.0, 2.3, 2.0, 0.5, threshold=0.1))
    assert all(x.guessed and x.confidence < 0.5 for x in others)


def test_all_other_kinds_say_what_to_do() -> None:
    """Each with two ways out."""
    kinds = (
        advice.single_softmax(),
        advice.softmax_twice(0.1, 10, threshold=0.3),
        advice.wrong_head("relu", 10),
        advice.beyond_tanh(9.0, 4.0),
        advice.beyond_sigmoid(9.0, 0.69),
        advice.alike(10, 4.0, 0.95, threshold=0.9),
        advice.deaf(2.3, 1.0, threshold=0.9),
    )
    assert all(len(x.advice) == 2 and not x.guessed for x in kinds)
