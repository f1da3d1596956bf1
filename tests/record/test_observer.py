"""Tapes behave as they did; what they were asked is remembered."""

import gc
import subprocess
import sys
import weakref

import pytest
import tensorflow as tf
from tensorflow import GradientTape

from tb_convergence.record import observer


def test_results_and_errors_are_the_tapes_own() -> None:
    """The same gradient, and the same error at the second call."""
    w = tf.Variable(3.0)
    with GradientTape() as tape:
        loss = w * w
    assert tape.gradient(loss, w) == 6.0
    with pytest.raises(RuntimeError, match="non-persistent"):
        tape.gradient(loss, w)


def test_a_tape_imported_earlier_is_seen() -> None:
    """The class is observed, whatever name it goes by."""
    w = tf.Variable(3.0)
    with GradientTape() as tape:
        loss = w * w
    tape.gradient(loss, w)
    (call,) = observer.notes(tape).calls
    assert call.sources == (w,)
    assert call.targets == (loss,)


def test_the_weight_is_that_before_the_update() -> None:
    """Even when the update is made inside the tape's block."""
    w = tf.Variable([3.0])
    with GradientTape(persistent=True) as tape:
        loss = w * w
        w.assign_sub(tape.gradient(loss, w))
    assert observer.notes(tape).weight(w) == [3.0]


def test_gradients_are_not_kept_alive() -> None:
    """Only weak references: memory is the caller's."""
    w = tf.Variable(tf.ones([10]))
    with GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    gradient = tape.gradient(loss, w)
    alive = weakref.ref(gradient)
    del gradient
    gc.collect()
    assert alive() is None


def test_an_outer_tape_watches_nothing_more() -> None:
    """Reading the weights leaves no trace on a tape of higher order."""
    a, b = tf.Variable(3.0), tf.Variable(2.0)
    with GradientTape(watch_accessed_variables=False) as outer:
        outer.watch(a)
        with GradientTape() as inner:
            loss = a * a * b
        first = inner.gradient(loss, [a, b])
    assert outer.watched_variables() == (a,)
    assert outer.gradient(first[0], a) == 4.0


def test_it_can_be_removed_and_installed_again() -> None:
    """And a second installation changes nothing."""
    observer.remove()
    plain = tf.GradientTape.gradient
    observer.install()
    seen = tf.GradientTape.gradient
    observer.install()
    assert tf.GradientTape.gradient is seen
    assert plain is not seen
    observer.remove()
    assert tf.GradientTape.gradient is plain
    observer.install()


FIRST_TAPE = """
{first}
{second}
w = tf.Variable([1.0])
with tf.GradientTape() as tape:
    loss = w * w
from tb_convergence.record.observer import notes
assert notes(tape).weight(w) == [1.0]
"""


@pytest.mark.parametrize("reverse", [False, True])
def test_the_first_tape_is_seen_whichever_is_imported_first(reverse: bool) -> None:
    """`log_step` is first used after the first tape; its weights must not be missed."""
    imports = ["import tb_convergence", "import tensorflow as tf"]
    first, second = reversed(imports) if reverse else imports
    code = FIRST_TAPE.format(first=first, second=second)
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
