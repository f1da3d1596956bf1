"""Whether each step is made of one example."""

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.single import holds_an_equation, labels_never_spread
from tb_convergence.diagnose.rules.excessive_momentum import HIGH

LONG = HIGH
"""Momentum whose steps are made of 33 batches or more, as ``excessive_momentum.HIGH`` has it."""

SINGLE_ROWS = 30
"""Rows: by chance a batch of two holds the bounds of one example in half of them. Of labels that were seen, half do."""

TOLERANCE = 1e-3
"""Relative deviation that rounding of loss and gradient to float32 may bring about: 6e-8 of a loss of 1, which is 1e-4
of the least loss that is asked."""

LEAST_LOSS = 1e-3
"""Loss below which its rounding shows in 1 − e^−L."""

NEARLY_ALL = 0.98
"""Share of the rows that must hold the equation: of what an optimizer skips, or a nearly sure answer, it may fail."""

MOST_COUNTED, COUNTED = 30, 1e-4
"""Largest count that is tried; and what the loss may be off, over the size of its terms, a thousand times float32's
rounding of them."""

VARIES = 0.1
"""Relative spread of the loss from step to step, below which it may be the same batch each time."""


def one_example(context: Context) -> bool:
    """Whether nearly every step has a batch of one, as labels that never spread show, or loss and last bias do.

    Not steps that average over many batches, or over replicas.
    """
    steps = median((context.model.norm("update") > 0.0).astype(np.float64))  # of accumulated gradients most are zero
    replicas = bool(np.isfinite(context.series.step("replica_gradient_square")).any())
    if not steps > 0.5 or replicas or median(context.fits.momentum) >= LONG:
        return False
    return labels_never_spread(context.series, fewest=SINGLE_ROWS // 2) or holds_an_equation(
        context.series,
        context.layers,
        context.classes,
        fewest=SINGLE_ROWS,
        tolerance=TOLERANCE,
        least=LEAST_LOSS,
        nearly_all=NEARLY_ALL,
        most_counted=MOST_COUNTED,
        counted=COUNTED,
        varies=VARIES,
    )
