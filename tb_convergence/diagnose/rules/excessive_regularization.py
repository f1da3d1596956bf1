"""A penalty or a decay pulls the weights to zero and the data cannot hold them, or dropout drowns what they answer."""

from dataclasses import replace

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.estimators.gram import divide
from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.diagnose.estimators.shrinkage import HALF, Shrinkage, held_back
from tb_convergence.diagnose.finding import Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Clear, Found, NotApplicable, NotEnoughEvidence, Rule, behaves
from tb_convergence.diagnose.wording import keras_call, literal, more, number, rough, times

FEWEST = 20
"""Rows: fewer do not show where the weights end."""

LONGER = 1.0
"""The pull over the rest of the gradient, or of the update, above which it rules: they are of one length at 45°."""

AIM = 0.1
"""The same to aim at: a tenth leaves the direction to the data."""

HOLDS, ASKED = 0.5, 0.5
"""Length of the decay over that of the step in the later half of a run, of usual ones 0.02 and less; and the share of
the loss that weights longer by the whole would save at the slope there: what is known of decays that hold them back."""

LEVEL = 0.8
"""Loss at rest over that of the best constant answer, from which a net whose weights were pulled in has learned
nothing; a penalty of what is left of them adds to it."""

MILD = 0.3
"""Dropout to try instead: noise of less than half the signal."""

OURS = 0.5
"""Share of what a step takes off the weights that the decay must make, to be blamed for it."""

DROWNED = 4.0
"""Noise over signal of what a unit gets of each input, as powers, from which dropout is too strong for a run that does
not learn: of the rate p it is p/(1 − p) (Srivastava et al. 2014, section 10), of 0.8 four, of the usual half one."""

WITHOUT = "Train without any first: regularization is for a net that overfits; its training loss has to fall before."

LEAST_SHOWN = 0.01
"""Percent of a length below which its digits say nothing."""


def check(context: Context) -> Answer:
    """Found when kernels halved because their gradient, or their update, was mostly the weights themselves."""
    if not context.has_matrices:
        return NotApplicable("no variable is a matrix")
    if len(context.series) < FEWEST:
        return NotEnoughEvidence(f"needs {FEWEST} steps, got {len(context.series)}")
    dropped = _dropped(context)
    if dropped is not None:
        return dropped
    pull = context.shrinkage
    if pull is None:
        return _held_back(context) or Clear("nothing pulls the weights to zero")
    decay = _decay(context, pull)
    guessed = decay is None and not pull.steady  # data may pull as well, but not in proportion to the weights
    if guessed and not (pull.in_gradient and context.bad):
        return Clear("the weights shrink by no steady share")
    severity = _severity(context)
    return behaves(context) if severity is None else _found(context, pull, decay, severity)


def _dropped(context: Context) -> Found | None:
    """The strongest dropout, where the run does not learn and hardly anything of a signal comes through."""
    rates, severity = context.series.dropout, _severity(context)
    layer = max(rates, key=lambda name: rates[name], default=None)
    if layer is None or severity is None or context.outcome is Outcome.TOO_EARLY:
        return None
    rate = rates[layer]
    noise = rate / (1.0 - rate)
    if not noise > DROWNED:
        return None
    return Found(
        severity=severity,
        confidence=0.8,
        row=0,
        evidence={
            "dropout_rate": rate,
            "suggested_dropout_rate": MILD,
            "noise_over_signal": noise,
            "noise_threshold": DROWNED,
            "last_loss": None if context.trend is None else context.trend.level(context.trend.end),
        },
        summary=(
            f"Dropout of {number(rate)} in {layer} lets {rough(100.0 * (1.0 - rate))} % of its inputs through at each "
            f"step: the noise that this makes is {rough(noise)} times as strong as the signal."
        ),
        advice=(
            f"Lower it to {MILD} or less: `tf.keras.layers.Dropout({MILD})`. Keras takes the share that is dropped, "
            f"and not the one that is kept: was {literal(1.0 - rate)} meant?",
            WITHOUT,
        ),
        expect="A training loss well below that of one constant answer.",
    )


def _held_back(context: Context) -> Found | None:
    """A decay that was set and is nearly as long as each step, so that weights do not grow as all batches ask."""
    given = ((context.series.optimizer or {}).get("config") or {}).get("weight_decay")
    severity, trend = _severity(context), context.trend
    if severity is None or trend is None or not trend.natural or not isinstance(given, int | float):
        return None
    share = given * median(context.series.step("learning_rate"))
    made, saved = held_back(context.series, context.kernels, share, context.loss)
    if not made > HOLDS or not saved > ASKED:
        return None
    weight = context.model.norm("weight")
    pull = Shrinkage(context.kernels, False, np.nan, share, True, made, float(weight[-1] / weight[0]))
    found = _found(context, pull, float(given), severity)
    evidence = {**found.evidence, "pull_threshold": HOLDS, "longer_weights_save": saved, "save_threshold": ASKED}
    summary = (
        f"The weight decay {number(given)} takes back the length that all batches ask the weights to gain: by itself "
        f"it is {rough(made)} times as long as the step that is left."
    )
    return replace(found, confidence=0.7, evidence=evidence, summary=summary)


