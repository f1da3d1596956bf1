"""The recorded statistics: for each variable and step the lengths of five vectors, the ten cosines between
them, and a handful of extremes.

The vectors of a variable at step t (all flattened):

====================  ======================================================================
weight                w_t, the weight at which the gradient was taken, before the update
gradient              g_t, the gradient handed to ``log_step``
update                Δ_t = w_{t+1} − w_t, what the step really added to the weight
previous_gradient     g_{t−1}
previous_update       Δ_{t−1}
====================  ======================================================================

A statistic is NaN where a vector that it speaks of does not exist (no gradient: ``None``; no previous step), and where
the numbers themselves are not finite. ``gradient_nonfinite_count`` tells the two apart: it is NaN when there was no
gradient and a count when there was one.
"""

from itertools import combinations

VECTORS = ("weight", "gradient", "update", "previous_gradient", "previous_update")


def length(vector: str) -> str:
    """Name of the Euclidean norm of ``vector``, e.g. ``gradient_norm``."""
    return f"{vector}_norm"


def cosine(a: str, b: str) -> str:
    """Name of the cosine between two of :data:`VECTORS`, in either order."""
    first, second = sorted((a, b), key=VECTORS.index)
    return f"cosine_{first}_{second}"


LENGTHS = tuple(length(v) for v in VECTORS)
COSINES = tuple(cosine(a, b) for a, b in combinations(VECTORS, 2))

EXTREMES = (
    "gradient_max",  # largest |g_i|
    "gradient_zero_fraction",  # share of elements with g_i == 0 exactly, 0 to 1
    "gradient_nonfinite_count",  # number of NaN or infinite elements of g; NaN: there is no gradient
    "dead_unit_fraction",  # share of output units (last axis) whose whole gradient is 0, 0 to 1; NaN where rank < 2
    "weight_mean",  # mean of w
)

REFERENCE = (
    "reference_norm",  # ‖r‖, r the tape's own gradient, where `gradient` was made by hand; else NaN
    "reference_cosine",  # cos(g, r)
)

VARIABLE_STATISTICS = (*LENGTHS, *COSINES, *EXTREMES, *REFERENCE)
"""Every statistic a record may hold per variable. A manifest lists those that its session holds, in its own order."""

STEP_STATISTICS = (
    "loss",  # L(w_t): the loss that the gradient was taken of; NaN when unknown
    "learning_rate",  # the optimizer's own setting at this step; NaN when no optimizer is known
)
"""Statistics of a whole step. A manifest may name further ones; readers keep names that they do not know."""
