"""Which finding can be a consequence of which. Explicit, so that it can be read and argued with."""

from collections.abc import Mapping

_BREAKDOWN = ("oscillating-updates", "dead-units", "diverging-loss", "non-finite-values")
"""What a run goes through that is thrown off its way."""

SYMPTOMS = ("slow-convergence", "loss-plateau")
"""What the loss of a run looks like that does not get on, for whatever reason: never a cause, and without an onset."""

PACE = ("low-learning-rate", "missing-momentum")
"""What a run that gets on could do faster. Not where it learns its data by heart: that comes first."""

STATES = ("poor-initialization", "unscaled-inputs", "saturated-activations")
"""What weights and inputs show by themselves: there at the first step, no step has brought it about."""

MADE_BY_STEPS = ("high-learning-rate", "excessive-momentum", "diverging-loss")
"""Causes that act by the steps they make, or ask for."""

CONSEQUENCES: Mapping[str, tuple[str, ...]] = {
    "missing-gradient": ("unapplied-update", "low-learning-rate", "vanishing-gradient", *SYMPTOMS),
    "unapplied-update": ("low-learning-rate", "vanishing-gradient", *SYMPTOMS),
    "wrong-gradient": (
        "high-learning-rate",
        "low-learning-rate",
        "exploding-gradient",
        "vanishing-gradient",
        "saturated-activations",
        *_BREAKDOWN,
        *SYMPTOMS,
    ),
    "misassigned-gradients": (
        "high-learning-rate",
        "low-learning-rate",
        "excessive-momentum",
        "exploding-gradient",
        "vanishing-gradient",
        "saturated-activations",
        *_BREAKDOWN,
        *SYMPTOMS,
    ),
    "mismatched-loss": (
        "high-learning-rate",
        "low-learning-rate",
        "exploding-gradient",
        "vanishing-gradient",
        *_BREAKDOWN,
        *SYMPTOMS,
    ),
    "unscaled-inputs": (
        "high-learning-rate",
        "low-learning-rate",
        "missing-momentum",
        "excessive-momentum",
        "exploding-gradient",
        "saturated-activations",
        *_BREAKDOWN,
        *SYMPTOMS,
    ),
    "poor-initialization": (
        "high-learning-rate",
        "low-learning-rate",
        "exploding-gradient",
        "vanishing-gradient",
        "saturated-activations",
        *_BREAKDOWN,
        *SYMPTOMS,
    ),
    "excessive-regularization": (
        "high-learning-rate",
        "low-learning-rate",
        "missing-momentum",
        "vanishing-gradient",
        "noisy-gradient",
        "mismatched-labels",
        *_BREAKDOWN,
        *SYMPTOMS,
    ),
    "exploding-gradient": ("high-learning-rate", "saturated-activations", *_BREAKDOWN, *SYMPTOMS),
    "high-learning-rate": (
        "exploding-gradient",
        "vanishing-gradient",
        "saturated-activations",
        *_BREAKDOWN,
        *SYMPTOMS,
    ),
    "excessive-momentum": (
        "exploding-gradient",
        "high-learning-rate",
        "saturated-activations",
        *_BREAKDOWN,
        *SYMPTOMS,
    ),
    "saturated-activations": ("vanishing-gradient", "low-learning-rate", "dead-units", *SYMPTOMS),
    "dead-units": ("vanishing-gradient", "low-learning-rate", "diverging-loss", *SYMPTOMS),
    "vanishing-gradient": ("low-learning-rate", *SYMPTOMS),
    "noisy-gradient": (
        "high-learning-rate",
        "oscillating-updates",
        "exploding-gradient",
        "saturated-activations",
        "diverging-loss",
        "non-finite-values",
        *SYMPTOMS,
    ),
    "mismatched-labels": ("noisy-gradient", "overfitting", *SYMPTOMS),
    "oscillating-updates": (
        "mismatched-labels",
        "diverging-loss",
        "overfitting",
        "non-finite-values",
        "dead-units",
        *SYMPTOMS,
    ),
    "diverging-loss": ("non-finite-values", "saturated-activations", "dead-units", "vanishing-gradient"),
    "low-learning-rate": ("missing-momentum", *SYMPTOMS),
    "missing-momentum": SYMPTOMS,
    "slow-convergence": (),
    "loss-plateau": (),
    "overfitting": (),
    "non-finite-values": ("dead-units", "vanishing-gradient", "saturated-activations", *SYMPTOMS),
}
"""Cause → what it can bring about. Causes stand in order of precedence: between two that could explain each other and
begin together, the earlier entry is the cause."""


def precedence(finding: str) -> int:
    """Place among the causes, the deepest first; a finding not listed comes last."""
    order = list(CONSEQUENCES)
    return order.index(finding) if finding in order else len(order)


def explains(cause: str, consequence: str) -> bool:
    """Whether ``cause`` can bring about ``consequence``."""
    return consequence in CONSEQUENCES.get(cause, ())
