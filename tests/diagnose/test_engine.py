"""The diagnosis as a whole: the article's three examples, ranking, and what a failing rule does."""

from dataclasses import replace

import numpy as np
import pytest

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.engine import RULES, TITLES, diagnose
from tb_convergence.diagnose.finding import Diagnosis, Finding, Outcome, Severity
from tb_convergence.diagnose.rules.rule import Answer, Found, Rule
from tb_convergence.series import Series
from tests.diagnose.networks import Mlp, train
from tests.diagnose.runs import HEALTHY, architecture
from tests.diagnose.simulate import Recording, adam, parabola, sgd


def alarms(diagnosis: Diagnosis) -> list[str]:
    """Ids of errors and warnings."""
    return [f.id for f in diagnosis.findings if f.severity is not Severity.INFO]


def finding(diagnosis: Diagnosis, name: str) -> Finding:
    """The finding of this id."""
    return next(f for f in diagnosis.findings if f.id == name)


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("steps", [6, 30, 50])
def test_example_1_is_a_gradient_of_half_the_right_size(steps: int, *, reference: bool) -> None:
    """The run converges, and is told nevertheless that its gradient is 0.5 × the derivative."""
    found = diagnose(parabola(sgd(0.1), steps, factor=0.5, reference=reference)).findings[0]
    assert (found.id, found.severity, found.variables) == ("wrong-gradient", Severity.ERROR, ("w",))
    assert found.evidence["factor"] == pytest.approx(0.5, rel=0.01)
    assert "0.5 × the derivative" in found.summary


@pytest.mark.parametrize("steps", [5, 12, 60, 300])
def test_example_2_is_a_learning_rate_too_high(steps: int) -> None:
    """Within five steps: the largest stable rate is 1.0, and the rising loss is its consequence."""
    found = diagnose(parabola(sgd(1.5), steps))
    first = found.findings[0]
    assert (first.id, first.severity, first.onset_step) == ("high-learning-rate", Severity.ERROR, 1)
    assert first.evidence["learning_rate"] == pytest.approx(1.5, rel=0.01)
    assert first.evidence["largest_stable_learning_rate"] == pytest.approx(1.0, rel=0.01)
    assert first.evidence["stability_number"] == pytest.approx(3.0, rel=0.01)
    assert first.evidence["stability_limit"] == pytest.approx(2.0)
    assert first.evidence["multiplier"] == pytest.approx(-2.0, rel=0.01)
    assert finding(found, "diverging-loss").explained_by == "high-learning-rate"
    assert "1.5 is above the largest stable rate 1.0" in found.verdict


def test_a_finding_prints_as_what_it_says_and_what_to_do() -> None:
    """As on_finding=print shows it."""
    first = diagnose(parabola(sgd(1.5), 50)).findings[0]
    head, *advice = str(first).splitlines()
    assert head == f"error: high-learning-rate, from step 1: {first.summary}"
    assert advice == [f"  → {line}" for line in first.advice]


@pytest.mark.parametrize("steps", [150, 200])
def test_example_3_rings_and_is_no_alarm(steps: int) -> None:
    """Heavy ball by hand: momentum, rate, period and damping, as information only."""
    found = diagnose(parabola(sgd(0.1, 0.9), steps))
    assert alarms(found) == []
    evidence = finding(found, "oscillating-updates").evidence
    assert evidence["momentum"] == pytest.approx(0.9, rel=0.01)
    assert evidence["learning_rate"] == pytest.approx(0.1, rel=0.01)
    assert evidence["period"] == pytest.approx(13.7, abs=0.2)
    assert evidence["decay_per_step"] == pytest.approx(0.05, abs=0.005)
    assert evidence["critical_momentum"] == pytest.approx(0.306, abs=0.002)


@pytest.mark.parametrize(
    "series",
    [parabola(sgd(0.1), 50), parabola(sgd(0.5), 50), parabola(sgd(0.1, 0.3), 200)],
    ids=["right gradient", "stable rate", "less momentum"],
)
def test_the_repaired_examples_are_clean(series: Series) -> None:
    """Nothing is found once the mistake is gone."""
    found = diagnose(series)
    assert found.findings == ()
    assert found.outcome in (Outcome.CONVERGING, Outcome.CONVERGED)


def _failing(_: Context) -> Answer:
    raise ZeroDivisionError("on purpose")


def test_a_rule_that_fails_is_reported_and_hides_nothing() -> None:
    """Its failure is its own result."""
    rule = Rule("failing", "Fails", "nothing", _failing)
    found = diagnose(parabola(sgd(1.5), 12), rules=(rule, *RULES))
    assert found.findings[0].id == "high-learning-rate"
    assert [(n.id, n.reason) for n in found.not_enough_evidence if n.id == "failing"] == [
        ("failing", "the rule failed: ZeroDivisionError: on purpose")
    ]


@pytest.mark.parametrize("steps", [1, 2, 3, 40])
def test_every_rule_answers_once(steps: int) -> None:
    """Found, clear, not applicable or not enough evidence: "not checked" never looks like "clear"."""
    found = diagnose(train(architecture(0), adam(1e-3), steps))
    others = (*found.clear, *found.not_applicable, *found.not_enough_evidence)
    answers = [f.id for f in found.findings] + [x.id for x in others]
    assert sorted(answers) == sorted(TITLES)
    assert not [n for n in found.not_enough_evidence if "failed" in n.reason]


