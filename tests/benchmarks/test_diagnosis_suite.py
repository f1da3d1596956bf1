"""The suite holds enough of each kind, without duplicates, fairly divided, and believes no label by hope."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.benchmarks.diagnosis.cases import CASES
from tests.benchmarks.diagnosis.examine import converges, examine, refusal
from tests.benchmarks.diagnosis.loop import train
from tests.benchmarks.diagnosis.optimizers import rates
from tests.benchmarks.diagnosis.training import Case, Training, changed, fingerprint

FINDINGS = {
    "non-finite-values",
    "diverging-loss",
    "exploding-gradient",
    "vanishing-gradient",
    "oscillating-updates",
    "high-learning-rate",
    "low-learning-rate",
    "slow-convergence",
    "loss-plateau",
    "missing-momentum",
    "excessive-momentum",
    "excessive-regularization",
    "wrong-gradient",
    "misassigned-gradients",
    "missing-gradient",
    "unapplied-update",
    "dead-units",
    "saturated-activations",
    "unscaled-inputs",
    "mismatched-labels",
    "mismatched-loss",
    "poor-initialization",
    "overfitting",
    "noisy-gradient",
}
FAULTY = [c for c in CASES if not c.healthy]
HEALTHY = [c for c in CASES if c.healthy]
PARABOLA = Training("landscape:parabola", steps=4)


def test_every_finding_has_four_faulty_runs_at_least() -> None:
    """And there are 120 faulty and 200 healthy runs in all."""
    groups = Counter(c.name.split("/")[0] for c in FAULTY)
    assert set(groups) == FINDINGS
    assert min(groups.values()) >= 4
    assert len(FAULTY) >= 120
    assert len(HEALTHY) >= 200


def test_no_training_occurs_twice() -> None:
    """Neither by name nor by what is run."""
    assert len({c.name for c in CASES}) == len(CASES)
    assert len({fingerprint(c.training) for c in CASES}) == len(CASES)


def test_a_case_is_right_under_the_name_of_its_group() -> None:
    """And every name that is right is one of a finding."""
    assert all(c.name.split("/")[0] in c.truth <= FINDINGS for c in FAULTY)


def test_about_half_of_each_kind_is_held_out() -> None:
    """Chosen by a hash of the name: it cannot be chosen by anyone."""
    for cases in (FAULTY, HEALTHY):
        share = sum(c.held_out for c in cases) / len(cases)
        assert 0.4 < share < 0.6


def test_about_half_of_the_users_give_probes() -> None:
    """So that rules must do without them as well."""
    share = sum(c.probes for c in CASES) / len(CASES)
    assert 0.4 < share < 0.6


def test_a_repair_changes_the_training_that_it_repairs() -> None:
    """Every faulty case has a twin of its own."""
    assert all(c.repair and c.repaired != c.training for c in FAULTY)


def test_the_suite_covers_networks_optimizers_and_loops() -> None:
    """Among faulty and healthy runs alike."""
    for cases in (FAULTY, HEALTHY):
        models = {c.training.model for c in cases}
        assert {"mlp", "cnn", "rnn", "gru", "lstm", "attention", "embedding", "factors"} <= models
        families = {c.training.optimizer.removeprefix("keras-") for c in cases}
        assert {"sgd", "momentum", "nesterov", "adam", "rmsprop"} <= families
        assert {True, False} == {c.training.optimizer.startswith("keras-") for c in cases}
        assert {True, False} == {c.training.batch == 0 for c in cases}
        assert any(c.training.task.startswith("landscape:") for c in cases)


HEALTHY_CASE = Case("healthy/x", PARABOLA, reach=0.5)
FAULTY_CASE = Case("high-learning-rate/x", PARABOLA, truth=frozenset({"high-learning-rate"}), repair={"rate": 0.1})


@pytest.mark.parametrize(("after", "refused"), [(0.4, False), (0.6, True), (math.nan, True), (math.inf, True)])
def test_a_healthy_label_is_believed_only_where_the_measure_fell(after: float, refused: bool) -> None:
    """A run that did not learn is not called healthy."""
    assert bool(refusal(HEALTHY_CASE, 1.0, after, math.nan)) is refused


def test_a_healthy_label_may_ask_for_a_value() -> None:
    """A run that begins converged cannot fall by a share."""
    case = replace(HEALTHY_CASE, reach=0.1, below=True)
    assert not refusal(case, 0.05, 0.05, math.nan)
    assert refusal(case, 1.0, 0.2, math.nan)


@pytest.mark.parametrize(
    ("after", "twin", "refused"),
    [(1.0, 0.1, False), (math.nan, 0.1, False), (0.11, 0.1, True), (1.0, 0.9, True), (1.0, math.nan, True)],
)
def test_a_faulty_label_is_believed_only_where_the_twin_ends_clearly_better(
    after: float, twin: float, refused: bool
) -> None:
    """A fault that does no harm is none, and a repair that does not repair proves nothing."""
    assert bool(refusal(FAULTY_CASE, 1.0, after, twin)) is refused


def test_advice_works_where_the_run_falls_as_a_healthy_one_must() -> None:
    """And closes half of the gap between the faulty run and its twin; a run that is not finite has not converged."""
    assert converges(1.0, 2.0, 0.1, 0.5)
    assert converges(1.0, math.nan, 0.1, 0.1)
    assert not converges(1.0, 2.0, 0.5, 0.72)
    assert not converges(1.0, 2.0, 0.1, math.nan)
    assert not converges(1.0, 0.3, 0.1, 0.25)


def test_schedules_are_what_their_names_say() -> None:
    """float32 [steps], from the declared rate."""
    base = Training("digits", rate=2.0, steps=100, since=50)
    shapes = {s: rates(replace(base, schedule=s)) for s in ("constant", "warm-up:10", "cosine", "jump:5", "stairs:50")}
    assert all(s.shape == (100,) and s.dtype == np.float32 for s in shapes.values())
    np.testing.assert_allclose(shapes["constant"], 2.0)
    np.testing.assert_allclose(shapes["warm-up:10"][[0, 9, 50]], [0.2, 2.0, 2.0], rtol=1e-6)
    np.testing.assert_allclose(shapes["cosine"][50], 1.0, rtol=1e-6)
    np.testing.assert_allclose(shapes["jump:5"][[49, 50]], [2.0, 10.0])
    np.testing.assert_allclose(shapes["stairs:50"][[0, 50]], [2.0, 0.6], rtol=1e-6)


def test_a_change_of_an_unknown_field_is_an_error() -> None:
    """A repair with a slip in it must not pass for one."""
    with pytest.raises(TypeError):
        changed(PARABOLA, {"learning_rate": 0.1})


def test_a_training_does_what_its_declaration_says() -> None:
    """Three steps of w ← w − 0.25 · 2w, by hand: 2 → 1 → 0.5 → 0.25."""
    trained = train(Training("landscape:parabola", rate=0.25, steps=3), None)
    assert trained.before["loss"] == pytest.approx(4.0)
    assert trained.after["loss"] == pytest.approx(0.0625)


def test_a_case_is_examined_from_training_to_verdict(tmp_path: object) -> None:
    """The article's second example: diverges, is called so, and converges with the learning rate that is advised."""
    fault = Training("landscape:parabola", rate=1.5, steps=20)
    case = Case("high-learning-rate/x", fault, frozenset({"high-learning-rate"}), {"rate": 0.1}, onset=0)
    found = examine(case, tmp_path)  # type: ignore[arg-type]  # pytest's fixture is a Path
    assert not found.refused
    assert found.findings[0].id == "high-learning-rate"
    assert found.advice
    assert found.rate == pytest.approx(1.5, rel=1e-4)
    assert found.works
