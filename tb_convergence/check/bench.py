"""Evaluates a loss again and again and leaves no trace of it: every variable gets its bits back."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context

from tb_convergence.check.precision import Precision, coarsest
from tb_convergence.check.watching import Touched, eagerly, watched
from tb_convergence.record.living import living
from tb_convergence.record.weights import read

_T = TypeVar("_T")
SEED = 20_140_601
"""Of random operations that keep their state where nobody can put it back."""

SAME = 16.0
"""Roundings between two evaluations of the same sum in another order."""


class Bench:
    """A loss that is evaluated at will; make it with :func:`bench`.

    Attributes:
      loss: its value.
      precision: of the coarsest type in it.
      touched: what an evaluation touches.
      repeatable: whether two evaluations agree, once state is put back between them.
      notes: what was found about that, for people.
    """

    def __init__(self, loss_fn: Callable[[], Any]) -> None:
        self._loss_fn = loss_fn
        self._state: list[tuple[Any, Any]] = []
        self._before: list[tuple[Any, Any]] = _snapshot()
        self._seeded = False
        self._python = (random.getstate(), np.random.get_state())  # noqa: NPY002 - the caller's loss may use it
        self.notes: list[str] = []
        with watched() as self.touched:
            self._evaluated()
        self._before += _made_since(self._before, self.touched)
        self._restore(_changed(self._before, self.touched))
        with watched() as again:
            first = self._evaluated()
        self.touched.handles |= again.handles
        self._state = _changed(self._before, self.touched)
        self.loss = float(first)
        self.precision: Precision = coarsest(self.touched.dtypes)
        self.repeatable = self._repeats(self.loss)

    def evaluate(self) -> Any:
        """The loss as a scalar tensor, from the state as it was at first."""
        return scalar(self.as_at_first(self._loss_fn))

    def as_at_first(self, function: Callable[[], _T]) -> _T:
        """``function()``, from the state that the loss began with: the same masks, the same statistics."""
        self._restore(self._state)
        random.setstate(self._python[0])
        np.random.set_state(self._python[1])  # noqa: NPY002 - as above
        if self._seeded:
            tf.random.set_seed(SEED)
        return function()

    def put_back(self) -> None:
        """Gives every variable that was touched its bits back, and Python and numpy their random state."""
        self._restore(_changed(self._before, self.touched))
        random.setstate(self._python[0])
        np.random.set_state(self._python[1])  # noqa: NPY002 - as above

    def _evaluated(self) -> Any:
        return scalar(self._loss_fn())

    def _restore(self, state: Sequence[tuple[Any, Any]]) -> None:
        for variable, value in state:
            variable.assign(value)

    def _repeats(self, first: float) -> bool:
        plain = float(self._evaluated())  # state goes on, as in training
        if self._same(float(self.evaluate()), first) and self._same(float(self.evaluate()), first):
            if not self._same(plain, first):
                self.notes.append(
                    f"{_differ(first, plain, self.touched)}; put right by {self._restored()} before each."
                )
            return True
        self._seeded = True
        self.loss = float(self.evaluate())
        if self._same(float(self.evaluate()), self.loss):
            self.notes.append(f"{_differ(first, plain, self.touched)}; put right by a fixed tf.random seed.")
            return True
        self.notes.append(
            f"{_differ(first, plain, self.touched)}, and nothing makes them agree, so that no reference is sure. "
            "Call the model with training=False, or draw the batch and the noise once, outside the loss."
        )
        return False

    def _restored(self) -> str:
        names = [variable.name.split(":")[0].rsplit("/", 1)[-1] for variable, _ in self._state]
        return f"restoring {', '.join(dict.fromkeys(names))}" if names else "restoring the random state"

    def _same(self, a: float, b: float) -> bool:
        return abs(a - b) <= SAME * self.precision.epsilon * max(abs(a), abs(b)) or (np.isnan(a) and np.isnan(b))


@contextmanager
def bench(loss_fn: Callable[[], Any]) -> Iterator[Bench]:
    """A bench for ``loss_fn``; everything is put back at the end, whatever happens."""
    seed, generator = context.context()._seed, getattr(context.context(), "_rng", None)
    state = None if generator is None else generator.getstate()
    with eagerly():
        found = Bench(loss_fn)
        try:
            yield found
        finally:
            found.put_back()
            if found._seeded:
                _reseed(seed, state)


def _reseed(seed: Any, state: Any) -> None:
    """TensorFlow's own seed as it was. Operations with a state inside their kernel begin their sequence anew."""
    tf.random.set_seed(SEED if seed is None else seed)
    current = context.context()
    current._seed = seed
    if state is not None:
        current._rng.setstate(state)


def scalar(loss: Any) -> Any:
    """The loss, or the sum of its elements, which is what ``tape.gradient`` differentiates.

    Raises:
      TypeError: it is no floating-point tensor.
    """
    if loss is None:
        raise TypeError("loss_fn must return the loss; got None: does the function end with return?")
    found = tf.convert_to_tensor(loss)
    if not found.dtype.is_floating:
        raise TypeError(f"loss_fn must return a floating-point tensor, the loss; got {found.dtype.name}")
    return tf.reduce_sum(found)


def _differ(first: float, second: float, touched: Touched) -> str:
    names = f" (random operations: {', '.join(sorted(touched.random))})" if touched.random else ""
    values = f"{first:.6g} and {second:.6g}"
    return f"the loss is not repeatable{names}: two evaluations give {values}"


def _snapshot() -> list[tuple[Any, Any]]:
    """Every variable of this process and its value: an alias, which costs no copy until the variable is written."""
    found = [o for o in living(lambda kind: issubclass(kind, tf.Variable)) if hasattr(o, "handle")]
    return [(v, read(v)) for v in found if _readable(v)]


def _made_since(before: Sequence[tuple[Any, Any]], touched: Touched) -> list[tuple[Any, Any]]:
    """Variables that the first evaluation made, as a layer or a generator of random numbers does when first used."""
    known = {id(variable) for variable, _ in before}
    return [(v, value) for v, value in _snapshot() if id(v) not in known and id(v.handle) in touched.handles]


def _readable(variable: Any) -> bool:
    try:
        read(variable)
    except Exception:  # of a graph that is gone, or not initialized
        return False
    return True


def _changed(before: Sequence[tuple[Any, Any]], touched: Touched) -> list[tuple[Any, Any]]:
    """Variables that the loss touched and that are no longer what they were, with what they were."""
    ours = ((v, value) for v, value in before if id(v.handle) in touched.handles)
    return [(v, value) for v, value in ours if not identical(read(v), value)]


def identical(a: Any, b: Any) -> bool:
    """Whether two tensors agree in every bit; a NaN is itself."""
    if a.dtype == tf.string:
        return bool(np.array_equal(a.numpy(), b.numpy()))
    return a.shape == b.shape and a.numpy().tobytes() == b.numpy().tobytes()


def moved(variables: Sequence[Any], values: Sequence[Any], then: Callable[[], _T]) -> _T:
    """``then()`` with other values in the variables, which get their own back whatever happens."""
    own = [read(v) for v in variables]
    try:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return then()
    finally:
        for variable, value in zip(variables, own, strict=True):
            variable.assign(value)