def test_an_empty_run_is_too_early() -> None:
    """No rows, no claims."""
    series = parabola(sgd(0.1), 1)
    none = {k: v[:0] for k, v in series.values.items()}
    empty = replace(
        series,
        steps=series.steps[:0],
        wall_times=series.wall_times[:0],
        windows=series.windows[:0],
        values=none,
        step_values={},
    )
    found = diagnose(empty)
    assert (found.outcome, found.first_step, found.recorded, found.findings) == (Outcome.TOO_EARLY, None, 0, ())


@pytest.mark.parametrize("missing", ["everything", "loss", "updates", "gradients"])
def test_what_was_not_recorded_is_not_judged(missing: str) -> None:
    """A rule without its input says so; none fails, and none is found."""
    series = train(architecture(1), sgd(0.1), 30)
    values, step_values = dict(series.values), dict(series.step_values)
    if missing in ("everything", "loss"):
        step_values.clear()
    if missing != "loss":
        part = "" if missing == "everything" else missing[:-1]
        values = {k: v for k, v in values.items() if part not in k}
    found = diagnose(replace(series, values=values, step_values=step_values))
    assert alarms(found) == []
    assert not [n for n in found.not_enough_evidence if "failed" in n.reason]
    assert found.not_applicable


@pytest.mark.parametrize("name", list(HEALTHY))
def test_a_healthy_run_without_its_loss_is_silent(name: str) -> None:
    """Nothing grows in it, and the verdict says why no more is said."""
    series = HEALTHY[name](0)
    found = diagnose(replace(series, step_values={}))
    assert alarms(found) == []
    assert found.outcome is Outcome.TOO_EARLY
    assert found.verdict.startswith("The loss is not known")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300, 0.0])
def test_no_recorded_number_makes_a_rule_fail(bad: float) -> None:
    """Whatever stands in a record: a whole statistic, one row, one value."""
    series = train(Mlp((64, 8, 8, 8, 8, 10)), sgd(0.1), 30)
    for name in series.values:
        for place in (slice(None), slice(10, 11), slice(-1, None)):
            values = {k: v.copy() for k, v in series.values.items()}
            values[name][place] = bad
            found = diagnose(replace(series, values=values))
            assert not [n for n in found.not_enough_evidence if "failed" in n.reason]


def test_evidence_is_plain() -> None:
    """Reports write numbers, text and truth values, and know nothing of numpy."""
    for series in (parabola(sgd(1.5), 60), parabola(sgd(0.1, 0.9), 90), train(architecture(2), sgd(30.0), 60)):
        for found in diagnose(series).findings:
            assert all(type(v) in (float, int, str, bool, type(None)) for v in found.evidence.values())
            assert type(found.confidence) is float
            assert found.advice
            assert found.expect


def test_titles_are_those_of_the_rules() -> None:
    """Each id once."""
    assert len(TITLES) == len(RULES)


def test_a_diagnosis_does_not_change_the_series() -> None:
    """The same run can be diagnosed again, with the same result."""
    series = train(architecture(3), sgd(30.0), 60)
    before = {k: v.copy() for k, v in series.values.items()}
    assert diagnose(series) == diagnose(series)
    for name, values in before.items():
        np.testing.assert_array_equal(series.values[name], values)


def test_scalars_and_vectors_alone_are_fine() -> None:
    """A model without any matrix."""
    recording, w = Recording(["bias"]), np.ones(3)
    for _ in range(40):
        recording.step([w], [2 * w], [0.9 * w], loss=float(w @ w))
        w = 0.9 * w
    assert diagnose(recording.series()).findings == ()


@pytest.mark.parametrize(("row", "yields"), [(0, True), (90, True), (150, False), (None, True)])
def test_what_begins_long_after_a_finding_did_not_leave_its_traces(row: int | None, *, yields: bool) -> None:
    """Units that die late are not why nothing was learned before."""

    def rule(name: str, at: int | None, yields_to: tuple[str, ...] = ()) -> Rule:
        found = Found(Severity.ERROR, 0.9, at, {}, name, (), "")
        return Rule(name, name, "", lambda _: found, yields_to)

    rules = (rule("dead-units", row), rule("mismatched-labels", 0, ("dead-units",)))
    found = diagnose(parabola(sgd(0.001), 200), rules=rules)
    assert ("mismatched-labels" not in [f.id for f in found.findings]) is yields


@pytest.mark.parametrize(("certain", "told"), [(0.95, True), (0.98, False), (None, False)])
def test_what_is_certain_is_told_beside_any_other(certain: float | None, *, told: bool) -> None:
    """It follows from nothing else, and so from no graver finding either; the rule says from when, or never."""

    def rule(name: str, *yields_to: str) -> Rule:
        found = Found(Severity.ERROR, 0.97, 0, {}, name, (), "")
        return Rule(name, name, "", lambda _: found, yields_to)

    yields = rule("noisy-gradient", "high-learning-rate")
    rules = (rule("high-learning-rate"), yields if certain is None else replace(yields, certain=certain))
    found = [f.id for f in diagnose(parabola(sgd(0.001), 200), rules=rules).findings]
    assert found == (["noisy-gradient", "high-learning-rate"] if told else ["high-learning-rate"])
