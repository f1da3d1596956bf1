"""Steps are counted without a gap, eagerly and in graphs."""

import tensorflow as tf

from tb_convergence.record.counter import Counter


def test_it_counts_from_0_without_a_variable() -> None:
    """As long as no graph counts."""
    counter = Counter()
    assert [counter.next() for _ in range(3)] == [0.0, 1.0, 2.0]
    assert int(counter._variable) == 0


def test_graphs_go_on_where_eager_steps_ended_and_the_other_way_round() -> None:
    """In any order, once a graph was entered."""
    counter = Counter()
    counter.next()
    counter.enter_graph()
    step = tf.function(counter.next)
    assert [float(f()) for f in (step, step, counter.next, step, counter.next)] == [1.0, 2.0, 3.0, 4.0, 5.0]
    counter.enter_graph()  # a second time changes nothing
    assert float(step()) == 6.0


def test_it_goes_on_at_a_number_but_never_back() -> None:
    """As after a checkpoint was restored; on the host and in the variable."""
    counter = Counter()
    counter.at_least(7)
    counter.at_least(3)
    assert counter.next() == 7.0
    counter.enter_graph()
    counter.at_least(5)
    assert float(counter.next()) == 8.0
    counter.at_least(20)
    assert float(counter.next()) == 20.0
