"""What is said of a learning rate that is too low, and of limits and labels that have the same effect."""

from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.clipping import Limit
from tb_convergence.diagnose.estimators.noise import Trend, median
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.wording import keras_call, literal, number, rough
from tb_convergence.diagnose.wording import rate as rate_


@dataclass(frozen=True, slots=True)
class Step:
    """A typical step: ‖Δ‖/‖w‖, ηh over its limit, share of the loss it takes off.

    ``longest``: how much longer it could be at the curvature met; ``factor``: how much longer to make it.
    """

    ratio: float
    stability: float
    progress: float
    longest: float
    factor: float


def decayed(
    context: Context, trend: Trend, row: int, first: float, late: float, *, told: bool, threshold: float
) -> Found:
    """A schedule that took the rate away at ``row``; ``told``: rates are known, not only as shares of the first."""
    lower = _lower(trend)
    call = keras_call(context.series.optimizer, "learning_rate", first) if told else None
    named = rate_(first) if told else "rate"
    target = rate_(first) if told else "its first value"
    went = f"from {rate_(first)} to {rate_(late)}" if told else f"to {rough(100.0 * late)} % of what it was at first"
    return Found(
        severity=Severity.ERROR,
        confidence=0.8,
        row=row,
        evidence={
            "first_learning_rate": first if told else None,
            "learning_rate": late if told else None,
            "share_of_first_learning_rate": late / first,
            "decayed_threshold": threshold,
            "suggested_learning_rate": first if told else None,
            "loss_fall_percent": trend.fall_percent,
        },
        summary=(
            f"The learning rate is too low from step {context.step(row)} on: it falls {went}, and the loss, by then "
            f"{lower or 'no'} lower, lies flat since."
        ),
        advice=(
            f"Keep the rate at {target} until the loss lies flat by itself{f': {call}' if call else ''}.",
            f"Or let it decay over all of the run: `tf.keras.optimizers.schedules.CosineDecay({named}, steps)`.",
            "Print `optimizer.learning_rate` after each epoch: does the schedule count steps where epochs were meant?",
        ),
        expect="A loss that falls on after that step.",
    )


def too_low(context: Context, trend: Trend, step: Step, rate: float, *, threshold: float) -> Found:
    """Steps that could be longer; ``rate``: the one that people can change, NaN where it is not known."""
    known = np.isfinite(rate)
    return Found(
        severity=Severity.ERROR,
        confidence=0.85,
        row=0,
        evidence={
            "learning_rate": rate if known else None,
            "suggested_learning_rate": rate * step.factor if known else None,
            "factor": step.factor,
            "update_ratio": step.ratio,
            "update_ratio_threshold": threshold,
            "stability_share": step.stability if np.isfinite(step.stability) else None,
            "loss_share_per_step": step.progress,
            "loss_fall_percent": trend.fall_percent,
        },
        summary=(
            f"The learning rate{f' {rate_(rate)}' if known else ''} is about {rough(step.factor)} times too low: the "
            f"loss {_fell(trend)} in {context.length} steps."
        ),
        advice=_raise(context, rate, step.factor),
        expect=f"Update-to-weight ratio near {number(min(step.ratio * step.factor, 1.0))}; a loss that falls visibly.",
    )


USUAL_EPSILON = 1e-7
"""Of Keras' optimizers."""


def _damped(context: Context) -> tuple[str, ...]:
    """What else keeps steps short: Adam's are ηm/(√v + ε), or ηm/ε with ε above the gradients (Kingma & Ba 2015)."""
    config = (context.series.optimizer or {}).get("config") or {}
    epsilon, elements = config.get("epsilon"), max(float(context.series.sizes.sum()), 1.0)
    typical = median(context.gradient_norm) / float(np.sqrt(elements))
    if not isinstance(epsilon, int | float) or not epsilon > max(typical, USUAL_EPSILON):
        return ()
    call = keras_call(context.series.optimizer, "epsilon", USUAL_EPSILON)
    return (
        f"The optimizer's epsilon {literal(epsilon)} is above its gradients, about {number(typical)} each, and makes "
        f"the steps as much shorter: take the usual {literal(USUAL_EPSILON)}{f': {call}' if call else ''}, or else:",
    )


def _raise(context: Context, rate: float, factor: float) -> tuple[str, ...]:
    known = np.isfinite(rate)
    better = float(f"{rate * factor:.2g}") if known else np.nan
    call = keras_call(context.series.optimizer, "learning_rate", better) if known else None
    return (
        *_damped(context),
        f"Raise the learning rate {f'to about {rate_(better)}' if known else f'about {rough(factor)} times'}"
        f"{f': {call}' if call else ''}.",
        "If unsure, raise it threefold at a time until the loss falls clearly, and stop before it rises.",
    )


