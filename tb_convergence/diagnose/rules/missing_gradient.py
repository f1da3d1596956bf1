"""A variable whose gradient is None at every step: the loss does not depend on it. Or one that nobody asks for one."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.finding import Outcome, Severity
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
    return _found(context, names) if names else _unknown(context) or Clear()


def _unknown(context: Context) -> Found | None:
    """Variables that Keras does not know, so that nothing trains them, in a run that does not go well.

    Elsewhere they may be meant to be changed by hand.
    """
    names, suffers = context.series.untrained, context.unwell or context.learned_nothing
    if not names or not (suffers or context.lukewarm) or context.outcome is Outcome.TOO_EARLY:
        return None
    one = len(names) == 1
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING if suffers else Severity.INFO,
        confidence=0.8,
        row=0,
        evidence={"untrained_variables": len(names), "variables": len(context.names)},
        summary=(
            f"{first_and_more(names)} {'is a' if one else 'are'} `tf.Variable`{'' if one else 's'} that Keras does not "
            f"know: {'it is' if one else 'they are'} in no list of trainable variables, and nothing trains "
            f"{'it' if one else 'them'}."
        ),
        advice=(
            "Make it with `self.add_weight(shape=…, initializer=…)`, which Keras keeps a list of.",
            "Or ask for its gradient too: `v = [*model.trainable_variables, layer.w]; grads = tape.gradient(loss, v)`.",
            "If it is not to be trained, say so: `tf.Variable(…, trainable=False)`.",
        ),
        expect="It stands among the variables of this run, and moves.",
    )


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
