"""What the optional statistics of a step mean: of ``loss_fn=``, of inputs, labels and outputs, of replicas."""

from typing import Literal

from tb_convergence.diagnose.estimators.catalogue import Statistic
from tb_convergence.schema.statistics import METRIC_PREFIX, PROBES, REPLICA_STATISTICS, UPDATE_SKIPPED

Scale = Literal["log", "linear"]


def _step(
    name: str,
    title: str,
    formula: str,
    meaning: str,
    reading: str,
    *,
    scale: Scale = "linear",
    ends: tuple[float, float] | None = None,
    band: tuple[float, float] | None = None,
    unit: str = "",
) -> Statistic:
    low, high = ends or (None, None)
    return Statistic(name, title, "step", scale, low, high, band, unit, formula, meaning, reading)


_DERIVED = (
    _step(
        "step_gain",
        "Step gain, same batch",
        "(L_after − L) / ⟨g, Δ⟩",
        "Descent that the step made, over the descent that the slope promised.",
        "1: a short step straight down. ½: landed at the minimum along its line. 0: nothing gained. Below 0: climbed.",
        ends=(-1.0, 1.5),
        band=(0.25, 1.0),
    ),
    _step(
        "step_landing",
        "Step landing, same batch",
        "⟨g_after, Δ⟩ / ⟨g, Δ⟩",
        "Slope at the end of the step, over the slope at its start.",
        "1: hardly moved. 0: landed at the minimum along its line. Below 0: past it. Below −1: ends higher up.",
        ends=(-2.0, 2.0),
        band=(-0.5, 1.0),
    ),
)

