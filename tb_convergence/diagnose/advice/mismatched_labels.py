"""What is said of labels that do not fit the inputs."""

from dataclasses import dataclass, replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import Trend
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.wording import number
from tb_convergence.series import Values

SHAPES = (
    "Compare shapes: `y - outputs` of (32,) and (32, 1) is (32, 32), each label against each output, and teaches the "
    "mean; `tf.squeeze(outputs, -1)` or `y[:, None]` makes them one shape."
)
"""Of nets of one output, where TensorFlow repeats labels without a word."""

ADVICE = (
    "Look at ten examples beside their labels as the net gets them: were both shuffled, sorted or filtered "
    "separately? Shuffle pairs: `tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x))`.",
    "Try to learn 32 examples by heart, without dropout and augmentation: if the loss then falls to 0, they or the "
    "labels are at fault, not the net.",
)
HIDDEN = 1e-6
"""Spread of the outputs over a batch, of their size, up to which it is rounding and all examples get one answer."""

NOT_REACHED = (
    "Look for what hides the inputs: an attention mask the wrong way round (`MultiHeadAttention` looks where it is "
    "True, not where it is False), a mask that covers everything, `tf.stop_gradient`.",
    "Do two examples give two answers? `model(x[:2], training=False)`; if not, ask the same of each layer, from the "
    "first on.",
)
SOFTMAX = "If the last layer has softmax, the loss must not have `from_logits=True`: that flattens it as well."


@dataclass(frozen=True, slots=True)
class Constant:
    """Loss of the best constant prediction, from … to, and what it is in words; ``squares``: a squared error."""

    low: float
    high: float
    what: str
    seen: bool
    squares: bool = False


def no_better_than(
    context: Context, constant: Constant, end: float, spread: float, *, above: float, threshold: float
) -> Found:
    """A loss that ends at ``end``, where ``constant`` has it; ``spread``: of the outputs; ``above``: log loss."""
    hidden = _hidden(context)
    repeated = constant.squares and context.classes <= 1 and not hidden
    why = (
        "All examples of a batch get the same answer, from the first step on: the inputs do not reach the outputs"
        if hidden
        else "Steps and gradients are as usual: the labels hardly depend on the inputs"
    )
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.8 if constant.seen else 0.65,
        row=0,
        evidence={
            "last_loss": end,
            "constant_prediction_loss": constant.high,
            "tolerance_percent": 100.0 * above,
            "travel": float(np.nansum(context.update_ratio)),
            "travel_threshold": threshold,
            "output_spread": spread,
        },
        summary=(
            f"The net does no better than one constant answer: the loss lies at {number(end)}, and {constant.what} is "
            f"{number(constant.high)}. {why}"
            f"{', or each is compared with the outputs of all' if repeated else ''}."
        ),
        advice=_of_constant(constant, hidden=hidden, repeated=repeated),
        expect=f"A loss clearly below {number(constant.low)}.",
    )


def _of_constant(constant: Constant, *, hidden: bool, repeated: bool) -> tuple[str, ...]:
    if hidden:
        return NOT_REACHED
    if repeated:
        return (SHAPES, *ADVICE)
    return ADVICE if constant.squares else (*ADVICE, SOFTMAX)


def _hidden(context: Context) -> bool:
    """Whether outputs were looked at twice or more, and never differed from one example to the next.

    Those of a net that only learned one constant still do, a little.
    """
    step = context.series.step
    spread, size = step("output_spread"), np.hypot(step("output_mean"), step("output_std"))
    known = np.isfinite(spread) & np.isfinite(size)
    return int(known.sum()) > 1 and bool((spread[known] <= HIDDEN * size[known]).all())


def guessed(found: Found) -> Found:
    """As information: the run is too short, or its steps still lead downhill, so that it may yet learn."""
    summary = found.summary.replace("the labels hardly", "perhaps the labels hardly")
    return replace(found, severity=Severity.INFO, confidence=0.4, summary=summary)


def at_rest(context: Context, trend: Trend, *, threshold: float) -> Found:
    """A loss that lies flat, where nobody knows what a constant prediction costs; ``threshold``: of the travel."""
    end = trend.level(trend.end)
    seen = bool(np.isfinite(context.series.step("label_mean")).any())
    return Found(
        severity=Severity.INFO,
        confidence=0.4,
        row=int(trend.rows[len(trend.rows) // 2]),
        evidence={
            "last_loss": end,
            "fall_percent": trend.fall_percent,
            "travel": float(np.nansum(context.update_ratio)),
            "travel_threshold": threshold,
        },
        summary=(
            f"The loss lies flat near {number(end)} although the weights move as usual: perhaps the labels hardly "
            f"depend on the inputs.{'' if seen else ' With labels= in log_step this can be told.'}"
        ),
        advice=(SHAPES, *ADVICE) if context.classes == 1 else ADVICE,
        expect=f"A loss clearly below {number(end)}.",
    )


def high_floor(share: float, constant: float, *, threshold: float) -> Found:
    """A loss that comes to rest at a ``share`` of what the best constant answer costs."""
    return Found(
        severity=Severity.INFO,
        confidence=0.3,
        row=None,
        evidence={"share_of_constant_loss": share, "share_threshold": threshold},
        summary=(
            f"The loss comes to rest at {number(100.0 * share)} % of what one constant answer costs: if the model is "
            "large enough, perhaps most labels hardly depend on the inputs."
        ),
        advice=ADVICE[:2],
        expect=f"A loss clearly below {number(constant)}.",
    )


def serves_no_other(validation: Values, left: float, *, threshold: float) -> Found:
    """Losses on validation data that were never clearly better than the first; ``left``: of the training loss."""
    return Found(
        severity=Severity.INFO,
        confidence=0.4,
        row=None,
        evidence={
            "first_validation_loss": float(validation[0]),
            "best_validation_loss": float(validation.min()),
            "best_threshold": threshold,
            "training_left": left,
        },
        summary=(
            f"The training loss fell to {number(100.0 * left)} % of its start, and that on validation data never came "
            f"below {number(100.0 * float(validation[1:].min() / validation[0]))} % of its own: nothing that was "
            "learned serves there. Perhaps the labels hardly depend on the inputs."
        ),
        advice=(*ADVICE[:1], "Check that both data come from one source, with inputs prepared in the same way."),
        expect="A validation loss that falls for a while.",
    )
