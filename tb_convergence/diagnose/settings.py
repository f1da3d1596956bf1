"""What a user decides about the diagnosis: other thresholds, and findings that are not to be raised. Pure.

In TOML::

    mute = ["low-learning-rate", {finding = "dead-units", variables = "^decoder/"}]

    [thresholds.dead-units]
    dead = 0.8
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tb_convergence.diagnose.context import Context
from tb_convergence.diagnose.rules.rule import Answer, Found, NotApplicable, Rule
from tb_convergence.diagnose.thresholds import Number, thresholds, with_thresholds
from tb_convergence.series import Series

CONFIGURED = "configured_"
"""Before the name of a threshold in the evidence of a finding, where it was set."""

_KEYS = ("thresholds", "mute")
_MUTE_KEYS = ("finding", "variables")


class SettingsError(ValueError):
    """Settings that mean nothing; the text says where they stand, what came, and what there is."""


@dataclass(frozen=True, slots=True)
class Mute:
    """A finding that is not to be raised; ``variables``: only for names with a match of this, default all."""

    finding: str
    variables: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Other thresholds, by finding and name, and what is muted.

    Attributes:
      source: where they stand, for people.
    """

    thresholds: Mapping[str, Mapping[str, Number]] = field(default_factory=dict)
    mutes: tuple[Mute, ...] = ()
    source: str = "settings"

    def __str__(self) -> str:
        numbers = [f"{rule}.{name} = {value:g}" for rule, of in self.thresholds.items() for name, value in of.items()]
        muted = [f"{m.finding} muted" + (f" for {m.variables}" if m.variables else "") for m in self.mutes]
        return f"{', '.join([*numbers, *muted]) or 'nothing'} (from {self.source})"


def settings_of(document: Mapping[str, Any], rules: Sequence[Rule], source: str = "settings") -> Settings:
    """The settings that a parsed TOML file holds.

    Raises:
      SettingsError: a key, a finding or a threshold that does not exist, or a value of the wrong kind.
    """
    by_id = {rule.id: rule for rule in rules}
    _known(document, _KEYS, f"{source}: key")
    numbers = _table(document.get("thresholds", {}), f"{source}: thresholds")
    _known(numbers, by_id, f"{source}: thresholds of finding")
    return Settings(
        thresholds={name: _numbers(by_id[name], of, source) for name, of in numbers.items()},
        mutes=tuple(_mute(item, by_id, source) for item in _list(document.get("mute", []), f"{source}: mute")),
        source=source,
    )


def configured(rules: Sequence[Rule], settings: Settings) -> tuple[Rule, ...]:
    """The rules as the settings want them, to be given to ``engine.diagnose``."""
    return tuple(_configured(rule, settings) for rule in rules)


def _configured(rule: Rule, settings: Settings) -> Rule:
    numbers = settings.thresholds.get(rule.id, {})
    mutes = [mute for mute in settings.mutes if mute.finding == rule.id]
    if not numbers and not mutes:
        return rule
    changed = with_thresholds(rule, numbers)

    def check(context: Context) -> Answer:
        answer = _unmuted(changed, changed.check(context), context, mutes, settings.source)
        if not isinstance(answer, Found):
            return answer
        return replace(answer, evidence={**answer.evidence, **{CONFIGURED + name: x for name, x in numbers.items()}})

    return replace(changed, check=check)


def _unmuted(rule: Rule, answer: Answer, context: Context, mutes: Sequence[Mute], source: str) -> Answer:
    """The answer without what is muted. A muted finding is not clear: it is said that it was muted."""
    if not mutes or not isinstance(answer, Found):
        return answer
    muted = NotApplicable(f"muted in {source}; it says: {answer.summary}")
    patterns = [m.variables for m in mutes]
    if any(p is None for p in patterns):
        return muted
    left = [not any(re.search(p or "", v.name) for p in patterns) for v in context.series.variables]
    concerned = set(answer.variables)
    kept = {v.name for v, stays in zip(context.series.variables, left, strict=True) if stays}
    if not concerned or concerned <= kept:
        return answer  # of the whole model, or of other variables
    again = rule.check(Context(_of_variables(context.series, left))) if concerned & kept else muted
    return again if isinstance(again, Found) else muted


def _of_variables(series: Series, left: Sequence[bool]) -> Series:
    columns = np.flatnonzero(left)
    return replace(
        series,
        variables=tuple(series.variables[i] for i in columns),
        values={name: values[:, columns] for name, values in series.values.items()},
    )


def _numbers(rule: Rule, values: Any, source: str) -> dict[str, Number]:
    place = f"{source}: thresholds.{rule.id}"
    there = thresholds(rule)
    _known(_table(values, place), there, f"{place}: threshold")
    return {name: _number(value, there[name].default, f"{place}.{name}") for name, value in values.items()}


def _number(value: Any, default: Number, place: str) -> Number:
    whole = isinstance(default, int)
    fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not fits or not np.isfinite(value):
        kind = "a whole number" if whole else "a number"
        raise SettingsError(f"{place} must be {kind} (default {default:g}), got {value!r}")
    return int(value) if whole else float(value)


def _mute(item: Any, by_id: Mapping[str, Rule], source: str) -> Mute:
    place = f"{source}: mute"
    table = {"finding": item} if isinstance(item, str) else _table(item, place)
    _known(table, _MUTE_KEYS, f"{place}: key")
    finding, pattern = table.get("finding"), table.get("variables")
    _known([finding], by_id, f"{place}: finding")
    try:
        re.compile(pattern or "")
    except (re.error, TypeError) as error:
        raise SettingsError(f"{place}: variables = {pattern!r} is not a regular expression: {error}") from error
    return Mute(str(finding), pattern)


def _known(names: Any, there: Any, what: str) -> None:
    """Raises for a name that is not there, and says which are, the nearest first."""
    for name in names:
        if name not in there:
            near = difflib.get_close_matches(str(name), list(there), n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise SettingsError(f"{what} {name!r} does not exist{hint} There are: {', '.join(there) or 'none'}")


def _table(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{place} must be a table, got {value!r}")
    return value


def _list(value: Any, place: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise SettingsError(f"{place} must be a list of findings, or [[mute]] tables; got {value!r}")
    return value
