"""Crossed trainings to practise on: the fault of one case done to the healthy training of another.

Both come from the half of the suite that may be looked at. The training gets a seed of its own, and its rate, widths,
batch, steps and the size of the fault are changed a little. What only repeats a held-out case is drawn again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from zlib import crc32

import numpy as np

from tests.benchmarks.diagnosis.cases import CASES
from tests.benchmarks.diagnosis.faulty.declare import Suite, half
from tests.benchmarks.diagnosis.practice_draw import Rng, between, one
from tests.benchmarks.diagnosis.problems import LANDSCAPE
from tests.benchmarks.diagnosis.training import Case, Training, changed, fingerprint

HEALTHY = "healthy"
TRIES = 100
"""Draws until one is no held-out case; each fails with a small chance only."""

TUNING = tuple(c for c in CASES if not c.held_out and not c.training.task.startswith("game:"))
GROUPS = tuple(sorted({c.name.split("/")[0] for c in TUNING}))

_VALUES = {"linear", "noisy", "correlated", "sine", "friedman", "waves", "autoencode", "ratings", "counts"}
_TOKENS = {"tokens", "chain", "ratings"}
_HEAVY = {"momentum", "nesterov"}
_PLAIN = {"sgd", *_HEAVY}
_NEEDED = 0.85
"""Momentum above which a training is taken to need it."""

_ALIKE = {"attention", "factors", "residual"}
_SETTINGS = {"optimizer", "rate", "momentum"}
_ON_LANDSCAPES = {"gradient-scaled", "gradient-one-scaled", "gradient-noise", "ascent", "unapplied"}


def crossed(group: str, number: int) -> Case:
    """The training of this number in this group, named ``group/crossed-number``."""
    rng = np.random.default_rng([crc32(group.encode()), number, 2])
    name = f"{group}/crossed-{number}"
    for _ in range(TRIES):
        case = _healthy(rng, name) if group == HEALTHY else _faulty(rng, group, name)
        if not repeats_held_out(case.training):
            return case
    raise RuntimeError(f"{name}: {TRIES} draws, and each repeats a held-out case; let the draw vary more")


def repeats_held_out(training: Training) -> bool:
    """Whether this is a held-out case, but perhaps for the seed."""
    return fingerprint(replace(training, seed=0)) in _HELD_OUT


_HELD_OUT = frozenset(fingerprint(replace(c.training, seed=0)) for c in CASES if c.held_out)


def _healthy(rng: Rng, name: str) -> Case:
    source = one(rng, [c for c in TUNING if c.healthy])
    return replace(source, name=name, training=_varied(rng, source.training), probes=half(name))


def _faulty(rng: Rng, group: str, name: str) -> Case:
    source = one(rng, [c for c in TUNING if c.name.startswith(f"{group}/")])
    moved = fault_of(source)
    bases = [b for b in _BASES if fits(moved, source, b)] or [source.repaired]
    base = _varied(rng, one(rng, bases))
    if moved.get("fault") == "detached":
        moved |= {"factor": source.training.factor}  # where to cut, of which 1 is the default
    fault = {key: _sized(rng, key, moved, source, base) for key in moved}
    suite = Suite()
    onset = int(fault.get("since", source.onset or 0))
    also = source.truth - {group}
    suite.add(group, name.split("/")[1], base, fault, *also, onset=onset, measure=source.measure)
    return suite.cases[0]


def fault_of(source: Case) -> dict[str, Any]:
    """Fields in which the faulty training differs from its twin; settings only where nothing else differs."""
    faulty, twin = asdict(source.training), asdict(source.repaired)
    moved = {key: value for key, value in faulty.items() if value != twin[key]}
    others = {key: value for key, value in moved.items() if key not in _SETTINGS}
    return others or moved


_BASES: tuple[Training, ...] = tuple(
    {
        fingerprint(t): t
        for c in TUNING
        for t in [c.training if c.healthy else c.repaired]
        if not (t.pretrain or t.frozen or t.fault or c.below)
    }.values()
)


def fits(moved: Mapping[str, Any], source: Case, base: Training) -> bool:
    """Whether this fault can be done to ``base``, and would be the same fault there."""
    kind = str(moved.get("fault", ""))
    keys = set(moved)
    if keys & {"task", "widths"} or ("activation" in keys):
        return False  # the fault is this training's own
    if base.task.startswith(LANDSCAPE):
        still = kind in _ON_LANDSCAPES or keys <= _SETTINGS
        return still and all(test(moved, source, base) for test in _MOMENTUM)
    return all(test(moved, source, base) for test in _TESTS) and _fault_fits(kind, base)


_Test = Callable[[Mapping[str, Any], Case, Training], bool]
_MOMENTUM: Sequence[_Test] = (
    lambda m, _, b: "momentum" not in m or _family(b) in _HEAVY,
    lambda m, _, b: "optimizer" not in m or (b.momentum > _NEEDED and (b.batch == 0 or b.task.startswith(LANDSCAPE))),
)
_TESTS: Sequence[_Test] = (
    *_MOMENTUM,
    lambda m, _, b: not {"clip"} & set(m) or _family(b) in _PLAIN,
    lambda m, _, b: "schedule" not in m or b.schedule == "constant",
    lambda m, s, b: not {"output", "loss"} & set(m) or (not b.loss and not b.output and _same_kind(s.training, b)),
    lambda m, s, b: "loss" not in m or s.training.output == b.output,
    lambda m, s, b: not {"gain", "bias"} & set(m) or (not b.normalization and b.activation == s.training.activation),
    lambda m, s, b: not {"gain", "bias", "init"} & set(m) or b.model in {s.training.model, "mlp"},
    lambda m, _, b: not {"gain", "bias", "init"} & set(m) or bool(b.widths),
    lambda m, _, b: "init" not in m or m["init"] != "negative" or b.activation == "relu",
    lambda m, _, b: "batch" not in m or (b.batch > 0 and _family(b) == "sgd"),
    lambda m, _, b: "examples" not in m or bool(b.widths),
    lambda _, s, b: s.measure != "error" or b.task not in _VALUES,
)


def _fault_fits(kind: str, base: Training) -> bool:
    test = _FAULTS.get("inputs" if kind.startswith("inputs-") else kind)
    return test is None or test(base)


def _has_numbers(base: Training) -> bool:
    return base.task not in _TOKENS


def _has_twins(base: Training) -> bool:
    return base.model in _ALIKE or (len(set(base.widths)) == 1 and len(base.widths) > 2)


_FAULTS: Mapping[str, Callable[[Training], bool]] = {
    "inputs": _has_numbers,
    "batch-outlier": _has_numbers,
    "batch-nan": _has_numbers,
    "misassigned": _has_twins,
    "detached": lambda b: b.model in {"mlp", "cnn", "conv1d", "embedding", "factors"} and bool(b.widths),
    "sorted": lambda b: b.task not in _VALUES and b.batch > 0,
    "drift": lambda b: b.task in _VALUES - {"ratings", "counts"},
    "gradient-noise": lambda b: _family(b) in _PLAIN,
    "gradient-scaled": lambda b: _family(b) in _PLAIN,
    "gradient-one-scaled": lambda b: b.model == "mlp" and bool(b.widths),
}
"""Faults that not every training can have, or that do no harm in some."""


def _family(training: Training) -> str:
    return training.optimizer.removeprefix("keras-")


def _same_kind(one_: Training, other: Training) -> bool:
    return (one_.task in _VALUES) == (other.task in _VALUES)


def _varied(rng: Rng, base: Training) -> Training:
    """Another seed; a slightly other rate, size, batch and length."""
    low, high = (0.8, 1.1) if base.task.startswith(LANDSCAPE) else (0.6, 1.4)
    made = changed(
        base,
        {
            "seed": int(rng.integers(1, 10_000)),
            "rate": _digits(base.rate * between(rng, low, high)),
            "steps": round(base.steps * rng.uniform(0.85, 1.3)),
            "batch": int(base.batch * one(rng, (0.5, 1, 1, 2))) if base.batch > 4 else base.batch,
        },
    )
    if base.model != "mlp" or base.task == "autoencode" or base.task.startswith(LANDSCAPE):
        return made
    share = one(rng, (0.5, 0.75, 1.0, 1.0, 1.5))
    return replace(made, widths=tuple(max(4, round(share * w)) for w in base.widths))


def _digits(value: float) -> float:
    return float(f"{value:.3g}")


def _sized(rng: Rng, key: str, moved: Mapping[str, Any], source: Case, base: Training) -> Any:
    """What this field of the faulty training becomes: about as far from ``base`` as the source's is from its twin."""
    value, twin = moved[key], getattr(source.repaired, key)
    if key == "rate":
        ratio = value / twin
        return _digits(base.rate * (ratio if "optimizer" in moved else ratio * between(rng, 0.6, 1.6)))
    if key == "factor":
        return _factor(rng, float(value), str(moved.get("fault", "")), base)
    change = _SIZES.get(key)
    return value if change is None else change(rng, value)


