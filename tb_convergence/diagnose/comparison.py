"""Two runs side by side: where they part, in what they differ, and which difference explains the outcome."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tb_convergence.diagnose.context import BAD, Context
from tb_convergence.diagnose.engine import RULES, diagnose
from tb_convergence.diagnose.estimators.pairing import paired
from tb_convergence.diagnose.estimators.parting import Parting, parting
from tb_convergence.diagnose.finding import Diagnosis, Number, Outcome
from tb_convergence.diagnose.rules.rule import Rule
from tb_convergence.diagnose.wording import number
from tb_convergence.series import Series

NOTABLE = 0.05
"""Relative difference of two identified settings, or of two learning rates, from which on it is told."""

NOTABLE_START = 0.5
"""Relative difference of two initial weight norms that is told; below it, seeds may differ so."""

EXPLAINS: Mapping[str, tuple[str, ...]] = {
    "high-learning-rate": ("learning_rate",),
    "low-learning-rate": ("learning_rate",),
    "slow-convergence": ("learning_rate", "momentum", "optimizer"),
    "excessive-momentum": ("momentum",),
    "missing-momentum": ("momentum",),
    "oscillating-updates": ("momentum", "learning_rate"),
    "poor-initialization": ("initial_weight",),
    "vanishing-gradient": ("activation", "initial_weight", "variables"),
    "exploding-gradient": ("initial_weight", "clipping", "learning_rate"),
    "dead-units": ("activation", "initial_weight", "learning_rate"),
    "saturated-activations": ("activation", "initial_weight"),
    "diverging-loss": ("learning_rate", "momentum", "optimizer"),
    "non-finite-values": ("learning_rate", "momentum", "optimizer"),
}
"""Finding of the worse run → the kinds of difference that could bring it about, the likeliest first."""

_WORSE = (*BAD, Outcome.SLOW)
_GOOD = (Outcome.CONVERGING, Outcome.CONVERGED, Outcome.NOT_SETTLED)
_SETTINGS = ("learning_rate", "momentum", "nesterov", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm")
_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two runs differ.

    Attributes:
      kind: ``optimizer``, ``learning_rate``, ``momentum``, ``nesterov``, ``weight_decay``, ``clipping``,
        ``initial_weight``, ``activation`` or ``variables``.
      name: what differs, e.g. ``dense/kernel`` or ``clipnorm``.
      values: of the first run and of the second; ``None``: not there.
    """

    kind: str
    name: str
    values: tuple[Number, Number]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs have to do with each other.

    Attributes:
      diagnoses: of the first run and of the second.
      parting: where they first part; ``None``: nowhere on the steps that both have.
      differences: all that is known to differ, settings first.
      explanation: the difference that explains why one run does worse; ``None``: none does, or none does worse.
      summary: one or two sentences that say so.
    """

    diagnoses: tuple[Diagnosis, Diagnosis]
    parting: Parting | None
    differences: tuple[Difference, ...]
    explanation: Difference | None
    summary: str


def compare(a: Series, b: Series, *, rules: tuple[Rule, ...] = RULES) -> Comparison:
    """Compares two runs, which may differ in length, in cadence and in their variables."""
    diagnoses = (diagnose(a, rules=rules), diagnose(b, rules=rules))
    with np.errstate(all="ignore"):
        place = parting(a, b)
        differences = (*_settings(a, b), *_variables(a, b))
    worse = _worse(diagnoses)
    explanation = None if worse is None else _explanation(diagnoses[worse], differences)
    summary = f"{_where(place, (a.run, b.run))} {_why(diagnoses, worse, explanation, differences)}"
    return Comparison(diagnoses, place, differences, explanation, summary)


def _settings(a: Series, b: Series) -> Iterator[Difference]:
    kinds = tuple(None if s.optimizer is None else str(s.optimizer.get("class")) for s in (a, b))
    if None not in kinds and kinds[0] != kinds[1]:
        yield Difference("optimizer", "optimizer", (kinds[0], kinds[1]))
    ours, theirs = (_known_settings(s) for s in (a, b))
    for name in _SETTINGS:
        values = (ours.get(name), theirs.get(name))
        if (name in ours or name in theirs) and _differ(*values):
            yield Difference("clipping" if name in _CLIPPING else name, name, values)


def _known_settings(series: Series) -> dict[str, Number]:
    """What the optimizer was told to do, and over it what its updates show that it did."""
    config = {} if series.optimizer is None else series.optimizer.get("config") or {}
    found: dict[str, Number] = {name: config[name] for name in _SETTINGS if isinstance(config.get(name), int | float)}
    rates = series.step("learning_rate")
    if np.isfinite(rates).any():
        found["learning_rate"] = float(np.nanmedian(rates))
    if len(series) and series.variables:
        fit = Context(series).fit
        for name, value in (("learning_rate", fit.learning_rate), ("momentum", fit.momentum)):
            if len(value) and np.isfinite(value[0]):
                found[name] = float(value[0])
    return found


def _differ(x: Number, y: Number) -> bool:
    if isinstance(x, int | float) and isinstance(y, int | float):
        return bool(abs(x - y) > NOTABLE * max(abs(x), abs(y)))
    return x != y and bool(x or y)  # not set and set to 0 mean the same


def _variables(a: Series, b: Series) -> Iterator[Difference]:
    partner = dict(paired(a.variables, b.variables))
    for i, variable in enumerate(a.variables):
        if i in partner:
            yield from _one_variable(a, b, i, partner[i])
        else:
            yield Difference("variables", variable.name, (str(variable.shape), None))
    known = set(partner.values())
    yield from (
        Difference("variables", v.name, (None, str(v.shape))) for j, v in enumerate(b.variables) if j not in known
    )


def _one_variable(a: Series, b: Series, i: int, j: int) -> Iterator[Difference]:
    """The first of shape, activation and initial size in which ``i`` of the one differs from ``j`` of the other."""
    variable, other = a.variables[i], b.variables[j]
    if other.shape != variable.shape:
        yield Difference("variables", variable.name, (str(variable.shape), str(other.shape)))
    elif variable.activation and other.activation and variable.activation != other.activation:
        yield Difference("activation", variable.name, (variable.activation, other.activation))
    elif len(a) and len(b):
        norms = float(a.norm("weight")[0, i]), float(b.norm("weight")[0, j])
        if abs(norms[0] - norms[1]) > NOTABLE_START * max(norms):
            yield Difference("initial_weight", variable.name, norms)


def _worse(diagnoses: tuple[Diagnosis, Diagnosis]) -> int | None:
    """Which of two runs does worse, where one goes well and the other does not."""
    bad, good = ([d.outcome in kinds for d in diagnoses] for kinds in (_WORSE, _GOOD))
    return next((i for i in (0, 1) if bad[i] and good[1 - i]), None)


def _explanation(worse: Diagnosis, differences: tuple[Difference, ...]) -> Difference | None:
    for finding in worse.findings:
        for kind in EXPLAINS.get(finding.id, ()):
            fitting = [d for d in differences if d.kind == kind]
            if fitting:
                return fitting[0]
    return differences[0] if len(_ways(differences)) == 1 else None


def _ways(differences: tuple[Difference, ...]) -> set[tuple[str, tuple[Number, Number]]]:
    """In how many ways two runs differ: another activation in every layer is one."""
    return {(d.kind, d.values) for d in differences}


def _where(place: Parting | None, runs: tuple[str, str]) -> str:
    if place is None:
        return "They do not part on the steps that both have recorded."
    named = place.statistic.replace("_", " ") + (f" of {place.variable}" if place.variable else "")
    values = ", ".join(f"{number(v)} in {run}" for v, run in zip(place.values, runs, strict=True))
    return f"They part at step {place.step}, in the {named}: {values}."


def _why(
    diagnoses: tuple[Diagnosis, Diagnosis],
    worse: int | None,
    explanation: Difference | None,
    differences: tuple[Difference, ...],
) -> str:
    if worse is None:
        return "Neither does clearly worse."
    name = f"{diagnoses[worse].run} does worse ({diagnoses[worse].outcome})"
    if explanation is not None:
        of = "" if explanation.kind == explanation.name else f" of {explanation.name}"
        mine, other = explanation.values[worse], explanation.values[1 - worse]
        what = explanation.kind.replace("_", " ") + of
        return f"{name}; what explains it is the {what}, {_text(mine)} instead of {_text(other)}."
    if not differences:
        return f"{name}, and nothing that was recorded of its settings differs: look at data, seed and code."
    return f"{name}; {len(_ways(differences))} things differ, and none of them alone explains it."


def _text(value: Number) -> str:
    if value is None:
        return "none"
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
