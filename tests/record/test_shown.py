"""What a step shows of itself has the shape that it must have."""

import numpy as np
import pytest
import tensorflow as tf

from tb_convergence.record.shown import dense


@pytest.mark.parametrize("rows", [2, 3, 4])
def test_a_gradient_of_which_the_graph_knows_the_rank_only(rows: int) -> None:
    """Takes the shape of its variable; NaN, and no error, if it does not fit after all."""
    w = tf.Variable(tf.zeros((3, 2)))

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    def shown(gradient: tf.Tensor) -> tf.Tensor:
        (found,) = dense([gradient], [w])
        assert found.shape == (3, 2)
        return found

    given = np.arange(2.0 * rows, dtype=np.float32).reshape(rows, 2)
    found = shown(given).numpy()
    np.testing.assert_array_equal(found, given if rows == 3 else np.full((3, 2), np.nan))


def test_rows_named_twice_are_added_up() -> None:
    """As an optimizer does."""
    slices = tf.IndexedSlices(tf.ones((2, 2)), tf.constant([1, 1]), tf.constant([3, 2]))
    found, nothing = dense([slices, None], [tf.Variable(tf.zeros((3, 2)))] * 2)
    np.testing.assert_array_equal(found, [[0, 0], [2, 2], [0, 0]])
    assert nothing is None
