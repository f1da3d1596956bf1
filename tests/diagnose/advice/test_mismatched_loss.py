"""What is said where outputs, labels and loss contradict each other."""

import numpy as np
import pytest

from tb_convergence.diagnose.advice import mismatched_loss as advice


def test_a_range_without_end_is_written_so() -> None:
    """And not as a number."""
    found = advice.out_of_reach("relu", (-1.0, 2.0), (0.0, np.inf), needs_bad=False)
    assert "from −1 to 2, and the last layer with its relu answers only 0 to ∞." in found.summary


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