_RECORDED = (
    _step(
        "loss_after",
        "Loss after the update, same batch",
        "L(w + Δ)",
        "The loss of the same batch, after the update.",
        "Compare with the loss: it should be lower.",
    ),
    _step(
        "slope_before",
        "Slope at the start of the step",
        "⟨g, Δ⟩",
        "How fast the loss falls along the update, where it begins.",
        "Below 0: the update goes downhill.",
    ),
    _step(
        "slope_after",
        "Slope at the end of the step",
        "⟨g_after, Δ⟩",
        "The same, on the same batch, where the update ends.",
        "Below 0: short of the minimum along the step. Above 0: past it.",
    ),
    _step(
        "input_mean",
        "Input: mean",
        "mean of x",
        "Mean of the inputs of the batch.",
        "Far from 0 beside its spread: subtract the mean.",
    ),
    _step(
        "input_std",
        "Input: standard deviation",
        "std of x",
        "Spread of the inputs of the batch.",
        "Far from 1: scale the inputs.",
        scale="log",
    ),
    _step(
        "input_min", "Input: smallest", "min x", "Smallest input of the batch.", "A jump: another kind of data came in."
    ),
    _step(
        "input_max",
        "Input: largest",
        "max x",
        "Largest input of the batch.",
        "255 suggests pixels that were not scaled.",
    ),
    _step(
        "input_nonfinite_fraction",
        "Input: share not finite",
        "#{x is NaN or ±∞} / n",
        "Share of inputs that are NaN or infinite.",
        "Anything above 0 ruins the step.",
        ends=(0.0, 1.0),
        band=(0.0, 0.0),
        unit="share",
    ),
    _step(
        "input_smallest_feature_std",
        "Input: smallest spread of a feature",
        "min over features of std",
        "Spread of the feature that varies least, of those that vary.",
        "Decades below the largest: scale features one by one.",
        scale="log",
    ),
    _step(
        "input_largest_feature_std",
        "Input: largest spread of a feature",
        "max over features of std",
        "Spread of the feature that varies most.",
        "Decades above the smallest: scale features one by one.",
        scale="log",
    ),
    _step(
        "input_is_integer",
        "Input: whole numbers",
        "1 if x is of a whole-number type",
        "Whether the inputs are token ids or the like.",
        "1: they are not to be scaled.",
        ends=(0.0, 1.0),
    ),
    _step(
        "label_mean",
        "Labels: mean",
        "mean of y",
        "Mean of the labels of the batch.",
        "A drift: batches are not shuffled.",
    ),
    _step(
        "label_std",
        "Labels: standard deviation",
        "std of y",
        "Spread of the labels of the batch.",
        "Far from 1 in a regression: scale the labels. 0: they are all the same.",
        scale="log",
    ),
    _step(
        "label_min",
        "Labels: smallest",
        "min y",
        "Smallest label of the batch.",
        "Outside of what the loss expects: wrong labels.",
    ),
    _step(
        "label_max",
        "Labels: largest",
        "max y",
        "Largest label of the batch.",
        "At or above the number of outputs: wrong labels.",
    ),
    _step(
        "label_classes",
        "Labels: classes in the batch",
        "#{distinct classes}",
        "How many classes the batch holds.",
        "1, or far fewer than there are: batches are not shuffled.",
        unit="classes",
    ),
    _step(
        "label_entropy",
        "Labels: entropy",
        "−Σ p log p",
        "Loss of the best constant prediction for this batch.",
        "A loss that stays near it: the net predicts the shares of the classes, and has learned nothing else.",
        unit="nats",
    ),
    _step(
        "output_mean",
        "Output: mean",
        "mean of the output",
        "Mean of the outputs for the batch.",
        "A drift without end: outputs grow.",
    ),
    _step(
        "output_std",
        "Output: standard deviation",
        "std of the output",
        "Spread of the outputs for the batch.",
        "Growth by decades: logits explode.",
        scale="log",
    ),
    _step(
        "output_min",
        "Output: smallest",
        "min of the output",
        "Smallest output for the batch.",
        "Below 0 where a probability is expected: the activation is missing.",
    ),
    _step(
        "output_max",
        "Output: largest",
        "max of the output",
        "Largest output for the batch.",
        "Above 1 where a probability is expected: the activation is missing.",
    ),
    _step(
        "output_spread",
        "Output: spread over the batch",
        "RMS over units of std over examples",
        "How far outputs differ between examples.",
        "0: every example gets the same output; the net has collapsed.",
        scale="log",
    ),
    _step(
        "output_saturated_fraction",
        "Output: share saturated",
        "#{within 1e-3 of an end} / n",
        "Share of outputs at the end of their range.",
        "Near 1 early on: no gradient passes.",
        ends=(0.0, 1.0),
        unit="share",
    ),
    _step(
        "output_sum_error",
        "Output: sum apart from 1",
        "mean |Σ − 1|",
        "How far the outputs of an example are from summing to 1.",
        "0: probabilities. Else: logits, which a loss from probabilities misreads.",
        scale="log",
    ),
    _step(
        "replicas", "Replicas", "R", "How many replicas shared the step.", "A change: a worker was lost or has joined."
    ),
    _step(
        "replica_gradient_square",
        "Mean squared gradient of a replica",
        "mean over r of ‖g_r‖²",
        "Squared length of the gradient of one replica.",
        "Compare with that of their mean.",
        scale="log",
    ),
    _step(
        "mean_gradient_square",
        "Squared mean gradient",
        "‖mean over r of g_r‖²",
        "Squared length of the mean over replicas.",
        "Far below that of one replica: noise, so a larger batch helps.",
        scale="log",
    ),
    _step(
        "update_skipped",
        "Update left out",
        "1 if loss scaling skipped the step",
        "Whether loss scaling left the update out.",
        "Now and then is its way of working; most of the time: the gradients are not finite.",
        ends=(0.0, 1.0),
    ),
)

PROBE_STATISTICS = {entry.name: entry for entry in (*_DERIVED, *_RECORDED)}
"""Name → statistic."""

RECORDED = (*PROBES, *REPLICA_STATISTICS, UPDATE_SKIPPED)
"""Those that are shown as they were recorded."""


def metric(name: str) -> Statistic:
    """The entry of a number that the caller gave, ``metric/…``."""
    own = name.removeprefix(METRIC_PREFIX)
    return _step(name, f"Metric: {own}", own, "Given to log_step in metrics=.", "What it says is your own.")
