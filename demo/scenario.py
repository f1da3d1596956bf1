"""What a scenario of the demo is, and the list of them all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

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
      kinds: what its two runs are called, ``train(False)`` first.
    """

    id: str
    title: str
    train: Train
    steps: int
    kinds: tuple[str, str] = ("broken", "repaired")

    @property
    def runs(self) -> tuple[str, str]:
        """Names of its two runs."""
        first, second = self.kinds
        return f"{self.id}/{first}", f"{self.id}/{second}"


def _scenario(module: ModuleType, kinds: tuple[str, str] = ("broken", "repaired")) -> Scenario:
    name = module.__name__.rpartition(".")[2].replace("_", "-")
    return Scenario(name, module.TITLE, module.train, module.STEPS, kinds)


SCENARIOS = (
    _scenario(wrong_gradient),
    _scenario(high_learning_rate),
    _scenario(oscillating_updates),
    _scenario(vanishing_gradient),
    _scenario(exploding_gradient),
    _scenario(dead_units),
    _scenario(low_learning_rate),
    _scenario(healthy, ("seed-0", "seed-1")),
)
