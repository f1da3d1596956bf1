"""Judged on seeds and architectures that no threshold was chosen on: silent on health, right on faults."""

import functools

import pytest

from tb_convergence.diagnose.engine import diagnose
from tb_convergence.diagnose.finding import Diagnosis, Severity
from tests.diagnose.runs import FAULTY, HEALTHY

HEALTHY_RUNS = [(name, 100) for name in HEALTHY] + [(name, 101) for name in list(HEALTHY)[::2]]
FAULTY_SEEDS = (200, 201)


@functools.cache
def _healthy() -> dict[tuple[str, int], Diagnosis]:
    return {(name, seed): diagnose(HEALTHY[name](seed)) for name, seed in HEALTHY_RUNS}


def _with(severities: set[Severity]) -> list[tuple[str, int, str]]:
    return [(*key, f.summary) for key, found in _healthy().items() for f in found.findings if f.severity in severities]


def test_healthy_runs_raise_no_error() -> None:
    """Not one, on 40 runs and more."""
    assert len(_healthy()) >= 40
    assert _with({Severity.ERROR}) == []


def test_healthy_runs_raise_at_most_one_warning() -> None:
    """A tool that cries wolf is switched off."""
    assert len(_with({Severity.WARNING})) <= 1


def test_no_rule_fails() -> None:
    """On whatever real trainings bring."""
    assert not [n for found in _healthy().values() for n in found.not_enough_evidence if "failed" in n.reason]


@pytest.mark.parametrize("seed", FAULTY_SEEDS)
@pytest.mark.parametrize("name", FAULTY)
def test_the_cause_of_a_faulty_run_comes_first(name: str, seed: int) -> None:
    """Named as an error, above all of its consequences."""
    cause, run = FAULTY[name]
    first = diagnose(run(seed)).findings[0]
    assert (first.id, first.severity) == (cause, Severity.ERROR)
