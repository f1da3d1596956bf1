"""Diagnoses made by hand, so that a change of a rule does not change what is tested here."""

from tb_convergence.diagnose.finding import Diagnosis, Finding, NotFound, Outcome, Severity
from tb_convergence.report.json import Reported
from tb_convergence.series import Note

CAUSE = Finding(
    id="high-learning-rate",
    severity=Severity.ERROR,
    confidence=0.97,
    variables=("dense/kernel", "dense/bias"),
    onset_step=1,
    evidence={"learning_rate": 1.5, "largest_stable_learning_rate": 1.0, "stability_number": 3.00001, "steps": 5},
    summary="The learning rate 1.5 is above the largest stable rate 1.0 (stability number 3, limit 2).",
    advice=("Lower the learning rate from 1.5 to below 1.0; 0.5 is safe.", "Or warm up."),
    expect="A stability number below 2.",
    rank=1,
)
CONSEQUENCE = Finding(
    id="diverging-loss",
    severity=Severity.WARNING,
    confidence=0.5,
    variables=(),
    onset_step=None,
    evidence={"last_loss": float("inf"), "ratio": float("nan"), "lowest": float("-inf"), "source": None, "flag": True},
    summary="The loss rises | from 4.",
    advice=(),
    rank=2,
    explained_by="high-learning-rate",
)
SICK = Reported(
    Diagnosis(
        run="lr/too high",
        outcome=Outcome.DIVERGED,
        verdict="Diverging since step 1: the learning rate is too high.",
        first_step=0,
        last_step=49,
        recorded=50,
        findings=(CAUSE, CONSEQUENCE),
        clear=(NotFound("dead-units"), NotFound("missing-gradient")),
        not_applicable=(NotFound("vanishing-gradient", "needs 4 weight matrices"),),
        not_enough_evidence=(NotFound("low-learning-rate", "needs 100 steps, got 50"),),
    ),
    (Note("warning", "1 record is missing between steps 9 and 20: up to 64 steps."),),
)
EMPTY = Reported(Diagnosis("empty", Outcome.TOO_EARLY, "Nothing has been recorded yet.", None, None, 0))