def _factor(rng: Rng, value: float, fault: str, base: Training) -> float:
    if fault == "detached":
        first = 1 if base.model in {"embedding", "factors"} else 2  # other nets begin with a stage that only reshapes
        return float(rng.integers(first, first + len(base.widths)))
    if fault == "drift":
        return _digits(1.0 + (value - 1.0) * between(rng, 0.6, 1.6))
    return value if value == -1.0 else _digits(value * between(rng, 0.5, 2.0))


def _numbered(rng: Rng, text: str) -> str:
    """``kind:number`` with another number; a decay a step stays below 1."""
    kind, colon, number = text.rpartition(":")
    if not colon or kind == "landscape":
        return text
    x, by = float(number), between(rng, 0.6, 1.6)
    return f"{kind}:{1.0 - (1.0 - x) * by:.3g}" if kind == "exponential" else f"{kind}:{x * by:.3g}"


_SIZES: Mapping[str, Callable[[Rng, Any], Any]] = {
    "momentum": lambda rng, m: _digits(1.0 - (1.0 - m) * between(rng, 0.6, 1.6)) if m > 0.95 else m,
    "gain": lambda rng, g: _digits(g * between(rng, 0.7, 1.4)),
    "bias": lambda rng, b: _digits(b * between(rng, 0.8, 1.4)),
    "clip": lambda rng, c: _digits(c * between(rng, 0.5, 1.5)),
    "examples": lambda rng, n: round(n * between(rng, 0.7, 1.4)),
    "since": lambda rng, t: round(t * between(rng, 0.6, 1.3)),
    "schedule": _numbered,
    "task": _numbered,
}
