"""Practice trainings repeat by name, stay clear of the held-out half, and are what their names say."""

import re
from dataclasses import asdict, replace

import pytest

from tests.benchmarks.diagnosis.cases import CASES
from tests.benchmarks.diagnosis.practice import chosen
from tests.benchmarks.diagnosis.practice_crossed import GROUPS, TUNING, crossed, fault_of, fits, repeats_held_out
from tests.benchmarks.diagnosis.training import Case, Training, fingerprint

COUNT = 12
MADE = [crossed(group, number) for number in range(COUNT) for group in GROUPS]


def test_a_name_is_always_the_same_training() -> None:
    """And another name another one."""
    assert [crossed(*_parts(c.name)) for c in MADE] == MADE
    assert len({fingerprint(c.training) for c in MADE}) == len(MADE)


def _parts(name: str) -> tuple[str, int]:
    group, _, number = name.partition("/crossed-")
    return group, int(number)


def test_no_crossed_training_is_a_held_out_case() -> None:
    """Whatever its seed."""
    held_out = {fingerprint(replace(c.training, seed=0)) for c in CASES if c.held_out}
    assert not held_out & {fingerprint(replace(c.training, seed=0)) for c in MADE}


def test_a_held_out_case_with_another_seed_is_recognized() -> None:
    """The guard can fail."""
    held_out = next(c for c in CASES if c.held_out)
    assert repeats_held_out(replace(held_out.training, seed=12345))
    assert not any(repeats_held_out(c.training) for c in MADE)


def test_only_the_half_that_may_be_looked_at_is_crossed() -> None:
    """Bases and faults alike."""
    assert TUNING
    assert not any(c.held_out for c in TUNING)
    tasks = {_kind(t) for c in TUNING for t in (c.training, c.repaired)}
    assert {_kind(c.training) for c in MADE} <= tasks


def _kind(training: Training) -> tuple[str, str, str]:
    return training.task.rpartition(":")[0] or training.task, training.model, training.activation


@pytest.mark.parametrize("group", [g for g in GROUPS if g != "healthy"])
def test_the_repair_undoes_what_the_fault_did(group: str) -> None:
    """Faulty training and twin differ, and in nothing but what the fault moved."""
    faults = [set(fault_of(c)) for c in TUNING if c.name.startswith(f"{group}/")]
    for case in (c for c in MADE if c.name.startswith(f"{group}/")):
        faulty, twin = asdict(case.training), asdict(case.repaired)
        moved = {key for key in faulty if faulty[key] != twin[key]}
        assert moved
        assert any(moved <= fault | {"factor"} for fault in faults)
        assert group in case.truth


def test_what_is_cut_off_holds_a_variable() -> None:
    """The first stage of a dense net or a convolution only reshapes."""
    cut = [c.training for c in MADE if c.training.fault == "detached"]
    assert cut
    assert all(t.factor >= (1 if t.model in {"embedding", "factors"} else 2) for t in cut)


def test_healthy_ones_have_no_truth_and_no_repair() -> None:
    """They are healthy cases with another seed."""
    healthy = [c for c in MADE if c.name.startswith("healthy/")]
    assert healthy
    assert all(c.healthy and not c.repair for c in healthy)


def test_a_fault_is_done_only_where_it_is_the_same_fault() -> None:
    """Token numbers have no scale, Adam no momentum of its own, a convolution no layers that could be confused."""
    scaled = _source("inputs-scaled")
    assert fits(fault_of(scaled), scaled, Training("digits"))
    assert not fits(fault_of(scaled), scaled, Training("tokens", model="embedding"))
    heavy = next(c for c in TUNING if set(fault_of(c)) == {"momentum"})
    assert fits(fault_of(heavy), heavy, Training("digits", optimizer="momentum", momentum=0.9))
    assert not fits(fault_of(heavy), heavy, Training("digits", optimizer="adam"))
    zipped = _source("misassigned")
    assert fits(fault_of(zipped), zipped, Training("digits", widths=(16, 16, 16)))
    assert not fits(fault_of(zipped), zipped, Training("digits", model="cnn", widths=(8, 16)))


def _source(fault: str) -> Case:
    return next(c for c in TUNING if c.training.fault == fault)


def test_the_command_takes_names_and_numbers() -> None:
    """Of both kinds of practice."""
    drawn = list(chosen("learning-rate", range(2), crossed=False))
    assert [c.name for c in drawn if "low" in c.name] == ["low-learning-rate/drawn-0", "low-learning-rate/drawn-1"]
    found = list(chosen("^(healthy|dead-units)/", range(2), crossed=True))
    assert {c.name for c in found} == {f"{g}/crossed-{n}" for g in ("healthy", "dead-units") for n in (0, 1)}
    assert all(re.search("learning-rate", c.name) for c in drawn)
