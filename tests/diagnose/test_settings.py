"""Settings: other thresholds, muted findings, and errors that list what there is."""

import functools
import tomllib
from typing import Any

import numpy as np
import pytest

from tb_convergence.diagnose.engine import RULES, diagnose
from tb_convergence.diagnose.finding import Diagnosis
from tb_convergence.diagnose.settings import Settings, SettingsError, configured, settings_of
from tb_convergence.series import Series
from tests.diagnose.runs import FAULTY
from tests.diagnose.simulate import parabola, sgd


@functools.cache
def killed() -> Series:
    return FAULTY["relu killed"][1](1)


def settings(text: str) -> Settings:
    return settings_of(tomllib.loads(text), RULES, "here.toml")


def diagnosed(text: str) -> Diagnosis:
    return diagnose(killed(), rules=configured(RULES, settings(text)))


def finding(found: Diagnosis, name: str) -> Any:
    return next((f for f in found.findings if f.id == name), None)


def test_nothing_set_changes_nothing() -> None:
    """The very same rules."""
    assert configured(RULES, settings("")) == RULES


def test_a_threshold_decides_and_is_shown_with_the_finding() -> None:
    """Whatever was set for a rule stands in its evidence."""
    assert finding(diagnosed(""), "dead-units") is not None
    found = finding(diagnosed("[thresholds.dead-units]\ndead = 0.5\nfewest = 12"), "dead-units")
    assert found.evidence["configured_dead"] == 0.5
    assert found.evidence["configured_fewest"] == 12
    assert found.evidence["threshold"] == 0.5
    assert finding(diagnosed("[thresholds.dead-units]\ndead = 1.5"), "dead-units") is None


def test_a_muted_finding_is_not_raised_and_not_called_clear() -> None:
    """It stands among what does not apply, with what it would have said."""
    found = diagnosed('mute = ["dead-units"]')
    assert finding(found, "dead-units") is None
    assert "dead-units" not in {rule.id for rule in found.clear}
    (said,) = (rule.reason for rule in found.not_applicable if rule.id == "dead-units")
    assert said.startswith("muted in here.toml; it says: ")


def test_a_finding_is_muted_for_some_variables() -> None:
    """The others are judged as if those were not there, so that the sentences fit."""
    before = finding(diagnosed(""), "dead-units")
    first = before.variables[0]
    found = finding(diagnosed(f'[[mute]]\nfinding = "dead-units"\nvariables = "^{first}$"'), "dead-units")
    assert first not in found.variables
    assert set(found.variables) == set(before.variables) - {first}
    assert first not in found.summary
    everything = diagnosed('[[mute]]\nfinding = "dead-units"\nvariables = "."')
    assert finding(everything, "dead-units") is None
    nothing = diagnosed('[[mute]]\nfinding = "dead-units"\nvariables = "^decoder/"')
    assert finding(nothing, "dead-units") == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "threshold = 1",
            "here.toml: key 'threshold' does not exist; did you mean thresholds? There are: thresholds, mute",
        ),
        ("[thresholds.dead-unit]\ndead = 1", "finding 'dead-unit' does not exist; did you mean dead-units?"),
        ("[thresholds.dead-units]\ndaed = 1", "threshold 'daed' does not exist; did you mean dead?"),
        ("[thresholds.dead-units]\nDEAD = 1", "threshold 'DEAD' does not exist"),
        (
            '[thresholds.dead-units]\ndead = "much"',
            "thresholds.dead-units.dead must be a number (default 0.9), got 'much'",
        ),
        ("[thresholds.dead-units]\ndead = nan", "must be a number"),
        ("[thresholds.dead-units]\nfewest = 2.5", "must be a whole number (default 10), got 2.5"),
        ("[thresholds.dead-units]\nfewest = true", "must be a whole number"),
        ("thresholds = 3", "thresholds must be a table, got 3"),
        ('mute = "dead-units"', "must be a list of findings"),
        ('mute = ["dead"]', "finding 'dead' does not exist"),
        ('[[mute]]\nvariables = "x"', "finding None does not exist"),
        ('[[mute]]\nfinding = "dead-units"\nvariable = "x"', "key 'variable' does not exist; did you mean variables?"),
        ('[[mute]]\nfinding = "dead-units"\nvariables = "("', "is not a regular expression"),
        ("mute = [3]", "must be a table, got 3"),
    ],
)
def test_what_means_nothing_is_an_error_that_lists_what_there_is(text: str, said: str) -> None:
    """And says where it stands."""
    with pytest.raises(SettingsError) as caught:
        settings(text)
    assert said in str(caught.value)
    assert str(caught.value).startswith("here.toml: ")


def test_settings_say_what_they_are() -> None:
    """For the note in a report."""
    said = str(settings('mute = ["dead-units"]\n[thresholds.low-learning-rate]\nfewest = 30'))
    assert said == "low-learning-rate.fewest = 30, dead-units muted (from here.toml)"


def test_a_rule_is_as_certain_as_it_is_set() -> None:
    """From when it does not yield is one of its thresholds, and reaches the engine."""
    (rule,) = (r for r in configured(RULES, settings("[thresholds.noisy-gradient]\ncertain = 0.5")) if r.certain == 0.5)
    assert rule.id == "noisy-gradient"


def test_a_run_that_breaks_off_is_told_with_settings_as_without() -> None:
    """The rule that looks at the break gets the whole run, also where something is set for it."""
    series = parabola(sgd(0.01), 30)
    series.step("loss")[20:] = np.inf
    text = '[[mute]]\nfinding = "non-finite-values"\nvariables = "^decoder/"'
    found = diagnose(series, rules=configured(RULES, settings(text)))
    assert finding(found, "non-finite-values") is not None
    assert finding(found, "non-finite-values") == finding(diagnose(series), "non-finite-values")
