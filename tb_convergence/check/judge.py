"""A gradient against a reference: what is it? Pure numpy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tb_convergence.check.reasons import Surroundings, reason
from tb_convergence.check.reference import Reference, Values
from tb_convergence.check.result import VariableCheck, Verdict

VAGUE = 0.25
"""Uncertainty over the size of the derivative from which on nothing is said; a factor 2 must stay visible."""

STRAY, LARGEST_STRAY = 100.0, 0.01
"""Roundings, relative to the largest gradient elements of the whole model, that still count as zero where the
derivative is zero: formulas made by hand round differently, and so does forward mode. In half precision a hundred
roundings are no small number any more."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A gradient to be judged: of variable ``name`` with ``shape``; ``None`` where there is none."""

    name: str
    shape: tuple[int, ...]
    gradient: Values | None  # of any shape

    @property
    def elements(self) -> Values:
        """The gradient [n]; nothing where there is none."""
        return np.zeros(0) if self.gradient is None else self.gradient.reshape(-1)


def judge(
    subjects: Sequence[Subject],
    references: Sequence[Reference],
    around: Surroundings,
    *,
    stray: float = 0.0,
) -> tuple[VariableCheck, ...]:
    """The verdict on each gradient.

    Args:
      subjects: V of them.
      references: of the same variables.
      around: for the reasons of factors.
      stray: size of an element that counts as zero where the derivative is zero.
    """
    return tuple(_judged(i, subjects, references, around, stray) for i in range(len(subjects)))


def _judged(
    i: int, subjects: Sequence[Subject], references: Sequence[Reference], around: Surroundings, stray: float
) -> VariableCheck:
    item, reference = subjects[i], references[i]
    found = _incomparable(item, reference)
    if found is not None:
        return found
    gradient = item.elements
    length, came = reference.size(reference.values), reference.size(reference.view(gradient))
    if length <= reference.slack:
        return _of_zero(item, reference, came, stray)
    if not gradient.any():
        return _without(item, reference, Verdict.ZERO, "the gradient is zero, the derivative is not")
    numbers = _numbers(reference, reference.view(gradient))
    if _same(reference, numbers, 1.0):
        return _with(item, reference, Verdict.RIGHT, numbers)
    if reference.slack > VAGUE * length:
        return _of_zero(item, reference, max(length, came), stray)
    return (
        _misplaced(i, subjects, references, numbers)
        or _scaled(item, reference, numbers, around)
        or _with(item, reference, Verdict.DIFFERENT, numbers, _DIFFERS)
    )


def _incomparable(item: Subject, reference: Reference) -> VariableCheck | None:
    """What can be said without comparing numbers: not finite, missing, or of another shape."""
    if not np.isfinite(reference.values).all():
        return _without(item, reference, Verdict.NOT_FINITE, "the derivative of the loss itself is not finite here")
    if item.gradient is None:
        return _missing(item, reference)
    if not np.isfinite(item.gradient).all():
        return _without(item, reference, Verdict.NOT_FINITE, "the gradient is not finite, the derivative is")
    return None if item.gradient.shape == item.shape else _shape(item, reference)


_DIFFERS = (
    "differs from the derivative of the forward pass in direction; fine only where that is meant, as straight-through"
)


@dataclass(frozen=True, slots=True)
class _Numbers:
    factor: float
    cosine: float
    rest: float  # ‖g − s r‖, absolute
    off: float  # ‖g − r‖, absolute
    length: float  # ‖r‖


def _numbers(reference: Reference, view: Values) -> _Numbers:
    r = reference.values
    scale = max(float(np.abs(r).max(initial=0.0)), 1e-300)  # squares of small numbers would be lost
    p, q = view / scale, r / scale
    factor = float(np.dot(p, q) / np.dot(q, q))
    lengths = float(np.linalg.norm(p) * np.linalg.norm(q))
    cosine = float(np.dot(p, q)) / lengths if lengths else np.nan
    return _Numbers(factor, cosine, reference.size(view - factor * r), reference.size(view - r), reference.size(r))


def _same(reference: Reference, numbers: _Numbers, factor: float) -> bool:
    """Whether the gradient is ``factor`` × the derivative."""
    allowed = reference.tolerance * numbers.length + reference.slack
    return (numbers.off if factor == 1.0 else numbers.rest) <= allowed * max(abs(factor), 1e-300)


