"""Which finding can be a consequence of which. Explicit, so that it can be read and argued with."""

from collections.abc import Mapping

CONSEQUENCES: Mapping[str, tuple[str, ...]] = {
    "missing-gradient": ("unapplied-update", "low-learning-rate", "vanishing-gradient"),
    "unapplied-update": ("low-learning-rate", "vanishing-gradient"),
    "wrong-gradient": (
        "high-learning-rate",
        "low-learning-rate",
        "exploding-gradient",
        "vanishing-gradient",
        "oscillating-updates",
        "dead-units",
        "diverging-loss",
        "non-finite-values",
    ),
    "exploding-gradient": (
        "high-learning-rate",
        "oscillating-updates",
        "dead-units",
        "diverging-loss",
        "non-finite-values",
    ),
    "high-learning-rate": (
        "exploding-gradient",
        "oscillating-updates",
        "dead-units",
        "vanishing-gradient",
        "diverging-loss",
        "non-finite-values",
    ),
    "excessive-momentum": (
        "exploding-gradient",
        "high-learning-rate",
        "oscillating-updates",
        "dead-units",
        "diverging-loss",
        "non-finite-values",
    ),
    "dead-units": ("vanishing-gradient", "low-learning-rate", "diverging-loss"),
    "vanishing-gradient": ("low-learning-rate",),
    "oscillating-updates": ("diverging-loss", "non-finite-values"),
    "diverging-loss": ("non-finite-values", "dead-units", "vanishing-gradient"),
    "low-learning-rate": (),
    "non-finite-values": (),
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
