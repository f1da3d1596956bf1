"""A ring gives every row once, in order, and counts those it had to drop."""

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.ring import MAX_ROWS, MIN_ROWS, Ring, apart, rows_for


def row(i: float) -> tf.Tensor:
    return tf.constant([i, -i], tf.float64)


def test_rows_come_once_and_in_order() -> None:
    """What was read is not read again."""
    ring = Ring(2)
    assert len(ring.read()) == 0
    for i in range(3):
        ring.write(row(i))
    np.testing.assert_array_equal(ring.read(), [[0, 0], [1, -1], [2, -2]])
    assert len(ring.read()) == 0
    ring.write(row(3.0))
    np.testing.assert_array_equal(ring.read(), [[3, -3]])
    assert ring.lost == 0


def test_overwritten_rows_are_counted() -> None:
    """The newest stay."""
    ring = Ring(2)
    for i in range(ring.rows + 5):
        ring.write(row(i))
    got = ring.read()
    assert (got[0, 0], got[-1, 0], len(got)) == (5, ring.rows + 4, ring.rows)
    assert ring.lost == 5


@pytest.mark.parametrize("jit", [False, True])
def test_a_graph_writes_too(jit: bool) -> None:
    """Also under XLA, where no summary can be written."""
    ring = Ring(2)
    write = tf.function(lambda i: ring.write(tf.stack([i, -i])), jit_compile=jit)
    for i in range(4):
        write(tf.constant(float(i), tf.float64))
    assert ring.read()[:, 0].tolist() == [0, 1, 2, 3]


def test_small_models_get_a_longer_ring() -> None:
    """Their steps are the fast ones."""
    assert rows_for(20) == MAX_ROWS
    assert rows_for(10**6) == MIN_ROWS


def test_apart_makes_variables_inside_a_trace() -> None:
    """At the second trace too; and hands over what went wrong."""
    made = []

    @tf.function
    def f(x: tf.Tensor) -> tf.Tensor:
        made.append(apart(lambda: tf.Variable(1.0)))
        return x

    f(tf.constant(1))
    f(tf.constant(1.0))
    assert len(made) == 2
    with pytest.raises(ZeroDivisionError):
        apart(lambda: 1 // 0)
