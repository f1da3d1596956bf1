"""What a gradient check says, and how it prints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a variable's gradient is, held against the derivative of the loss."""

    RIGHT = "right"
    SCALED = "scaled"
    SIGN = "sign"
    TRANSPOSED = "transposed"
    SWAPPED = "another variable's"
    ZERO = "zero"
    MISSING = "None"
    SHAPE = "shape"
    NOT_FINITE = "not finite"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class VariableCheck:
    """The verdict on one variable.

    Attributes:
      name: of the variable, as in the record.
      shape: of the variable.
      verdict: see :class:`Verdict`.
      factor: s of the s × derivative that comes nearest to the gradient; NaN when there is none, and where many
        gradients were found right together.
      cosine: between gradient and derivative; NaN when one of them is zero or missing.
      residual: ‖gradient − s × derivative‖ / ‖derivative‖; NaN likewise.
      reason: one sentence for people; empty for a gradient that is simply right.
      reference: what the gradient was compared with, e.g. ``tape``.
      elements: whether every element was compared; else cosine and residual are estimates from a few directions.
      other: whose gradient it is, for ``SWAPPED``.
    """

    name: str
    shape: tuple[int, ...]
    verdict: Verdict
    factor: float = math.nan
    cosine: float = math.nan
    residual: float = math.nan
    reason: str = ""
    reference: str = ""
    elements: bool = True
    other: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it, as far as could be told."""
        return self.verdict in (Verdict.RIGHT, Verdict.UNDECIDED)


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The verdicts on all variables; prints as a table.

    Attributes:
      variables: in the order in which they were given.
      subject: whose gradient was checked, e.g. ``the tape's gradient``.
      reference: what it was compared with.
      loss: its value.
      dtype: the coarsest floating-point type in the computation.
      repeatable: whether two evaluations of the loss agree, once its state is put back between them.
      notes: what else there is to know.
    """

    variables: tuple[VariableCheck, ...]
    subject: str
    reference: str
    loss: float
    dtype: str
    repeatable: bool
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no gradient is wrong. Undecided ones are not: see :attr:`undecided`."""
        return not self.wrong

    @property
    def wrong(self) -> tuple[VariableCheck, ...]:
        """The variables whose gradient is wrong."""
        return tuple(v for v in self.variables if not v.ok)

    @property
    def undecided(self) -> tuple[VariableCheck, ...]:
        """The variables of which nothing could be told."""
        return tuple(v for v in self.variables if v.verdict is Verdict.UNDECIDED)

    def __str__(self) -> str:
        rows = [_row(v) for v in self.variables]
        lines = [_summary(self), "", *_aligned([_HEAD, *rows])]
        reasons = [f"  {v.name}: {v.reason}" for v in self.variables if v.reason]
        return "\n".join([*lines, *([""] if reasons else []), *reasons, *(f"  note: {n}" for n in self.notes)])


_HEAD = ("variable", "shape", "verdict", "factor", "cosine", "residual")


def _summary(found: GradientCheck) -> str:
    total, wrong, open_ = len(found.variables), len(found.wrong), len(found.undecided)
    right = total - wrong - open_
    parts = [f"{right} right", f"{wrong} wrong"] + ([f"{open_} undecided"] if open_ else [])
    return (
        f"Gradient check: {', '.join(parts)} of {total} variable{'' if total == 1 else 's'}\n"
        f"{found.subject} against {found.reference}; loss {found.loss:.6g}, {found.dtype}"
    )


def _row(item: VariableCheck) -> tuple[str, ...]:
    about = "" if item.elements else "≈"
    shape = "×".join(map(str, item.shape)) or "scalar"
    numbers = (_number(item.factor), about + _number(item.cosine), about + _number(item.residual))
    return (item.name, shape, item.verdict.value, *(n if n.lstrip("≈") else "" for n in numbers))


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−", 1) if math.isfinite(value) else ""


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
