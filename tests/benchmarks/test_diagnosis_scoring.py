"""The scores count what they say, on examined cases made by hand."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from tb_convergence.diagnose.finding import Finding, Severity
from tests.benchmarks.diagnosis.advice import change
from tests.benchmarks.diagnosis.examine import Examined, Named
from tests.benchmarks.diagnosis.report import details, report, worse
from tests.benchmarks.diagnosis.scoring import (
    Share,
    alarms,
    close,
    confusion,
    delay,
    factor_between,
    factor_measured,
    factor_right,
    momentum_right,
    published_scores,
    right_first,
    right_in_three,
    scores,
)
from tests.benchmarks.diagnosis.training import Case, Training

SGD = Training("landscape:parabola", rate=0.1)
FAULTY = Case("high-learning-rate/x", SGD, truth=frozenset({"high-learning-rate"}), repair={"rate": 0.01}, onset=5)
HEALTHY = Case("healthy/x", SGD)
NOTHING = Examined("x", "", 1.0, 0.5, 0.1, "converging", (), math.nan, math.nan, {}, {}, math.nan, ())


def named(id_: str, severity: str = "error", onset: int | None = 0, **evidence: Any) -> Named:
    """A finding."""
    return Named(id_, severity, onset, evidence, "")


def with_findings(*found: Named) -> Examined:
    """An examined case."""
    return replace(NOTHING, findings=found)


def test_the_first_finding_must_be_right() -> None:
    """The second is not the first, and nothing is not right."""
    wrong_then_right = with_findings(named("dead-units"), named("high-learning-rate"))
    assert right_first(FAULTY, with_findings(named("high-learning-rate")))
    assert not right_first(FAULTY, wrong_then_right)
    assert not right_first(FAULTY, NOTHING)
    assert right_in_three(FAULTY, wrong_then_right)


def test_the_fourth_is_not_among_the_first_three() -> None:
    """However many findings there are."""
    others = [named("dead-units"), named("diverging-loss"), named("vanishing-gradient")]
    assert not right_in_three(FAULTY, with_findings(*others, named("high-learning-rate")))


def test_information_is_no_alarm() -> None:
    """Warnings and errors are."""
    assert not alarms(with_findings(named("oscillating-updates", "info")))
    assert alarms(with_findings(named("oscillating-updates", "warning")))
    assert not alarms(NOTHING)


def test_the_delay_is_counted_from_the_true_onset() -> None:
    """Of the first right finding; an onset too early is no delay, and no onset is no number."""
    assert delay(FAULTY, with_findings(named("dead-units", onset=0), named("high-learning-rate", onset=12))) == 7.0
    assert delay(FAULTY, with_findings(named("high-learning-rate", onset=2))) == 0.0
    assert delay(FAULTY, with_findings(named("high-learning-rate", onset=None))) is None
    assert delay(FAULTY, NOTHING) is None


@pytest.mark.parametrize(("found", "right"), [(0.1, True), (0.1009, True), (0.1011, False), (math.nan, False)])
def test_a_number_is_right_within_one_percent(found: float, right: bool) -> None:
    """And NaN is not."""
    assert close(found, 0.1) is right


def test_a_run_without_momentum_must_show_none() -> None:
    """One with momentum must show it."""
    heavy = replace(FAULTY, training=replace(SGD, optimizer="momentum", momentum=0.9))
    assert momentum_right(FAULTY, replace(NOTHING, momentum=0.0))
    assert not momentum_right(FAULTY, replace(NOTHING, momentum=math.nan))
    assert momentum_right(heavy, replace(NOTHING, momentum=0.9))
    assert not momentum_right(heavy, replace(NOTHING, momentum=0.0))


def test_the_factor_is_that_of_the_wrong_gradient() -> None:
    """Wherever it stands in the ranking."""
    case = Case("wrong-gradient/x", replace(SGD, fault="gradient-scaled", factor=0.5), frozenset({"wrong-gradient"}))
    assert factor_right(case, with_findings(named("dead-units"), named("wrong-gradient", factor=0.501)))
    assert not factor_right(case, with_findings(named("wrong-gradient", factor=0.51)))
    assert not factor_right(case, with_findings(named("wrong-gradient", factor=None)))


def test_a_factor_is_measured_where_its_finding_says_so() -> None:
    """Ends within 1 %; an end that is not given is open, and no finding is none."""
    case = Case("wrong-gradient/x", replace(SGD, fault="gradient-scaled", factor=0.5), frozenset({"wrong-gradient"}))

    def told(factor: float, low: float | None, high: float | None) -> Examined:
        return with_findings(named("wrong-gradient", factor=factor, factor_from=low, factor_to=high))

    assert factor_measured(told(0.501, 0.499, 0.503))
    assert not factor_measured(told(0.501, 0.4, 0.503))
    assert not factor_measured(told(0.501, None, 0.503))
    assert not factor_measured(with_findings())
    assert factor_between(case, told(0.8, 0.4, None))
    assert factor_between(case, told(0.501, 0.501, 0.501))
    assert not factor_between(case, told(0.8, 0.6, 0.9))
    assert not factor_between(case, with_findings())


def test_shares_are_of_those_that_they_speak_of() -> None:
    """Faulty runs for causes, healthy runs for alarms, SGD and its kin for the learning rate."""
    found = scores(
        [
            (FAULTY, replace(with_findings(named("high-learning-rate", onset=9)), rate=0.1, momentum=0.0)),
            (FAULTY, replace(NOTHING, rate=0.2, momentum=0.0)),
            (HEALTHY, replace(with_findings(named("loss-plateau", "warning")), rate=0.1, momentum=0.0)),
            (HEALTHY, replace(NOTHING, rate=0.1, momentum=0.0)),
        ]
    )
    assert (found.first, found.false_alarms, found.false_errors) == (Share(1, 2), Share(1, 2), Share(0, 2))
    assert (found.rate, found.momentum, found.delay) == (Share(3, 4), Share(4, 4), 4.0)
    assert found.advice == Share(0, 0)


def test_scores_of_nothing_are_empty() -> None:
    """Not an error, and not a perfect score."""
    found = scores([])
    assert found.first == Share(0, 0)
    assert math.isnan(found.delay)
    assert str(Share(0, 0)) == "0/0"


def test_a_published_rule_set_is_right_when_a_symptom_may_stand_for_the_cause() -> None:
    """First symptom, any symptom, and symptoms on healthy runs are counted apart."""
    symptoms = {"Tool": [("dying", ["dead-units"]), ("rate", ["high-learning-rate"])]}
    judged = [(FAULTY, replace(NOTHING, published=symptoms)), (HEALTHY, replace(NOTHING, published={"Tool": []}))]
    assert published_scores(judged) == {"Tool": (Share(0, 1), Share(1, 1), Share(0, 1))}


def test_the_confusion_table_counts_first_findings_by_group() -> None:
    """Healthy runs count what alarmed."""
    info = with_findings(named("loss-plateau", "info"))
    counts = confusion([(FAULTY, with_findings(named("dead-units"))), (FAULTY, NOTHING), (HEALTHY, info)])
    assert counts == {("high-learning-rate", "dead-units"): 1, ("high-learning-rate", "–"): 1, ("healthy", "–"): 1}


def test_the_report_tells_no_case_of_the_held_out_half() -> None:
    """Only totals; a label that is not believed is told, since no score can be read off it."""
    held_out = next(c for i in range(99) if (c := replace(FAULTY, name=f"high-learning-rate/secret-{i}")).held_out)
    text, plain = report([(held_out, with_findings(named("dead-units")))], {})
    assert "secret" not in text
    assert "secret" not in json.dumps(plain)
    assert plain["held-out"]["scores"]["first"] == {"hits": 0, "of": 1}


def test_the_baseline_sees_what_got_worse() -> None:
    """Fewer hits, and more false alarms."""
    held_out = next(c for i in range(99) if (c := replace(FAULTY, name=f"high-learning-rate/{i}")).held_out)
    healthy = next(c for i in range(99) if (c := replace(HEALTHY, name=f"healthy/{i}")).held_out)
    good = report([(held_out, with_findings(named("high-learning-rate"))), (healthy, NOTHING)], {})[1]
    bad = report([(held_out, NOTHING), (healthy, with_findings(named("dead-units")))], {})[1]
    assert worse(good, good) == []
    assert {line.split(":")[0] for line in worse(bad, good)} >= {"first", "three", "false_alarms", "false_errors"}
    assert worse(good, bad) == []


def _advised(**evidence: Any) -> Finding:
    return Finding("x", Severity.ERROR, 1.0, (), None, evidence, "", ())


def test_advice_with_a_number_changes_the_training() -> None:
    """By the names that evidence uses; what is not a number or an option changes nothing."""
    assert change(SGD, _advised(suggested_learning_rate=0.01)) == {"rate": 0.01}
    assert change(SGD, _advised(suggested_momentum=0.9)) == {"momentum": 0.9, "optimizer": "momentum"}
    assert change(SGD, _advised(suggested_clipnorm=1.0)) == {"clip": 1.0}
    assert change(SGD, _advised(learning_rate=0.1, suggested_learning_rate=None)) == {}
    assert change(SGD, _advised(suggested_learning_rate=math.nan)) == {}


def test_a_run_without_a_finite_update_shows_no_rate() -> None:
    """Such runs are counted apart; of others, what was not identified is told of the half to mend on."""
    still = replace(NOTHING, moved=False)
    assert scores([(HEALTHY, still), (HEALTHY, replace(NOTHING, rate=0.1, momentum=0.0))]).rate == Share(1, 1)
    assert "without a rate to identify: 1" in report([(HEALTHY, still)], {})[0]
    assert f"- {HEALTHY.name}: rate nan" in details([(HEALTHY, NOTHING)])
    assert f"- {HEALTHY.name}" not in details([(HEALTHY, still)])


def test_a_rate_that_jumped_is_advised_for_the_whole_run() -> None:
    """The jump is what the advice takes away."""
    jumping = replace(SGD, schedule="jump:80", since=60)
    assert change(jumping, _advised(suggested_learning_rate=0.01)) == {"rate": 0.01, "schedule": "constant"}


def test_the_live_delay_is_the_median_of_those_named_while_running() -> None:
    """And how many were is told beside it."""
    found = scores([(FAULTY, replace(NOTHING, live_delay=d)) for d in (5.0, 10.0, 40.0, math.nan)])
    assert found.live_delay == 10.0
    assert found.live == Share(3, 4)


def test_what_the_first_error_stops_is_counted_for_both_kinds() -> None:
    """Of faulty runs with the share of their steps after which it did; healthy ones should go on."""
    stopped = [(FAULTY, replace(NOTHING, stopped=share)) for share in (0.125, 0.25, math.nan)]
    found = scores([*stopped, (HEALTHY, replace(NOTHING, stopped=0.5)), (HEALTHY, NOTHING)])
    assert (found.stopped_faulty, found.stopped_healthy) == (Share(2, 3), Share(1, 2))
    assert found.stopped_at == 18.75
