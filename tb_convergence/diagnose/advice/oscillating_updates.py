"""What is said of updates, or a loss, that swing."""

from tb_convergence.diagnose.estimators.oscillation import Ringing
from tb_convergence.diagnose.estimators.periodicity import Period
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found
from tb_convergence.diagnose.wording import number

SHUFFLE = (
    "Shuffle before batching: `dataset.shuffle(len(x)).batch(32)`, with a buffer as large as the data.",
    "Or shuffle once by hand: `p = np.random.permutation(len(x)); x, y = x[p], y[p]`.",
)


def by_class(severity: Severity, in_batch: float, classes: int, swing: float) -> Found:
    """Batches of hardly more than one class each; ``swing``: of the mean label."""
    return Found(
        severity=severity,
        confidence=0.9,
        row=0,
        evidence={"classes_in_a_batch": in_batch, "classes": classes, "swing_of_the_mean_label": swing},
        summary=(
            f"The data come in the order of their classes: a batch holds {number(in_batch)} of {classes}, and "
            "the net forgets the others until they come back."
        ),
        advice=SHUFFLE,
        expect="Most classes in every batch, and a loss without swings.",
    )


def by_kind(severity: Severity, changes: int, apart: float, angle: float, *, thresholds: tuple[int, float]) -> Found:
    """Batches of one kind, then of another; ``apart``: steps between two changes; ``thresholds``: changes, angle."""
    return Found(
        severity=severity,
        confidence=0.8,
        row=0,
        evidence={
            "changes": changes,
            "changes_threshold": thresholds[0],
            "steps_between_changes": apart,
            "cosine_successive_gradients": angle,
            "cosine_threshold": thresholds[1],
        },
        summary=(
            f"The data come sorted: successive batches ask for the same (cosine {number(angle)}), and about "
            f"every {number(apart)} steps another kind begins, of which the net has lost what it knew."
        ),
        advice=SHUFFLE,
        expect="Successive gradients that agree neither fully nor not at all, and a loss without leaps.",
    )


def in_one_order(severity: Severity, found: Period, swing: float, *, harms: bool, threshold: float) -> Found:
    """A loss that repeats itself; ``harms``: some batches undo what others teach."""
    undone = ", and what one teaches the next ones may undo" if harms else ""
    return Found(
        severity=severity,
        confidence=0.85,
        row=0,
        evidence={
            "period": float(found.steps),
            "correlation_after_a_period": found.correlation,
            "swing_within_a_period": swing,
            "swing_threshold": threshold,
        },
        summary=(
            f"The loss repeats itself every {found.steps} steps: the batches come in the same order in every epoch"
            f"{undone}."
        ),
        advice=(
            "Shuffle before batching, anew in each epoch: `dataset.shuffle(len(x)).batch(32)`, with a buffer as large "
            "as the data.",
            "If the data are shuffled already, look for what else returns every so many steps: a seed that makes each "
            "epoch's order the same, as `keras.utils.set_random_seed` does for `fit`; a generator that starts over; "
            "files that each hold one class.",
        ),
        expect="A loss without a period.",
    )


def bounces(row: int, step: int, multiplier: float, variables: tuple[str, ...], *, threshold: float) -> Found:
    """Updates that each take back the one before, from a row on, and the step there."""
    return Found(
        severity=Severity.WARNING,
        confidence=0.85,
        row=row,
        evidence={"multiplier": multiplier, "multiplier_threshold": threshold, "period": 2.0},
        summary=(
            f"The updates bounce: each is about {number(multiplier)} times the one before, "
            f"from step {step} on, and the loss does not fall."
        ),
        advice=(
            "Halve the learning rate until the updates shrink.",
            "Or decay it: the valley is narrower than the steps.",
        ),
        expect=f"An update multiplier above {number(threshold)}, and updates that get smaller.",
        variables=variables,
    )


def rings(
    swing: Ringing, variables: tuple[str, ...], *, rate: float, momentum: float, curvature: float, limit: float
) -> Found:
    """Momentum that swings, and settles; ``limit``: of ηh."""
    critical = number(swing.critical_momentum)
    return Found(
        severity=Severity.INFO,
        confidence=0.99,
        row=0,
        evidence={
            "momentum": momentum,
            "learning_rate": rate,
            "curvature": curvature,
            "stability_number": rate * curvature,
            "stability_limit": limit,
            "period": swing.period,
            "decay_per_step": swing.decay,
            "critical_momentum": swing.critical_momentum,
        },
        summary=(
            f"Momentum {number(momentum)} rings: the updates swing with a period of {number(swing.period)} steps and "
            f"lose {number(100.0 * swing.decay)} % a step at learning rate {number(rate)}."
        ),
        advice=(f"Nothing has to change. For the fastest decay lower the momentum to {critical}.",),
        expect=f"At momentum {critical} the swings are gone.",
        variables=variables,
    )