def unmoved(context: Context, ratio: float, rate: float, factor: float, *, threshold: float) -> Found:
    """Weights that stay where they are, of a loss that says nothing; ``ratio``: ‖Δ‖/‖w‖ of a step."""
    travel, known = float(np.nansum(context.update_ratio)), np.isfinite(rate)
    return Found(
        severity=Severity.WARNING,
        confidence=0.8,
        row=0,
        evidence={
            "learning_rate": rate if known else None,
            "suggested_learning_rate": rate * factor if known else None,
            "factor": factor,
            "update_ratio": ratio,
            "update_ratio_threshold": threshold,
            "travel": travel,
        },
        summary=(
            f"The learning rate{f' {rate_(rate)}' if known else ''} is about {rough(factor)} times too "
            f"low: in {context.length} steps the weights moved by {rough(100.0 * travel)} % of themselves, though the "
            "gradients of all batches point the same way."
        ),
        advice=_raise(context, rate, factor),
        expect=f"Update-to-weight ratio near {number(min(ratio * factor, 1.0))}; a loss that falls visibly.",
    )


def clipped(context: Context, trend: Trend, step: Step, cut: Limit, *, threshold: float) -> Found:
    """Not the rate, but a limit on the gradients makes the steps short."""
    better = float(np.fmin(cut.norm * step.factor, cut.uncut))
    held = f"Gradients are clipped to a norm of {number(cut.norm)}" if np.isfinite(cut.norm) else "Updates are clipped"
    rate = median(context.series.step("learning_rate"))
    config = (context.series.optimizer or {}).get("config") or {}
    setting = next((x for x in ("clipnorm", "global_clipnorm") if isinstance(config.get(x), int | float)), "")
    call = keras_call(context.series.optimizer, setting, better) if setting else None
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.85,
        row=0,
        evidence={
            "clipnorm": cut.norm if np.isfinite(cut.norm) else None,
            "suggested_clipnorm": better,
            "gradient_norm": cut.uncut if np.isfinite(cut.uncut) else None,
            "update_norm": median(context.model.norm("update")),
            "learning_rate": rate if np.isfinite(rate) else None,
            "update_ratio": step.ratio,
            "update_ratio_threshold": threshold,
            "loss_fall_percent": trend.fall_percent,
        },
        summary=(
            f"{held}, and every step is as short, about {rough(step.factor)} times too short: the loss "
            f"{_fell(trend)} in {context.length} steps."
        ),
        advice=(
            "Clip at the gradients' own size, or not at all: "
            f"{call or f'`tf.clip_by_global_norm(grads, {literal(better)})`'}.",
            "Clipping is for rare spikes: look at the norm it gets, `tf.linalg.global_norm(grads)`, and take what is "
            "usual there.",
        ),
        expect="Update norms that differ from step to step, and a loss that falls visibly.",
    )


def large_labels(context: Context, share: float, *, threshold: float) -> Found:
    """Labels that steps of the usual length take for ever to reach; ``share``: of the way that the outputs came."""
    mean, spread = (median(context.series.step(x)) for x in ("label_mean", "label_std"))
    rate = median(context.learning_rate)
    return Found(
        severity=Severity.ERROR if context.bad else Severity.WARNING,
        confidence=0.85,
        row=0,
        evidence={
            "output_share_of_labels": share,
            "output_share_threshold": threshold,
            "label_mean": mean,
            "label_std": spread,
            "update_ratio": median(context.update_ratio),
            "learning_rate": rate if np.isfinite(rate) else None,
        },
        summary=(
            f"The learning rate{f' {rate_(rate)}' if np.isfinite(rate) else ''} is too low for labels of this size: "
            f"they lie about {number(mean)} ± {number(spread)}, and in {context.length} steps the outputs came "
            f"{number(100.0 * share)} % of the way."
        ),
        advice=(
            "Standardize the labels, `y = (y - y.mean()) / y.std()`, and undo it when predicting.",
            f"Or let the net end with `tf.keras.layers.Rescaling({literal(spread)}, offset={literal(mean)})`, with an "
            "optimizer that does not mind large gradients, as Adam.",
        ),
        expect="Outputs as large as the labels within a few hundred steps, and a loss that falls visibly.",
        variables=(context.names[context.layers[-1].kernel],) if context.layers else (),
    )


def _fell(trend: Trend) -> str:
    return f"fell by {_lower(trend)}" if _lower(trend) else "did not fall"


def _lower(trend: Trend) -> str:
    """By how much the loss is lower, in percent where it has a zero to count them from; empty: it is not."""
    if not trend.drop > 0.0:
        return ""
    return f"{rough(trend.fall_percent)} %" if trend.natural else rough(trend.fallen)
