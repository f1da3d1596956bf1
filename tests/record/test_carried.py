"""What is carried is the same on the host and in variables, whoever asks."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.carried import Carried, State


def carried(number: float = 1.0) -> Carried:
    """Four different vectors of two variables."""
    a, b, c, d = (np.full((2, 3), number + i, np.float32) for i in range(4))
    return Carried(a, b, c, d, True, 7)


def assert_equal(found: Carried, wanted: Carried) -> None:
    for x, y in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(x, y)


def test_nothing_is_known_at_first() -> None:
    """Vectors that do not exist are NaN."""
    found = State((2, 3), tf.float32).here()
    assert np.isnan(np.stack(found[:4])).all()
    assert found[4:] == (False, 0)


@pytest.mark.parametrize("in_graphs", [False, True])
def test_what_was_kept_is_there_again(in_graphs: bool) -> None:
    """On the host, or through the variables once a graph knows them."""
    state = State((2, 3), tf.float32)
    if in_graphs:
        state.enter_graph()
    state.keep(carried())
    assert_equal(state.here(), carried())
    assert bool(state.waiting.numpy()) == in_graphs
    state.settle()
    assert_equal(state.here(), carried())
    np.testing.assert_array_equal(state.update.numpy(), carried().update)


def test_what_a_graph_assigns_is_not_overruled() -> None:
    """Eager steps, then a graph, then eager steps."""
    state = State((2, 3), tf.float32)
    state.keep(carried())
    state.enter_graph()

    @tf.function
    def double() -> Any:
        state.weight.assign(2 * state.weight)
        return state.calls.assign_add(1)

    double()
    found = state.here()
    np.testing.assert_array_equal(found.weight, 2 * carried().weight)
    assert found.calls == 8
