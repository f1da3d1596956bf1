"""NaN or infinity in the loss, a gradient or a weight, and still there at the end."""

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.gram import not_finite
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotEnoughEvidence, Rule
from tb_convergence.diagnose.wording import first_and_more

LASTING = 3
"""Rows at the end that must be broken: loss scaling finds its scale by a few broken steps, and skips them."""


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
        summary=f"NaN or infinity in {what} at step {step}, and somewhere in every step after it.",
        advice=(
            f"Look at step {step - 1 if row else step}: were the loss or the gradient already growing?",
            "Guard logarithm, root and division: `tf.math.log(x + 1e-7)`, `tf.math.divide_no_nan(a, b)`.",
            "Find the operation: `tf.debugging.enable_check_numerics()` at the top of the script.",
        ),
        expect="Finite loss and gradients in all steps.",
        variables=names,
    )


def _last(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if len(finite) else None


RULE = Rule("non-finite-values", "NaN or infinity", "loss, gradients, weights", check)
