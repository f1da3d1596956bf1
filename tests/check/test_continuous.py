"""The same comparison at every step of a training: ``log_step`` with gradients made by hand, and ``loss=``."""

from pathlib import Path

import pytest
import tensorflow as tf

import tb_convergence


@pytest.mark.parametrize(("scale", "found"), [(0.5, True), (1.0, False)])
def test_gradients_made_by_hand_are_checked_while_training(tmp_path: Path, scale: float, found: bool) -> None:
    """Noisy batches, so that the loss itself would not tell: the tape does."""
    x = tf.random.stateless_normal((64, 4), (1, 2))
    y = x @ [[1.0], [-2.0], [0.5], [3.0]] + 0.1 * tf.random.stateless_normal((64, 1), (3, 4))
    w = tf.Variable(tf.zeros((4, 1)), name="w")
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        for step in range(40):
            xs, ys = x[step % 8 :: 8], y[step % 8 :: 8]
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((xs @ w - ys) ** 2)
            by_hand = scale * 2.0 * tf.transpose(xs) @ (xs @ w - ys) / 8.0
            w.assign_sub(0.05 * by_hand)
            tb_convergence.log_step(tape, [by_hand], variables=[w], loss=loss)
        tb_convergence.flush()
    (diagnosis,) = tb_convergence.diagnose(tmp_path)
    wrong = [f for f in diagnosis.findings if f.id == "wrong-gradient"]
    assert bool(wrong) is found
    if found:
        assert wrong[0].evidence["factor"] == pytest.approx(0.5, rel=1e-4)
        assert wrong[0].evidence["source"] == "the tape's own gradient"
