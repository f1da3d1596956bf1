"""What is said of a batch that is too small."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.finding import Evidence, Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.wording import first_and_more, number, rough

ADDED = (
    "If noise is added to the gradients, as for privacy, add less of it: its length is the same at every step, "
    "whatever the batch."
)


def too_small(
    factor: float, rate: float, share: float, evidence: Evidence, *, noise: float, kept: float, added: bool
) -> Found:
    """A batch to be ``factor`` times as large; ``share``: of a step's promise that the next confirms; NaN: no rate.

    ``noise``: of log loss; ``kept``: the share to aim at; ``added``: the noise may be added to the gradients.
    """
    return Found(
        severity=Severity.ERROR,
        confidence=0.6,
        row=0,
        evidence=evidence,
        summary=(
            f"The batch is too small: the next batch confirms {_percent(share)} of what a step promises, and the loss "
            f"jumps by {number(100.0 * noise)} % from one batch to the next."
        ),
        advice=(
            f"Use a batch {number(factor)} times as large, or add up the gradients of {number(factor)} batches before "
            "each step.",
            f"Or lower the learning rate{_lower(rate, factor)}: then the noise of many steps cancels.",
            *((ADDED,) if added else ()),
        ),
        expect=f"More than {number(100.0 * kept)} % confirmed, and a loss that falls through its noise.",
    )


def at_floor(found: Found, rate: float, end: float, *, noise: float, factor: float) -> Found:
    """As information on a run that learned: what the noise keeps it from is known to be there, not how much."""
    kept = _percent(float(found.evidence["confirmed_share"] or 0.0))
    return replace(
        found,
        severity=Severity.INFO,
        evidence={**found.evidence, "suggested_batch_factor": factor},
        summary=(
            f"The loss comes to rest near {number(end)}, at the noise of its batches: the next one confirms {kept} of "
            f"what a step promises, and the loss jumps by {number(100.0 * noise)} % from one to the next."
        ),
        advice=(
            f"To get lower, let the learning rate decay{_lower(rate, factor)} over the last part of the run: then the "
            "noise of many steps cancels.",
            f"Or use a batch {number(factor)} times as large there.",
        ),
        expect=f"A loss that falls on from {number(end)} once the rate is lower.",
    )


def of_same_examples(found: Found, rate: float, factor: float, *, noise: float) -> Found:
    """The same where every step sees all of the data: no batch can be larger; ``rate``: NaN: not known."""
    kept = _percent(float(found.evidence["confirmed_share"] or 0.0))
    better = rate / factor if np.isfinite(rate) else None
    return replace(
        found,
        evidence={**found.evidence, "suggested_batch_factor": None, "suggested_learning_rate": better},
        summary=(
            "The gradients are mostly noise, and not that of batches: every step sees the same examples, and the next "
            f"gradient confirms {kept} of what a step promises; the loss jumps by {number(100.0 * noise)} % from one "
            "step to the next."
        ),
        advice=(
            "If noise is added to the gradients, as for privacy, add less of it; if it comes from dropout or sampling "
            "in the model, use less there.",
            f"Or lower the learning rate{_lower(rate, factor)}: then the noise of many steps cancels.",
        ),
    )


def at_rest(row: int, rate: float, end: float, cost: float, *, angle: float, threshold: float) -> Found:
    """A loss that rests at ``end``, a share ``cost`` of which is noise; ``angle``: cosine of successive gradients."""
    lower = f" from {number(rate)} to {rough(0.1 * rate)}" if np.isfinite(rate) else " ten times"
    return Found(
        severity=Severity.INFO,
        confidence=0.6,
        row=row,
        evidence={
            "last_loss": end,
            "loss_of_the_noise": cost * end,
            "share_of_the_noise": cost,
            "share_threshold": threshold,
            "cosine_successive_gradients": angle,
        },
        summary=(
            f"The loss comes to rest near {number(end)}, and {_percent(cost).removeprefix('only ')} of that or more is "
            "what the noise of the gradients costs: no step settles, since the next one points elsewhere."
        ),
        advice=(
            f"Lower the learning rate{lower} for the last part of the run, or let it decay: the noise costs in "
            "proportion to it.",
            "Or use a larger batch. If noise is added to the gradients, as for privacy, add less of it.",
        ),
        expect=f"A loss that falls on from {number(end)} once the rate is lower.",
    )


def alone(hidden: tuple[str, ...], *, batch: float) -> Found:
    """A batch of one before normalizations; ``batch``: to begin with."""
    return Found(
        severity=Severity.ERROR,
        confidence=0.8,
        row=0,
        evidence={"layers_without_gradient": len(hidden), "suggested_batch_factor": batch},
        summary=(
            f"No step has a gradient in {first_and_more(hidden)}, behind each of which a normalization stands: as with "
            "a batch of one, which less its own mean is zero."
        ),
        advice=(
            f"Use a batch of {number(batch)} or more, the same in every step: `dataset.batch({number(batch)})`.",
            "Or `tf.keras.layers.LayerNormalization()`, which needs no other examples.",
        ),
        expect="A gradient in every layer from the first step on.",
        variables=hidden,
    )


def one_example(batch: float, rate: float, known: Evidence) -> Found:
    """Steps that see one example each; ``batch``: to begin with; ``rate``: NaN: not known; ``known``: of the noise."""
    return Found(
        severity=Severity.ERROR,
        confidence=0.97,
        row=0,
        evidence={**known, "examples_in_a_batch": 1, "suggested_batch_factor": batch},
        summary=(
            "The batch is too small: each step sees one example, as its labels, or its loss and the last bias, show, "
            "and the next example knows nothing of it."
        ),
        advice=(
            f"Use a batch of {number(batch)}, `dataset.batch({number(batch)})`, or add up the gradients of "
            f"{number(batch)} examples before each step.",
            f"Or lower the learning rate{_lower(rate, batch)}, and take as many times more steps.",
        ),
        expect="Losses that are alike from one step to the next, and fall.",
    )


def _lower(rate: float, factor: float) -> str:
    return f" from {number(rate)} to {rough(rate / factor)}" if np.isfinite(rate) else f" {number(factor)} times"


def _percent(share: float) -> str:
    return f"only {rough(100.0 * share)} %" if share > 0.0 else "none"
