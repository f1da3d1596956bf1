"""Causes come before consequences, and what is sure before guesses."""

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Severity
from tb_convergence.diagnose.rules.rule import Found, Rule
from tests.diagnose.networks import Mlp, train
from tests.diagnose.simulate import parabola, sgd


def test_dead_units_are_a_consequence_of_the_learning_rate_that_killed_them() -> None:
    """The cause comes first, not the corpse."""
    found = diagnose(train(Mlp((64, 64, 32, 10)), sgd(10.0), 150))
    assert found.findings[0].id == "high-learning-rate"
    assert {f.id: f.explained_by for f in found.findings}["dead-units"] == "high-learning-rate"
    assert [f.rank for f in found.findings] == list(range(1, len(found.findings) + 1))


def test_a_guess_comes_after_what_is_sure() -> None:
    """Of the same severity, whichever began first."""

    def rule(name: str, confidence: float, row: int) -> Rule:
        found = Found(Severity.INFO, confidence, row, {}, name, (), "")
        return Rule(name, name, "", lambda _: found)

    rules = (rule("mismatched-loss", 0.4, 0), rule("oscillating-updates", 0.85, 3))
    found = diagnose(parabola(sgd(0.1), 20), rules=rules).findings
    assert [f.id for f in found] == ["oscillating-updates", "mismatched-loss"]


def test_a_symptom_comes_after_what_may_have_caused_it() -> None:
    """As information too, however unsure the cause is; an alarm that is a symptom still comes before information."""

    def rule(name: str, confidence: float, severity: Severity = Severity.INFO) -> Rule:
        found = Found(severity, confidence, 0, {}, name, (), "")
        return Rule(name, name, "", lambda _: found)

    series = parabola(sgd(0.1), 20)
    found = diagnose(series, rules=(rule("slow-convergence", 0.85), rule("mismatched-loss", 0.4))).findings
    assert [f.id for f in found] == ["mismatched-loss", "slow-convergence"]
    alarm = rule("slow-convergence", 0.85, Severity.WARNING)
    found = diagnose(series, rules=(rule("mismatched-loss", 0.4), alarm)).findings
    assert [f.id for f in found] == ["slow-convergence", "mismatched-loss"]


def test_what_is_learned_comes_before_how_fast() -> None:
    """A net that learns its data by heart is not helped by doing so sooner; what only looks slow comes last."""

    def told(name: str, row: int | None) -> Rule:
        found = Found(Severity.INFO, 0.8, row, {}, "It is so.", ("Do so.",), "Then so.")
        return Rule(name, name, "nothing", lambda _: found)

    rules = (told("slow-convergence", 0), told("missing-momentum", 0), told("overfitting", None))
    found = diagnose(parabola(sgd(0.1), 20), rules=rules).findings
    assert [f.id for f in found] == ["overfitting", "missing-momentum", "slow-convergence"]


def test_a_guess_comes_after_a_pace_that_is_sure() -> None:
    """What is learned matters before how fast, where both are sure."""

    def rule(name: str, confidence: float) -> Rule:
        found = Found(Severity.INFO, confidence, 0, {}, name, (), "")
        return Rule(name, name, "", lambda _: found)

    for confidence, order in ((0.3, ["missing-momentum", "overfitting"]), (0.6, ["overfitting", "missing-momentum"])):
        rules = (rule("overfitting", confidence), rule("missing-momentum", 0.85))
        assert [f.id for f in diagnose(parabola(sgd(0.1), 20), rules=rules).findings] == order
