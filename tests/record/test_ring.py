"""A ring gives every row once, in order, and counts those it had to drop."""

import threading

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.ring import MAX_ROWS, MIN_ROWS, Ring, apart, rows_for


def write(ring: Ring, *numbers: float) -> None:
    """One row or two."""
    given = [[i] for i in (*numbers, np.nan)[:2]]
    ring.write(tf.constant(given, tf.float64), -tf.constant(given, tf.float32), [True, len(numbers) == 2])


def test_rows_come_once_and_in_order() -> None:
    """What was read is not read again."""
    ring = Ring(1, 1)
    assert len(ring.read()) == 0
    for i in range(3):
        write(ring, i)
    np.testing.assert_array_equal(ring.read(), [[0, 0], [1, -1], [2, -2]])
    assert len(ring.read()) == 0
    write(ring, 3)
    np.testing.assert_array_equal(ring.read(), [[3, -3]])
    assert ring.lost == 0


def test_overwritten_rows_are_counted() -> None:
    """The newest stay."""
    ring = Ring(1, 1)
    for i in range(ring.rows + 5):
        write(ring, i)
    got = ring.read()
    assert (got[0, 0], got[-1, 0], len(got)) == (6, ring.rows + 4, ring.rows - 1)  # one place is kept for writing
    assert ring.lost == 6


def test_rows_come_by_twos_and_not_at_all() -> None:
    """Only what is valid is numbered."""
    ring = Ring(1, 1)
    write(ring, 0, 1)
    ring.write(tf.fill([2, 1], tf.constant(np.nan, tf.float64)), tf.zeros([2, 1]), [False, False])
    write(ring, 2)
    write(ring, 3, 4)
    assert ring.read()[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert ring.lost == 0


@pytest.mark.parametrize("jit", [False, True])
def test_a_graph_writes_too(jit: bool) -> None:
    """Also under XLA, where no summary can be written."""
    ring = Ring(1, 1)
    write_rows = tf.function(ring.write, jit_compile=jit)
    for i in range(4):
        write_rows(
            tf.constant([[i], [i]], tf.float64), tf.constant([[-i], [-i]], tf.float32), tf.constant([True, False])
        )
    assert ring.read()[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("number", [2.0**53 - 1, 0.1, -1e-300, 1e300, np.inf, np.nan, 5e-324])
def test_the_head_keeps_every_bit(jit: bool, number: float) -> None:
    """It is stored as pairs of float32 that mean nothing by themselves; values are float32."""
    ring = Ring(2, 1)
    write_rows = tf.function(ring.write, jit_compile=jit)
    heads = tf.constant([[number, 3.0]] * 2, tf.float64)
    write_rows(heads, tf.constant([[0.1], [0.2]]), tf.constant([True, True]))
    np.testing.assert_array_equal(ring.read(), [[number, 3.0, np.float32(0.1)], [number, 3.0, np.float32(0.2)]])


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


def test_a_number_that_two_writers_took_stops_nothing() -> None:
    """It is waited for once, then passed over as lost."""
    ring = Ring(1, 1)
    write(ring, 0)
    ring.read()
    ring._count.assign_add(1)  # what a collision leaves
    write(ring, 2)
    assert len(ring.read()) == 0
    write(ring, 3)
    assert ring.read()[:, 0].tolist() == [2, 3]
    assert ring.lost == 1
    write(ring, 4)
    assert ring.read()[:, 0].tolist() == [4]


def test_rows_written_on_the_host_are_the_same() -> None:
    """One or two at once."""
    ring = Ring(1, 1)
    write(ring, 0)
    ring.write_on_host([[1.0], [2.0]], [np.array([-1.0]), np.array([1e300])])
    write(ring, 3)
    np.testing.assert_array_equal(ring.read(), [[0, 0], [1, -1], [2, np.inf], [3, -3]])


def test_rows_of_the_host_are_in_no_variable_until_a_graph_writes() -> None:
    """Then those that nobody read come first, and those that follow go the same way."""
    ring = Ring(1, 1)
    ring.write_on_host([[0.0]], [np.array([0.0])])
    assert int(ring.count) == 0
    np.testing.assert_array_equal(ring.read(), [[0, 0]])
    ring.write_on_host([[1.0]], [np.array([-1.0])])
    ring.enter_graph()
    assert int(ring.count) == 1
    tf.function(ring.write)(tf.fill([2, 1], tf.constant(2.0, tf.float64)), tf.fill([2, 1], -2.0), [True, False])
    ring.write_on_host([[3.0]], [np.array([-3.0])])
    assert int(ring.count) == 3
    np.testing.assert_array_equal(ring.read(), [[1, -1], [2, -2], [3, -3]])


def test_of_too_many_rows_on_the_host_the_newest_are_kept() -> None:
    """And the others are counted as lost."""
    ring = Ring(1, 1)
    ring.write_on_host([[float(n)] for n in range(ring.rows)], [np.array([0.0])] * ring.rows)
    assert ring.filled == 1.0
    ring.write_on_host([[-1.0], [-2.0]], [np.array([0.0])] * 2)
    assert ring.lost == 2
    assert ring.read()[[0, -1], 0].tolist() == [2, -2]
    assert ring.filled == 0.0
    assert ring.read().shape == (0, 2)


def test_rows_of_the_host_are_read_once_by_two_readers() -> None:
    """Each row by one of them, none twice and none never."""
    ring, found = Ring(1, 1), []
    over = threading.Event()

    def reader() -> None:
        while not over.is_set():
            found.extend(ring.read()[:, 0].tolist())

    threads = [threading.Thread(target=reader) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(500):
        ring.write_on_host([[float(n)]], [np.array([0.0])])
    over.set()
    for thread in threads:
        thread.join()
    found.extend(ring.read()[:, 0].tolist())
    assert sorted(found) == list(range(500))
