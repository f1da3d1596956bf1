"""What a set of variables is recorded with."""

from collections.abc import Sequence
from dataclasses import dataclass

from tb_convergence.record.carried import State
from tb_convergence.record.counter import Counter
from tb_convergence.record.ring import Ring
from tb_convergence.record.samples import Samples
from tb_convergence.record.turns import Turns


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one ``Group``.

    Attributes:
      sampled: which elements of its V variables are looked at.
      turns: which gradients are read whole at a step.
      state: what is carried from step to step.
      ring: the newest calls.
      counter: of the steps that bring no number.
      extras: names of the step statistics that not every session holds.
    """

    sampled: Samples
    turns: Turns
    state: State
    ring: Ring
    counter: Counter
    extras: Sequence[str]
