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

Where a manifest's ``recorder`` says ``whole_every`` = k above 1, gradients of a large group are read whole in turns:
``gradient_norm`` and ``dead_unit_fraction`` of a variable are exact at the first step, at each k-th step from its own
turn on, and at steps at which a sample of any gradient read together with it is not finite. In between, the norm is
that of the sample times what the sample fell short of at the last reading, the share of dead units is the one read
last, and a count is 0.
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
"""Statistics of a whole step that every session holds. A manifest may name further ones, from the lists below or not;
readers keep names that they do not know."""

UPDATE_SKIPPED = "update_skipped"
"""1 where loss scaling left the update out because a gradient was not finite, else 0; only under loss scaling."""

REPLICA_STATISTICS = (
    "replicas",  # how many replicas shared the step
    "replica_gradient_square",  # mean over replicas of ‖g_r‖², all variables together
    "mean_gradient_square",  # ‖mean over replicas of g_r‖²
)
"""Under a ``tf.distribute`` strategy. The gradient noise scale follows from the two squares (McCandlish et al. 2018,
arXiv:1812.06162, appendix A.1)."""

LOSS_PROBES = (
    "loss_after",  # L(w_{t+1}) on the batch of step t
    "slope_before",  # ⟨g_t, Δ_t⟩ over all variables, g_t as handed to log_step
    "slope_after",  # ⟨∇L(w_{t+1}), Δ_t⟩ on the batch of step t
)
"""From ``loss_fn=``: the same batch again after the update."""

INPUT_PROBES = (
    "input_mean",
    "input_std",
    "input_min",
    "input_max",
    "input_nonfinite_fraction",  # 0 to 1
    "input_smallest_feature_std",  # over the batch, of the features (last axis) that vary at all
    "input_largest_feature_std",
    "input_is_integer",  # 1: token ids and the like, which no one scales
)
LABEL_PROBES = (
    "label_mean",
    "label_std",
    "label_min",
    "label_max",
    "label_classes",  # number of distinct classes in the batch; NaN for labels that are not classes
    "label_entropy",  # of the classes in the batch, in nats: the loss of the best constant prediction; NaN likewise
)
OUTPUT_PROBES = (
    "output_mean",
    "output_std",
    "output_min",
    "output_max",
    "output_spread",  # std over the batch, root mean square over units: 0 where all examples get the same
    "output_saturated_fraction",  # share of elements within 1e-3 of an end of [0, 1] or [-1, 1], whichever range fits
    "output_sum_error",  # mean |Σ over the last axis − 1|: 0 for probabilities
)
PROBES = (*LOSS_PROBES, *INPUT_PROBES, *LABEL_PROBES, *OUTPUT_PROBES)
"""Optional statistics of a whole step, NaN at the steps at which nobody looked."""

METRIC_PREFIX = "metric/"
"""A number that the caller gave in ``metrics=``, e.g. ``metric/val_loss``; NaN at the steps without one."""

WINDOW_EXTREMES = (
    "gradient_norm_smallest",  # least ‖g‖ of a single step in the window
    "gradient_norm_largest",
    "update_norm_smallest",
    "update_norm_largest",
)
"""Per variable, only in rows that stand for a window of several steps: what its averages would hide. There, a length is
the root mean square over the steps and a cosine the sum of the inner products over the product of such lengths, so that
inner products still add; ``gradient_max`` and ``gradient_nonfinite_count`` are the largest, every other statistic is
the mean of the steps that have it (of a ``…_min`` the least, of a ``…_max`` the largest)."""

WINDOW_STEP_EXTREMES = ("loss_smallest", "loss_largest")
"""The same for a whole step; ``loss`` itself is the mean of the finite losses of the window."""
