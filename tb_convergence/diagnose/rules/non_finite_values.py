"""NaN or infinity in the loss, a gradient or a weight, and still there at the end."""

import numpy as np
from numpy.typing import NDArray

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.gram import not_finite
from tb_convergence.diagnose.estimators.sudden import sudden
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import first_and_more

LASTING = 3
"""Rows at the end that must be broken: loss scaling finds its scale by a few broken steps, and skips them."""


GUARD = (
    "Guard logarithm, root and division: `tf.math.log(x + 1e-7)`, `tf.sqrt(x + 1e-10)`, `tf.math.divide_no_nan(a, b)`."
)
FIND = "Find the operation: `tf.debugging.enable_check_numerics()` at the top of the script."
DATA = "Count what is missing in the data, `np.isnan(x).sum(axis=0)`, also in `y`; drop those rows or fill them in."

POLE = ": the loss is finite there and its derivative is not, as that of a root or a division at 0"


def check(context: Context) -> Answer:
    """Found when the run ends in numbers that are not finite; single steps that were skipped are clear."""
    row = context.broken_row
    if row is None:
        skipped = int(context.broken.sum())
        return Clear(f"{skipped} single steps were not finite and the run went on" if skipped else "")
    if not _lasting(context, row):
        return NotEnoughEvidence("only the last steps are not finite; loss scaling may skip them")
    return _found(context, row)


def _lasting(context: Context, row: int) -> bool:
    spoiled = not_finite(context.series)[-1] & ~np.isfinite(context.series.norm("weight")[-1])
    loss_known = np.isfinite(context.series.step("loss")).any()
    loss_broken = loss_known and not np.isfinite(context.series.step("loss")[-1])
    return bool(spoiled.any()) or bool(loss_broken) or len(context.series) - row >= LASTING


def _found(context: Context, row: int) -> Found:
    where = not_finite(context.series)[row]
    names = tuple(n for n, bad in zip(context.names, where, strict=True) if bad)
    counts = context.series.recorded("gradient_nonfinite_count")[row]
    step = context.step(row)
    what = f"the gradient of {first_and_more(names)}" if names else "the loss"
    inputs = _in_the_inputs(context, where, row)
    pole = not inputs and bool(names) and bool(np.isfinite(context.series.step("loss")[row]))
    known = inputs or (POLE if pole else "")
    return Found(
        severity=Severity.ERROR,
        confidence=1.0,
        row=row,
        evidence={
            "first_step": step,
            "variables_at_first_step": len(names),
            "elements_at_first_step": float(counts[np.isfinite(counts)].sum()),
            "last_finite_gradient_norm": _last(context.gradient_norm[:row]),
            "last_finite_loss": _last(context.series.step("loss")[:row]),
        },
        summary=f"NaN or infinity in {what} at step {step}, and somewhere in every step after it{known}.",
        advice=_advice(context, row, inputs=bool(inputs), pole=pole),
        expect="Finite loss and gradients in all steps.",
        variables=names,
    )


def _in_the_inputs(context: Context, where: NDArray[np.bool_], row: int) -> str:
    """How it shows that the inputs are to blame, as the end of a sentence; empty: it does not.

    They were seen; or of all gradients only xᵀδ of the first layer is not finite, while that of its bias, Σδ, is: a
    rectifier takes NaN for 0, so that no more than x brings it there.
    """
    if float(np.nan_to_num(context.series.step("input_nonfinite_fraction")[: row + 1]).max()) > 0.0:
        return ": the inputs hold NaN or infinity"
    first = context.layers[0] if context.layers else None
    if first is None or first.bias is None or not where[first.kernel] or where.sum() != 1:
        return ""
    bias = context.series.recorded("gradient_nonfinite_count")[row, first.bias]
    return ": the gradient of its bias is finite, so that the inputs hold NaN or infinity" if bias == 0.0 else ""


def _advice(context: Context, row: int, *, inputs: bool, pole: bool) -> tuple[str, ...]:
    """The operation first where nothing grew before, the data where the first step has it or they are to blame."""
    if inputs:
        return DATA, "Or begin with what takes it out: `tf.where(tf.math.is_finite(x), x, 0.0)`.", FIND
    if row == 0 and not pole:
        return DATA, GUARD, FIND
    if row == 0 or sudden(context.series, context.model, context.update_ratio, row):
        return GUARD, DATA, FIND
    return f"Look at step {context.step(row) - 1}: were the loss or the gradient already growing?", GUARD, FIND


def _last(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if len(finite) else None


RULE = Rule("non-finite-values", "NaN or infinity", "loss, gradients, weights", check)
