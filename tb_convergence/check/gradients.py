"""``check_gradients``: is the gradient the derivative of the loss?"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from tb_convergence.check.bench import Bench, bench
from tb_convergence.check.compared import Case, Compared, by_difference, by_forward, by_tape, crossed
from tb_convergence.check.judge import Subject, judge, stray
from tb_convergence.check.reasons import Surroundings
from tb_convergence.check.reference import Values
from tb_convergence.check.references import NoForwardModeError, dense, rounding, tape_gradients
from tb_convergence.check.result import GradientCheck, VariableCheck, Verdict
from tb_convergence.record.naming import names
from tb_convergence.record.weights import is_variable, raw

METHODS = ("auto", "forward", "difference", "tape")
NOT_REPEATABLE = "the loss is not repeatable"


def check_gradients(
    loss_fn: Callable[[], Any], variables: Any, grads: Any = None, method: str = "auto"
) -> GradientCheck:
    """Says of each variable whether its gradient is the derivative of the loss, and if not, what it is instead.

    The loss is evaluated several times, eagerly; then every variable has the bits that it had before, and so have the
    random states of Python and numpy.

    Args:
      loss_fn: takes no argument and returns the loss (of several elements the sum, as ``tape.gradient`` does).
      variables: what to differentiate with respect to: variables in any structure.
      grads: gradients made by hand, in the same structure, or a function that returns them; default: the tape's.
      method: what to compare with. ``"forward"``: forward-mode derivatives of the operations, exact; a wrong
        ``tf.custom_gradient`` does not reach them, except around an operation that has no derivative (``tf.round``).
        ``"difference"``: central differences of the loss, which see through that and through ``tf.stop_gradient``, and
        are coarse. ``"tape"``: the tape's gradient, for ``grads`` made by hand. ``"auto"``: forward mode, with the
        tape's gradient for the details where the two agree; differences where an operation has no forward mode, and
        along one direction as a cross-check.

    Returns:
      A frozen result that prints as a table: ``.ok``, and ``.variables[i]`` with ``verdict``, ``factor``, ``cosine``,
      ``residual`` and ``reason``.

    Raises:
      TypeError: an argument is of another kind than expected.
      ValueError: unknown ``method``, gradients that do not fit the variables, or a loss that is not finite.
      NoForwardModeError: with ``method="forward"``, where an operation has none.
    """
    sources = _sources(variables)
    _check(loss_fn, grads, method)
    with bench(loss_fn) as found:
        if not math.isfinite(found.loss):
            raise ValueError(f"loss_fn() gives {found.loss}: check the gradient where the loss is finite")
        given = _given(grads, found, sources)
        return _result(_case(found, sources, given), method)


def _check(loss_fn: Any, grads: Any, method: str) -> None:
    if not callable(loss_fn):
        raise TypeError(
            f"loss_fn must be a function without arguments that returns the loss, got {type(loss_fn).__name__}"
        )
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, METHODS))}, got {method!r}")
    if method == "tape" and grads is None:
        raise ValueError('method="tape" compares gradients made by hand with the tape\'s: pass them as grads=')


def _sources(variables: Any) -> list[Any]:
    found = tf.nest.flatten(variables)
    wrong = [type(v).__name__ for v in found if not is_variable(v)]
    if wrong or not found:
        raise TypeError(
            f"variables must be tf.Variable or keras.Variable, at least one; got {', '.join(wrong) or 'none'}"
        )
    return found


def _given(grads: Any, found: Bench, sources: Sequence[Any]) -> list[Values | None] | None:
    if grads is None:
        return None
    if callable(grads):
        grads = found.as_at_first(grads)
    flat = _by_variable(grads, sources)
    if len(flat) != len(sources):
        raise ValueError(
            f"expected {len(sources)} gradients, one for each variable (None where there is none), got {len(flat)}"
        )
    return [dense(g) for g in flat]


def _by_variable(grads: Any, sources: Sequence[Any]) -> list[Any]:
    """One gradient for each variable, as far as ``grads`` hold them: in the variables' structure, or as pairs."""
    if isinstance(grads, (np.ndarray, tf.Tensor, tf.IndexedSlices)):
        return [grads]
    if isinstance(grads, Sequence) and grads and all(_is_pair(item) for item in grads):
        of = {id(raw(variable)): gradient for gradient, variable in grads}
        return [of.get(id(raw(source))) for source in sources]
    if isinstance(grads, Sequence) and len(grads) == len(sources) and not any(isinstance(g, dict) for g in grads):
        return list(grads)  # one of them may be a list of numbers
    return list(tf.nest.flatten(grads))


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and is_variable(item[1])


def _case(found: Bench, sources: Sequence[Any], given: list[Values | None] | None) -> Case:
    variables = [raw(s) for s in sources]
    tape = tape_gradients(found, variables)
    return Case(
        bench=found,
        variables=variables,
        names=names(sources),
        tape=tape,
        noise=rounding(found, variables, tape),
        given=given,
    )


def _result(case: Case, method: str) -> GradientCheck:
    found, notes = case.bench, list(case.bench.notes)
    if not found.repeatable:
        return _answer(case, tuple(_undecided(case)), "nothing", notes)
    compared = _compared(case, method, notes)
    around = Surroundings(frozenset(found.touched.sizes), tf.distribute.get_strategy().num_replicas_in_sync)
    subjects = [Subject(n, tuple(v.shape), g) for n, v, g in zip(case.names, case.variables, case.subject, strict=True)]
    floor = stray([g for g in case.tape if g is not None], found.precision.epsilon)
    checks = judge(subjects, compared.references, around, stray=floor)
    checks = tuple(_unmeasured(c) if i in compared.unmeasured else c for i, c in enumerate(checks))
    return _answer(case, checks, compared.name, notes)


def _unmeasured(check: VariableCheck) -> VariableCheck:
    """Without the numbers of a gradient that was compared with itself."""
    return replace(check, factor=math.nan, cosine=math.nan, residual=math.nan)


def _compared(case: Case, method: str, notes: list[str]) -> Compared:
    if method == "tape":
        return by_tape(case)
    if method == "difference":
        return by_difference(case)
    try:
        compared = by_forward(case)
    except NoForwardModeError as error:
        if method == "forward":
            raise
        notes.append(f"There is no forward mode for this loss ({error}): compared with central differences instead.")
        return by_difference(case)
    if method == "auto" and compared.tape_agrees:
        notes += crossed(case)
    return compared


def _undecided(case: Case) -> Sequence[VariableCheck]:
    pairs = zip(case.names, case.variables, strict=True)
    return [VariableCheck(n, tuple(v.shape), Verdict.UNDECIDED, reason=NOT_REPEATABLE) for n, v in pairs]


def _answer(case: Case, checks: tuple[VariableCheck, ...], reference: str, notes: Sequence[str]) -> GradientCheck:
    return GradientCheck(
        variables=checks,
        subject="the tape's gradient" if case.given is None else "the gradient given",
        reference=reference,
        loss=case.bench.loss,
        dtype=case.bench.precision.name,
        repeatable=case.bench.repeatable,
        notes=tuple(notes),
    )
