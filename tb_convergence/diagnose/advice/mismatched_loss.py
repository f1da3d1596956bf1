"""What is said where outputs, labels and loss contradict each other: one kind, one function."""

from dataclasses import dataclass, field

import numpy as np

from tb_convergence.diagnose.finding import Evidence
from tb_convergence.diagnose.wording import number


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One kind of it: a sentence, what to do, the numbers, how sure; ``guessed``: information, never an alarm."""

    summary: str
    advice: tuple[str, ...]
    evidence: Evidence
    confidence: float
    needs_bad: bool = field(default=True)
    guessed: bool = field(default=False)


_TAKEN_FOR_LOGITS = (
    "Say that they are probabilities: `SparseCategoricalCrossentropy(from_logits=False)`.",
    "Or, better, end the net without activation, and use `from_logits=True`.",
)


def single_softmax() -> Mismatch:
    """Softmax over one unit."""
    return Mismatch(
        "The last layer is softmax over a single unit: it answers 1 to everything, and its gradient is zero.",
        (
            'For two classes use `Dense(1, activation="sigmoid")` with `BinaryCrossentropy()`.',
            'Or `Dense(2, activation="softmax")` with `SparseCategoricalCrossentropy()`.',
        ),
        {"units": 1, "activation": "softmax"},
        0.99,
        needs_bad=False,
    )


def without_an_output(classes: int, low: float, high: float) -> Mismatch:
    """Labels from ``low`` to ``high`` that name more classes than there are outputs."""
    shift = low >= 1.0 and high - low < classes
    return Mismatch(
        f"The labels name classes up to {number(high)}, and the last layer has {classes} outputs, for the classes 0 to "
        f"{classes - 1}: what has no output costs NaN on a GPU, and is an error on a CPU.",
        (
            *((f"Count classes from 0: `y = y - {low:.0f}`.",) if shift else ()),
            f"{'Or give' if shift else 'Give'} the last layer an output for each: `Dense({high + 1.0:.0f})`.",
        ),
        {"label_min": low, "label_max": high, "outputs": classes},
        0.95,
        needs_bad=False,
    )


def _for_classes(activation: str, low: float, high: float) -> tuple[str, ...]:
    """What to do where labels that one unit cannot answer are whole numbers, which may name classes."""
    if activation == "sigmoid" and (low, high) == (-1.0, 1.0):
        return ("Two classes are 0 and 1 to a sigmoid: `y = (y + 1) / 2`.",)
    if low < 0.0 or high < 2.0:
        return ()
    return (
        f'If they name classes, give each an output: `Dense({high + 1.0:.0f}, activation="softmax")` with '
        "`SparseCategoricalCrossentropy()`.",
    )


def out_of_reach(
    activation: str, labels: tuple[float, float], answers: tuple[float, float], *, named: bool, needs_bad: bool
) -> Mismatch:
    """Labels beyond what the last layer answers, both from … to; ``named``: they are whole numbers."""
    (low, high), (lowest, highest) = labels, answers
    most = "∞" if np.isinf(highest) else number(highest)
    return Mismatch(
        f"The labels go from {number(low)} to {number(high)}, and the last layer with its {activation} answers only "
        f"{number(lowest)} to {most}.",
        (
            *(_for_classes(activation, low, high) if named else ()),
            "Give the last layer no activation, `Dense(units)`, and use `MeanSquaredError()`.",
            f"Or bring the labels into {number(lowest)} … {most}, and undo it when predicting.",
        ),
        {"label_min": low, "label_max": high, "lowest_output": lowest, "highest_output": highest},
        0.95,
        needs_bad=needs_bad,
    )


def unnormalized(classes: int, loss: float, most: float, ratio: float, *, at_first: bool, threshold: float) -> Mismatch:
    """Raw numbers taken for probabilities: a loss that logits of their range cannot have."""
    several = classes >= 2
    entropy = "SparseCategoricalCrossentropy" if several else "BinaryCrossentropy"
    return Mismatch(
        f"The outputs are raw numbers, not probabilities, and the loss takes them for probabilities: it is "
        f"{number(loss)}{' at first' if at_first else ''}, and as logits they allow {number(most)} at most.",
        (
            f"Say that they are logits: `{entropy}(from_logits=True)`.",
            f'Or end the net with `activation="{"softmax" if several else "sigmoid"}"`.',
        ),
        {"loss": loss, "largest_loss_of_logits": most, "ratio": ratio, "threshold": threshold},
        0.9,
    )


def confined(
    activation: str | None,
    classes: int,
    width: float,
    bounds: tuple[float, float],
    *,
    evidence: Evidence,
    confidence: float,
    guessed: bool,
) -> Mismatch:
    """Outputs within ``width`` taken for logits; ``bounds``: floor and ceiling of the loss."""
    floor, ceiling = bounds
    return Mismatch(
        f"The loss takes the outputs of {activation or 'softmax'} for logits: it stays between {number(floor)} and "
        f"{number(ceiling)}, as cross-entropy must whose {classes} logits lie within {number(width)}.",
        _TAKEN_FOR_LOGITS,
        evidence,
        confidence,
        needs_bad=guessed,
        guessed=guessed,
    )


def softmax_twice(share: float, classes: int, *, threshold: float) -> Mismatch:
    """A last bias whose gradient is far smaller than cross-entropy gives it."""
    return Mismatch(
        f"The gradient of the last bias is {number(share)} times what cross-entropy of these outputs has: the "
        "loss seems to apply softmax to probabilities once more.",
        _TAKEN_FOR_LOGITS,
        {"gradient_share": share, "gradient_share_threshold": threshold, "second_softmax_share": 1.0 / classes},
        0.85,
    )


def wrong_head(activation: str, classes: int) -> Mismatch:
    """A rectifier or tanh before a choice among classes."""
    softmax = 'Dense(units, activation="softmax")'
    return Mismatch(
        f"The last layer has {activation}, and is to choose among {classes} classes: such outputs are no "
        "probabilities, and as logits they are confined.",
        (f"End the net with `{softmax}`.", "Or without activation, with a loss that has `from_logits=True`."),
        {"activation": activation, "classes": classes},
        0.8,
    )


def beyond_tanh(best: float, largest: float) -> Mismatch:
    """A squared error above the largest that answers and labels within ±1 allow."""
    return Mismatch(
        f"The last layer answers within ±1, and the loss never falls below {number(best)}: labels within ±1 allow a "
        f"squared error of {number(largest)} at most, so they lie outside.",
        ("Give the last layer no activation: `Dense(1)`.", "Or bring the labels into ±1, and undo it when predicting."),
        {"lowest_loss": best, "largest_squared_error": largest, "activation": "tanh"},
        0.75,
    )


def beyond_sigmoid(best: float, constant: float) -> Mismatch:
    """A loss of one sigmoid that never comes down to that of a constant answer."""
    return Mismatch(
        f"The last layer answers within 0 and 1, and the loss never falls below {number(best)}: labels within 0 and 1 "
        f"cost a constant answer {number(constant)} at most, so they lie outside.",
        ("Give the last layer no activation: `Dense(1)`.", "Or bring the labels into 0 … 1, and undo it at the end."),
        {"lowest_loss": best, "largest_constant_loss": constant, "activation": "sigmoid"},
        0.75,
    )


def alike(classes: int, first: float, share: float, *, threshold: float) -> Mismatch:
    """One value asked of all outputs; ``first``: loss over that of guessing."""
    return Mismatch(
        f"All {classes} outputs are pulled to one value, and the first loss is {number(first)} times that of guessing "
        "among them: the loss takes the number of the class for a value, and asks it of every output.",
        (
            "To choose among classes: `SparseCategoricalCrossentropy(from_logits=True)`, or one-hot labels.",
            "To predict one value: `Dense(1)`, and labels of the same shape as the outputs, [batch, 1].",
        ),
        {
            "common_share_of_last_biases": share,
            "common_share_threshold": threshold,
            "first_loss_over_guessing": first,
        },
        0.85,
        needs_bad=False,
    )


def deaf(loss: float, silent: float, *, threshold: float) -> Mismatch:
    """A loss that does not depend on the outputs; ``silent``: share of the late steps without any gradient."""
    return Mismatch(
        f"The loss stays at {number(loss)}, and its gradient is exactly zero even in the last layer: it does "
        "not depend on what the net answers, as where probabilities are clipped or the last activation is off.",
        (
            "If the last layer has no activation: `SparseCategoricalCrossentropy(from_logits=True)`, or "
            "`BinaryCrossentropy(from_logits=True)`.",
            "No relu behind the last layer; no `round`, `argmax` or `clip` between outputs and loss.",
        ),
        {
            "loss": loss,
            "steps_without_gradient_percent": 100.0 * silent,
            "threshold_percent": 100.0 * threshold,
        },
        0.8,
    )


def foreign(classes: int, first: float, chance: float, end: float, share: float, *, threshold: float) -> Mismatch:
    """A guess: raw outputs whose loss is not that of guessing, first or at rest."""
    return Mismatch(
        f"The first loss is {number(first)}, where guessing among {classes} classes costs {number(chance)}, "
        f"and it rests at {number(end)}: if the outputs are to choose among classes, they are "
        "perhaps raw numbers taken for probabilities. With labels= and outputs= in log_step this can be told.",
        (
            "Say that they are logits: `SparseCategoricalCrossentropy(from_logits=True)`.",
            'Or end the net with `activation="softmax"`.',
        ),
        {
            "first_loss": first,
            "guessing_loss": chance,
            "common_share_of_last_biases": share,
            "common_share_threshold": threshold,
        },
        0.4,
        guessed=True,
    )


def within_one() -> Mismatch:
    """A guess: tanh at the end."""
    return Mismatch(
        "The last layer ends with tanh, which answers nothing beyond −1 and 1: if labels can lie there, it cannot "
        "reach them. With labels= in log_step this can be told.",
        (
            "Give the last layer no activation: `Dense(units)`.",
            "Or bring the labels into ±1, and undo it when predicting.",
        ),
        {"activation": "tanh", "highest_output": 1.0},
        0.4,
        guessed=True,
    )


def one_sided() -> Mismatch:
    """A guess: a rectifier at the end."""
    return Mismatch(
        "The last layer ends with relu, which answers nothing below zero and passes no gradient there: if labels can "
        "be negative, it cannot reach them. With labels= in log_step this can be told.",
        (
            "Give the last layer no activation: `Dense(units)`.",
            "For labels from 0 on softplus is never without gradient.",
        ),
        {"activation": "relu", "lowest_output": 0.0},
        0.4,
        guessed=True,
    )