def _with(
    item: Subject,
    reference: Reference,
    verdict: Verdict,
    n: _Numbers,
    why: str = "",
    *,
    other: str | None = None,
) -> VariableCheck:
    return VariableCheck(
        item.name,
        item.shape,
        verdict,
        n.factor,
        n.cosine,
        n.rest / n.length,
        why,
        reference.source,
        reference.directions is None,
        other,
    )


def _without(item: Subject, reference: Reference, verdict: Verdict, why: str) -> VariableCheck:
    zero = 0.0 if verdict is Verdict.ZERO else np.nan
    return VariableCheck(item.name, item.shape, verdict, zero, reason=why, reference=reference.source)


def _missing(item: Subject, reference: Reference) -> VariableCheck:
    if reference.size(reference.values) <= reference.slack:
        return _without(item, reference, Verdict.RIGHT, "None: the loss does not depend on it")
    return _without(item, reference, Verdict.MISSING, "there is no gradient, but the loss depends on it")


def _of_zero(item: Subject, reference: Reference, size: float, stray: float) -> VariableCheck:
    """Where the derivative is zero, or not much more than what is uncertain about it.

    ``size``: of the gradient, or of the derivative where that is larger. A bias before a normalization has a gradient
    that is nothing but rounding: that is right. What the reference cannot tell from zero is left open.
    """
    floor = stray * np.sqrt(max(1, int(np.prod(item.shape))))
    if size <= reference.error + floor:
        return _without(item, reference, Verdict.RIGHT, "zero within rounding, as the derivative")
    if size <= (reference.slack + floor) / VAGUE:
        return _without(item, reference, Verdict.UNDECIDED, "the derivative is too small to be told from zero")
    return _without(item, reference, Verdict.DIFFERENT, "the gradient is not zero, the derivative is")


def _shape(item: Subject, reference: Reference) -> VariableCheck:
    assert item.gradient is not None
    came = item.gradient.shape
    why = f"expected shape {item.shape}, got {came}"
    if item.gradient.ndim == 2 and came == item.shape[::-1]:
        numbers = _numbers(reference, reference.view(item.gradient.T.reshape(-1)))
        if _same(reference, numbers, 1.0):
            return _with(item, reference, Verdict.TRANSPOSED, numbers, f"{why}: it is the transpose of the derivative")
        return _without(item, reference, Verdict.SHAPE, f"{why}, the shape of the transpose")
    return _without(item, reference, Verdict.SHAPE, why)


def _misplaced(
    i: int, subjects: Sequence[Subject], references: Sequence[Reference], numbers: _Numbers
) -> VariableCheck | None:
    """A gradient that is right elsewhere: transposed, or in another variable's place."""
    item, reference = subjects[i], references[i]
    assert item.gradient is not None
    if item.gradient.ndim == 2 and item.shape[0] == item.shape[1]:
        turned = _numbers(reference, reference.view(item.gradient.T.reshape(-1)))
        if _same(reference, turned, 1.0):
            return _with(item, reference, Verdict.TRANSPOSED, numbers, "it is the transpose of the derivative")
    for other, elsewhere in zip(subjects, references, strict=True):
        if other.name != item.name and other.shape == item.shape and _belongs(item.gradient, elsewhere):
            why = f"it is the derivative with respect to {other.name}"
            return _with(item, reference, Verdict.SWAPPED, numbers, why, other=other.name)
    return None


def _belongs(gradient: Values, reference: Reference) -> bool:
    length = reference.size(reference.values)
    if not np.isfinite(length) or reference.slack > VAGUE * length:
        return False
    return _same(reference, _numbers(reference, reference.view(gradient.reshape(-1))), 1.0)


def _scaled(item: Subject, reference: Reference, numbers: _Numbers, around: Surroundings) -> VariableCheck | None:
    if not _same(reference, numbers, numbers.factor) or abs(numbers.cosine) < 0.5:
        return None
    tolerance = reference.tolerance + reference.slack / numbers.length
    turned = abs(numbers.factor + 1.0) <= tolerance
    why = reason(numbers.factor, tolerance, around)
    text = f"{numbers.factor:.4g} × the derivative" + (f": {why}" if why else "")
    return _with(item, reference, Verdict.SIGN if turned else Verdict.SCALED, numbers, text.replace("-", "−", 1))


def stray(gradients: Iterable[Values], epsilon: float) -> float:
    """Size of an element that is rounding, in a model with these gradients [any shape]."""
    rms = [float(np.sqrt(np.mean(g**2))) for g in gradients if g.size and np.isfinite(g).all()]
    return min(STRAY * epsilon, LARGEST_STRAY) * max(rms, default=0.0)
