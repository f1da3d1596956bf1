"""Objects are found by their class, and nobody else notices."""

import gc
import threading

import numpy as np

from tb_convergence.record.living import living


class Made:
    """Of whose objects all are known."""


class Descended(Made):
    """Another class."""


def test_objects_of_the_wanted_classes_are_found_as_one_by_one() -> None:
    """Objects that stand in a row and apart; those of a class that is not wanted are none."""
    first, last = Descended(), Descended()
    made = [Made(), Made(), [first], Made(), np.ones(3), last]
    found = {id(o) for o in living(lambda kind: issubclass(kind, Made))}
    assert found == {id(o) for o in gc.get_objects() if isinstance(o, Made)}
    assert {id(o) for o in living(lambda kind: kind is Descended)} == {id(first), id(last)}
    assert living(lambda _: False) == []
    assert len(made) == 6


def test_the_tuples_of_other_threads_are_left_alone() -> None:
    """A tuple that is being filled from a generator cannot be finished while a list of all objects refers to it."""
    made = [Made() for _ in range(3)]
    failed: list[BaseException] = []
    stop = threading.Event()

    def fill() -> None:
        try:
            while not stop.is_set():
                assert len(tuple(i for i in range(1000))) == 1000
        except SystemError as error:
            failed.append(error)

    thread = threading.Thread(target=fill)
    thread.start()
    for _ in range(20):
        assert {id(o) for o in living(lambda kind: kind is Made)} == {id(o) for o in made}
    stop.set()
    thread.join()
    assert failed == []
