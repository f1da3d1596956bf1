"""Which references a check compares with, and at what cost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tb_convergence.check.bench import Bench
from tb_convergence.check.reference import BLURRED, CAUTION, Directions, Reference, Values, agrees
from tb_convergence.check.references import (
    DIFFERENCE,
    FORWARD,
    Along,
    difference,
    difference_along,
    forward,
    forward_along,
    reference_of,
    step_scales,
)

FEW, MANY = 4, 16
"""Directions in a variable: to confirm a gradient, and to describe one that is wrong."""

ELEMENTS = 64
"""Variables up to this size are differentiated element by element when their gradient is wrong."""

EVALUATIONS = 1024
"""Of the loss, for all such variables together."""

TOGETHER = 24
"""From this number of variables on they are first confirmed all at once."""

BLUR = 0.25
"""Uncertainty of a sum over variables, each of weight 1, up to which a factor 2 in one of them still shows."""

LOST = 16
"""Variables that are looked at together when rounding hides such a factor in each of them anyway."""

BESIDE = 0.1
"""Relative difference between differences and the tape that is worth a note; kinks make some percent."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is checked.

    Attributes:
      variables: V of them, ``tf.Variable``.
      names: of these.
      tape: the tape's gradients, in the shapes of the variables, or ``None``.
      noise: what rounding does to the length of each.
      given: gradients made by hand, of any shape; ``None``: the tape's are what is checked.
    """

    bench: Bench
    variables: Sequence[Any]
    names: Sequence[str]
    tape: Sequence[Values | None]
    noise: Sequence[float]
    given: Sequence[Values | None] | None

    @property
    def subject(self) -> Sequence[Values | None]:
        """The gradients that are judged."""
        return self.tape if self.given is None else self.given

    def size(self, i: int) -> int:
        """Number of elements."""
        return int(np.prod(tuple(self.variables[i].shape)))

    def of_tape(self, i: int) -> Values:
        """The tape's gradient [n], zeros for ``None``."""
        found = self.tape[i]
        return np.zeros(self.size(i)) if found is None else found.reshape(-1)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The references of all variables.

    Attributes:
      name: what they are called together.
      tape_agrees: whether the tape's gradient is confirmed for all of them.
      unmeasured: variables whose reference is the very gradient that is judged: it was confirmed together with others.
    """

    references: Sequence[Reference]
    name: str
    tape_agrees: bool = True
    unmeasured: Collection[int] = ()


def by_tape(case: Case) -> Compared:
    """The tape's gradients, every element."""
    return Compared([_of_tape(case, i, "tape") for i in range(len(case.variables))], "the tape's gradient")


def _of_tape(case: Case, i: int, source: str) -> Reference:
    return Reference(case.of_tape(i), case.noise[i], case.bench.precision.agreement, source)


def by_forward(case: Case) -> Compared:
    """Forward mode; for gradients made by hand the tape's own where forward mode confirms them.

    Raises:
      NoForwardModeError: an operation of the loss has none.
    """
    everything = range(len(case.variables))
    along = forward_along(case.bench, case.variables)
    groups = _groups(case) if len(case.variables) >= TOGETHER else [[i] for i in everything]
    alone = {i for group in groups if len(group) == 1 or not _confirmed_together(case, group) for i in group}
    tolerance = case.bench.precision.agreement
    found = [_few(case, along, i, tolerance, FORWARD) if i in alone else None for i in everything]
    wrong = [i for i in everything if (few := found[i]) is not None and not agrees(few, case.of_tape(i))]
    described = _described(case, along, wrong, tolerance, FORWARD)
    references = [described.get(i) or _confirmed(case, i, found[i]) for i in everything]
    name = FORWARD if case.given is None or wrong else f"the tape's gradient, which {FORWARD} confirms"
    unmeasured = set(everything) - alone if case.given is None else set()
    return Compared(references, name, tape_agrees=not wrong, unmeasured=unmeasured)


def _confirmed(case: Case, i: int, few: Reference | None) -> Reference:
    """What stands for a variable whose tape gradient is right."""
    if case.given is None and few is not None:
        return few
    return _of_tape(case, i, f"tape, confirmed by {FORWARD}")


def _few(case: Case, along: Along, i: int, tolerance: float, source: str) -> Reference:
    """A first look; at so few elements that each can be had, at each."""
    directions = None if case.size(i) <= FEW else Directions(i, FEW, case.size(i))
    return _reference(case, along, i, directions, tolerance=tolerance, source=source)


