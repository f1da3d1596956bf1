"""What a scenario of the demo is, and the list of them all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from demo.scenarios import (
    dead_units,
    exploding_gradient,
    healthy,
    high_learning_rate,
    low_learning_rate,
    oscillating_updates,
    vanishing_gradient,
    wrong_gradient,
)

Train = Callable[[bool], Iterator[int]]


@dataclass(frozen=True)
class Scenario:
    """A training that goes wrong in one known way, and its repaired twin.

    Attributes:
      id: the finding that the broken run must raise, which is also the file's name; ``healthy`` must raise none.
      title: one line for people.
      train: called with ``repaired``; trains in steps and yields the number of steps done so far.
      steps: how many steps a run has.
    """

    id: str
    title: str
    train: Train
    steps: int


SCENARIOS = tuple(
    Scenario(module.__name__.rpartition(".")[2].replace("_", "-"), module.TITLE, module.train, module.STEPS)
    for module in (
        wrong_gradient,
        high_learning_rate,
        oscillating_updates,
        vanishing_gradient,
        exploding_gradient,
        dead_units,
        low_learning_rate,
        healthy,
    )
)