def _severity(context: Context) -> Severity | None:
    if context.bad:
        return Severity.ERROR
    trend = context.trend
    learned_nothing = trend is not None and trend.natural and trend.level(trend.end) > LEVEL * context.constant_loss
    if context.unwell or learned_nothing:
        return Severity.WARNING
    return Severity.INFO if context.lukewarm else None


def _decay(context: Context, pull: Shrinkage) -> float | None:
    """λ of the optimizer's decoupled decay, as set or else as identified, where it makes the pull; else ``None``."""
    if pull.in_gradient:
        return None
    rate = median(context.series.step("learning_rate"))
    given = ((context.series.optimizer or {}).get("config") or {}).get("weight_decay")
    identified = median(divide(context.fits.decay, context.fits.learning_rate))
    known = float(given) if isinstance(given, int | float) else identified
    rate = rate if np.isfinite(rate) else median(context.fits.learning_rate)
    return known if known * rate > OURS * pull.share else None


def _found(context: Context, pull: Shrinkage, decay: float | None, severity: Severity) -> Found:
    names = tuple(context.names[i] for i in pull.columns)
    factor = pull.over_rest / AIM
    penalty = 0.5 * pull.strength if pull.steady else np.nan  # Keras' L2(l2) is l2·‖w‖²
    strength = penalty if decay is None else decay
    better = float(f"{strength / factor:.1g}")
    return Found(
        severity=severity,
        confidence=0.9 if pull.steady or decay is not None else 0.8,
        row=0,
        evidence={
            "pull_over_rest": pull.over_rest,
            "pull_threshold": LONGER,
            "l2_penalty" if pull.in_gradient else "weight_decay": strength,
            "suggested_l2_penalty" if pull.in_gradient else "suggested_weight_decay": better,
            "percent_off_a_step": 100.0 * pull.share,
            "weights_left_percent": 100.0 * pull.left,
            "left_threshold_percent": 100.0 * HALF,
            "last_loss": None if context.trend is None else context.trend.level(context.trend.end),
        },
        summary=_summary(pull, decay, strength, names),
        advice=_advice(context, pull, factor, strength, better),
        expect="Weights that keep more than half of their length, and a loss well below that of one constant answer.",
        variables=names,
    )


def _summary(pull: Shrinkage, decay: float | None, strength: float, names: tuple[str, ...]) -> str:
    off = f"takes {number(100.0 * pull.share)} % off the weights at each step, {times(pull.over_rest)} what the data"
    if pull.in_gradient:
        like = f", like L2({literal(strength)})," if np.isfinite(strength) else ""
        what = f"A penalty in the loss{like} pulls the weights to zero, {times(pull.over_rest)} as hard as the data"
    elif decay is not None:
        what = f"The weight decay {number(decay)} {off} change"
    else:
        what = f"Something in the update {off} change"
    if not pull.left < HALF:
        return f"{what}: {names[0]} hardly keeps what a step has taught."
    kept = 100.0 * pull.left
    left = f"{number(kept)} %" if kept > LEAST_SHOWN else f"less than {number(LEAST_SHOWN)} %"
    others = f" and {more(len(names) - 1, 'kernel')}" if len(names) > 1 else ""
    keep = "keep" if len(names) > 1 else "keeps"
    return f"{what}{' hold them' if pull.in_gradient else ''}: {names[0]}{others} {keep} {left} of the first length."


def _advice(context: Context, pull: Shrinkage, factor: float, strength: float, better: float) -> tuple[str, ...]:
    if not np.isfinite(strength):
        less = f"Make the penalty or the decay {times(float(f'{factor:.1g}'))} smaller."
    elif pull.in_gradient:
        less = (
            f"Make the penalty {times(float(f'{factor:.1g}'))} smaller, for example "
            f"`kernel_regularizer=tf.keras.regularizers.L2({literal(better)})`."
        )
    else:
        call = keras_call(context.series.optimizer, "weight_decay", better)
        less = f"Lower the weight decay from {number(strength)} to {number(better)}{f': {call}' if call else ''}."
    return (
        less,
        WITHOUT,
    )


RULE = Rule("excessive-regularization", "Regularization too strong", "weights, gradients, updates", check)