def _reference(
    case: Case, along: Along, i: int, directions: Directions | None, *, tolerance: float, source: str
) -> Reference:
    """Along directions, else of every element; with the rounding error of a gradient of that length."""
    units = np.eye(case.size(i)) if directions is None else directions
    found = reference_of([along(i, d) for d in units], directions, tolerance, source)
    length, of_tape = found.size(found.values), float(np.linalg.norm(case.of_tape(i)))
    smaller = min(1.0, length / of_tape) if length and np.isfinite(of_tape) and of_tape else 1.0
    return replace(found, error=case.noise[i] * smaller)  # a tape that is 100 times too large rounds that much more


def _described(case: Case, along: Along, wrong: Sequence[int], tolerance: float, source: str) -> dict[int, Reference]:
    """Better references for gradients that are wrong: every element of small variables, more directions of others."""
    found, left = {}, EVALUATIONS
    for i in wrong:
        size = case.size(i)
        every = size <= min(ELEMENTS, left)
        left -= size if every else 0
        directions = None if every else Directions(i, MANY, size)
        found[i] = _reference(case, along, i, directions, tolerance=tolerance, source=source)
    return found


def _groups(case: Case) -> list[list[int]]:
    """Variables to be confirmed together: as many as do not blur the sum, those lost in rounding apart."""
    ratios = np.array(case.noise) * _weights(case)
    groups: list[list[int]] = [[]]
    for i in np.argsort(ratios, kind="stable").tolist():
        lost = CAUTION * ratios[i] > BLUR
        blur = CAUTION * float(np.linalg.norm(ratios[[*groups[-1], i]]))
        full = len(groups[-1]) >= LOST if lost else blur > BLUR
        first_lost = lost and bool(groups[-1]) and CAUTION * ratios[groups[-1][0]] <= BLUR
        if groups[-1] and (full or first_lost):
            groups.append([])
        groups[-1].append(i)
    return groups


def _weights(case: Case) -> Values:
    """What makes each gradient as long as every other, float64 [V]; not longer than what rounding adds to it."""
    lengths = np.array([np.linalg.norm(case.of_tape(i)) for i in range(len(case.variables))])
    usual = float(np.median(lengths[lengths > 0])) if (lengths > 0).any() else 1.0
    found: Values = 1.0 / np.maximum(np.where(lengths > 0, lengths, usual), np.array(case.noise))
    return found


def _confirmed_together(case: Case, group: Sequence[int]) -> bool:
    """Whether tape and forward mode agree along directions in which every variable of the group weighs the same."""
    weights = _weights(case)[group]
    slack = CAUTION * float(np.linalg.norm(np.array(case.noise)[group] * weights))
    allowed = case.bench.precision.agreement * np.sqrt(len(group)) + slack
    variables = [case.variables[i] for i in group]
    drawn = [iter(Directions(i, FEW, case.size(i))) for i in group]
    for _ in range(FEW):  # what is not finite confirms nothing
        directions = [next(d) * w for d, w in zip(drawn, weights, strict=True)]
        with np.errstate(invalid="ignore"):
            told = sum(float(np.dot(case.of_tape(i), d)) for i, d in zip(group, directions, strict=True))
        if not abs(forward(case.bench, variables, directions) - told) <= allowed:
            return False
    return True


def by_difference(case: Case) -> Compared:
    """Central differences along directions; of every element where a small variable's gradient is wrong."""
    along, tolerance = difference_along(case.bench, case.variables), case.bench.precision.difference
    few = [_few(case, along, i, tolerance, DIFFERENCE) for i in range(len(case.variables))]
    wrong = [i for i, reference in enumerate(few) if not _right(case.subject[i], reference, case.variables[i])]
    described = _described(case, along, wrong, tolerance, DIFFERENCE)
    return Compared([described.get(i, reference) for i, reference in enumerate(few)], DIFFERENCE)


def _right(gradient: Values | None, reference: Reference, variable: Any) -> bool:
    return gradient is not None and gradient.shape == tuple(variable.shape) and agrees(reference, gradient.reshape(-1))


def crossed(case: Case) -> list[str]:
    """A note where the loss itself changes otherwise than the derivative of its operations says."""
    scales = step_scales(case.variables)
    own = [np.linalg.norm(case.of_tape(i)) * scale for i, scale in enumerate(scales)]
    drawn = [next(iter(Directions(i, 1, case.size(i)))) * s for i, s in enumerate(scales)]
    told = sum(float(np.dot(case.of_tape(i), d)) for i, d in enumerate(drawn))
    found, unsure = difference(case.bench, case.variables, drawn)
    if not abs(found - told) > BESIDE * max(float(np.linalg.norm(own)), abs(found)) + BLURRED * unsure:
        return []
    return [
        f"Along one direction the loss changes by {found:.4g}, and the tape says {told:.4g}. A tf.stop_gradient, "
        "rounding or a straight-through estimator does that, and may be meant; "
        'method="difference" says which variables.'
    ]
