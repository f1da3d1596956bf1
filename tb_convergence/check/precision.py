"""Steps and tolerances by floating-point type: the coarsest type that the loss computes in decides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Precision:
    """What may be expected of numbers of one type.

    Attributes:
      name: TensorFlow's name of the type.
      epsilon: distance from 1 to the next larger number.
      agreement: relative difference up to which two exact derivatives, tape and forward mode, agree. Measured on dense,
        convolutional and recurrent nets: 2e-6 in float32, 4e-4 in float16, 5e-3 in bfloat16; these are larger by more
        than ten, and what rounding does to a particular loss is measured besides.
      step: central differences, length of the step over that of the weights; near the cube root of epsilon, where the
        errors of rounding and of truncation are equal.
      difference: relative error of central differences with that step, about ten times the median that was measured.
    """

    name: str
    epsilon: float
    agreement: float
    step: float
    difference: float


PRECISIONS: Mapping[str, Precision] = {
    p.name: p
    for p in (
        Precision("bfloat16", 2.0**-7, 0.1, 0.1, 0.3),
        Precision("float16", 2.0**-10, 0.02, 0.1, 0.2),
        Precision("float32", 2.0**-23, 1e-3, 5e-3, 1e-3),
        Precision("float64", 2.0**-52, 1e-7, 6e-6, 1e-8),
    )
}
"""The coarsest first."""


def coarsest(dtypes: Iterable[str]) -> Precision:
    """The precision of a computation in which these types occur; float32 where none of them is known."""
    names = set(dtypes)
    return next((p for name, p in PRECISIONS.items() if name in names), PRECISIONS["float32"])
