"""A variable whose gradient is None at every step: the loss does not depend on it."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, Rule
from tb_convergence.diagnose.wording import first_and_more


def check(context: Context) -> Answer:
    """An error when nothing has a gradient or the run is bad, else a warning."""
    if "gradient_nonfinite_count" not in context.series.values or not context.names or not len(context.series):
        return NotApplicable("gradients were not recorded")
    none: NDArray[np.bool_] = np.logical_and.reduce(
        np.isnan(context.series.recorded("gradient_nonfinite_count"))
    )  # [V]
    names = tuple(n for n, missing in zip(context.names, none, strict=True) if missing)
    return _found(context, names) if names else Clear()


def _found(context: Context, names: tuple[str, ...]) -> Found:
    every = len(names) == len(context.names)
    which = "every variable" if every else first_and_more(names)
    return Found(
        severity=Severity.ERROR if every or context.bad else Severity.WARNING,
        confidence=1.0,
        row=0,
        evidence={"variables_without_gradient": len(names), "variables": len(context.names)},
        summary=f"The gradient of {which} is None at every step: the loss does not depend on it as the tape sees it.",
        advice=(
            "Compute the loss inside the tape's `with` block, from tensors only: `.numpy()`, `np.…`, `tf.argmax`, "
            "`tf.stop_gradient`, and casts to `int` or `bool`, as comparisons make them, let no gradient through.",
            "After `w = w - lr * g` the tape does not watch `w`, a plain tensor by then: use `w.assign_sub(lr * g)`.",
            "If the variable is meant to be unused, leave it out of the list that is given to `tape.gradient`.",
        ),
        expect="A number in place of None.",
        variables=names,
    )


RULE = Rule("missing-gradient", "No gradient", "gradients", check)
