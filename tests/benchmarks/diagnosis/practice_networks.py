"""Random trainings with a fault in gradients, network or data, and random healthy ones: recipes, not cases.

A recipe draws a healthy training from the suite's own building blocks, and a fault for it. Whether the label holds is
found out by running it, as for the cases of the suite; what does not hold is dropped.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.benchmarks.diagnosis.practice_draw import Drawn, Recipe, Rng
from tests.benchmarks.diagnosis.practice_draw import between as _log
from tests.benchmarks.diagnosis.training import Training

_RATES = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adam": 0.005, "rmsprop": 0.003, "adamw": 0.005}
_RELUS = ("relu", "relu", "leaky_relu", "gelu", "elu", "selu")


def _pick(rng: Rng, *options: Any) -> Any:
    return options[int(rng.integers(len(options)))]


def _optimized(rng: Rng, training: Training, *, among: tuple[str, ...] = tuple(_RATES), scale: float = 1.0) -> Training:
    kind = _pick(rng, *among)
    keras = kind == "adamw" or rng.random() < 0.4
    heavy = kind in {"momentum", "nesterov"}
    return replace(
        training,
        optimizer=f"keras-{kind}" if keras else kind,
        rate=_log(rng, 0.5 * scale * _RATES[kind], 2.0 * scale * _RATES[kind]),
        momentum=_pick(rng, 0.8, 0.9, 0.9, 0.95) if heavy else 0.0,
        seed=int(rng.integers(1, 1000)),
        steps=int(rng.integers(12, 31)) * 10,
    )


def mlp(rng: Rng, *, depth: tuple[int, int] = (1, 3), activations: tuple[str, ...] = (*_RELUS, "tanh")) -> Training:
    """A dense net on one of the sets of vectors."""
    widths = (int(_pick(rng, 16, 24, 32, 48, 64)),) * int(rng.integers(depth[0], depth[1] + 1))
    task, batches = _pick(
        rng,
        ("digits", (16, 32, 64, 128)),
        ("digits", (32, 64)),
        ("even", (32, 64)),
        ("spirals", (32, 64, 0)),
        ("moons", (32, 64, 0)),
        ("blobs", (16, 64, 0)),
        ("friedman", (16, 32, 64)),
        ("linear", (32, 64, 0)),
        ("sine", (32, 64, 0)),
    )
    values = task in {"friedman", "linear", "sine"}
    made = Training(task, widths=widths, activation=_pick(rng, *activations), batch=_pick(rng, *batches))
    return _optimized(rng, made, scale=0.5 if values else 1.0)


def _images(rng: Rng) -> Training:
    widths = tuple(int(_pick(rng, 8, 12, 16)) for _ in range(int(rng.integers(1, 4))))
    made = Training("digits", model="cnn", widths=widths, batch=_pick(rng, 32, 64), activation=_pick(rng, *_RELUS))
    return replace(_optimized(rng, made, among=("adam", "rmsprop", "adamw"), scale=3.0), steps=200)


def _waves(rng: Rng) -> Training:
    widths = (int(_pick(rng, 12, 16, 24)),) * int(rng.integers(1, 4))
    made = Training("waves", model="conv1d", widths=widths, activation=_pick(rng, *_RELUS, "tanh"))
    return _optimized(rng, made, among=("adam", "momentum", "rmsprop"))


def _recurrent(rng: Rng) -> Training:
    task, model = _pick(rng, "digits", "waves"), _pick(rng, "rnn", "gru", "lstm")
    made = Training(task, model=model, widths=(int(_pick(rng, 12, 16, 24, 32)),), activation="tanh")
    return _optimized(rng, made, among=("adam", "rmsprop", "adamw"))


def _attention(rng: Rng) -> Training:
    task = _pick(rng, "digits", "chain", "tokens")
    made = Training(task, model="attention", widths=(16,) * int(rng.integers(1, 3)), batch=_pick(rng, 32, 64))
    return _optimized(rng, made, among=("adam", "adamw"))


def _embedded(rng: Rng) -> Training:
    if rng.random() < 0.4:
        made = Training("ratings", model="factors", widths=(int(_pick(rng, 3, 4, 6)),), batch=_pick(rng, 32, 64))
    else:
        made = Training("tokens", model="embedding", widths=(16, int(_pick(rng, 16, 32))), batch=_pick(rng, 32, 64))
    return replace(_optimized(rng, made, among=("adam", "rmsprop", "adamw"), scale=3.0), steps=250)


def _residual(rng: Rng) -> Training:
    made = Training("digits", model="residual", widths=(int(_pick(rng, 24, 32)),) * int(rng.integers(2, 5)))
    return _optimized(rng, made, among=("adam", "adamw", "rmsprop"), scale=0.7)


def _any(rng: Rng) -> Training:
    return _pick(rng, mlp, mlp, mlp, _images, _waves, _recurrent, _attention, _embedded, _residual)(rng)


# ---- gradients --------------------------------------------------------------------------------------------------


def _smooth(rng: Rng) -> Training:
    """A loss without noise."""
    task = _pick(rng, "parabola", "bowl", "quadratic", "himmelblau", "moons", "linear", "sine", "blobs", "spirals")
    if task in {"parabola", "bowl", "quadratic", "himmelblau"}:
        condition = int(_pick(rng, 5, 10, 30))
        name = f"landscape:{task}" + (f":{condition}" if task in {"bowl", "quadratic"} else "")
        top = {"parabola": 2.0, "bowl": condition, "quadratic": 1.0, "himmelblau": 60.0}[task]
        rate = float(f"{_log(rng, 0.3, 1.0) / top:.3g}")
        kind = _pick(rng, "sgd", "sgd", "momentum", "nesterov", "keras-sgd")
        heavy = 0.0 if kind.endswith("sgd") else 0.5
        steps = int(rng.integers(40, 160))
        return Training(name, optimizer=kind, rate=rate, momentum=heavy, steps=steps, seed=int(rng.integers(100)))
    widths = () if task == "linear" else (int(_pick(rng, 16, 32)),) * int(rng.integers(1, 3))
    made = Training(task, widths=widths, activation="tanh", batch=0)
    return _optimized(rng, made, among=("sgd", "momentum", "nesterov", "adam"))


def _wrong(rng: Rng) -> Drawn:
    kind = _pick(rng, "smooth", "smooth", "negative", "one", "kernels", "sum", "transposed", "small")
    if kind == "smooth":
        base = _smooth(rng)
        fault = {"fault": "gradient-scaled", "factor": _pick(rng, 0.5, 0.1, 0.05, 1 / 3, 0.01, 20.0, 100.0, -1.0, -0.5)}
    elif kind == "negative":
        base, fault = _any(rng), {"fault": "gradient-scaled", "factor": -1.0}
    elif kind == "one":
        base = mlp(rng, depth=(2, 3))
        fault = {"fault": "gradient-one-scaled", "factor": _pick(rng, -1.0, -1.0, -0.3, 30.0)}
    elif kind == "kernels":
        base, fault = _any(rng), {"fault": "gradient-kernels-scaled", "factor": _pick(rng, 0.01, -1.0, 0.003)}
    elif kind == "sum":
        base = _optimized(rng, mlp(rng), among=("sgd", "momentum", "nesterov"))
        fault = {"fault": "gradient-scaled", "factor": float(max(16, base.batch or 450))}
    elif kind == "transposed":
        base = mlp(rng, depth=(3, 4))
        fault = {"fault": "gradient-transposed"}
    else:
        base = _optimized(rng, mlp(rng), among=("sgd", "momentum", "nesterov"))
        fault = {"fault": "gradient-scaled", "factor": _pick(rng, 0.01, 0.03, 0.003)}
    return Drawn(base, fault)


def _misassigned(rng: Rng) -> Drawn:
    base = _pick(rng, lambda r: mlp(r, depth=(3, 5)), lambda r: mlp(r, depth=(3, 5)), _attention, _embedded)(rng)
    return Drawn(base, {"fault": _pick(rng, "misassigned", "misassigned", "misassigned-pair")})


def _missing(rng: Rng) -> Drawn:
    base = _pick(rng, lambda r: replace(mlp(r, depth=(2, 4)), widths=(6, 6, 6)), _images, _embedded)(rng)
    cut = 1 if base.model in {"embedding", "factors"} else int(min(len(base.widths) + 1, 4))
    return Drawn(base, {"fault": "detached", "factor": float(cut)})


def _unapplied(rng: Rng) -> Drawn:
    base = _any(rng)
    kind = _pick(rng, "unapplied", "unapplied", "unapplied-but-last", "unapplied-but-first", "unapplied-kernels")
    since = int(_pick(rng, 0, 0, 20, 50)) if kind == "unapplied" else 0
    if kind == "unapplied-but-last":
        base = replace(mlp(rng, depth=(3, 3)), widths=(6, 6, 6))
    return Drawn(base, {"fault": kind, "since": since}, onset=since)


# ---- networks ---------------------------------------------------------------------------------------------------


def _vanishing(rng: Rng) -> Drawn:
    deep = int(rng.integers(5, 15))
    task, batch = _pick(rng, ("digits", 32), ("digits", 64), ("friedman", 32), ("spirals", 64), ("even", 64))
    width = int(_pick(rng, 24, 32, 48))
    kind = _pick(rng, "sigmoid", "sigmoid", "sigmoid-conv", "sigmoid-rnn", "tanh", "relu", "relu")
    if kind == "sigmoid-conv":
        base = Training("digits", model="cnn", widths=(12,) * int(rng.integers(4, 7)), batch=batch)
        base = replace(_optimized(rng, base, among=("adam", "rmsprop"), scale=2.0), steps=250)
        return Drawn(base, {"activation": "sigmoid"})
    if kind == "sigmoid-rnn":
        base = Training("digits", model="rnn", widths=(24,) * int(rng.integers(2, 5)), activation="tanh")
        base = _optimized(rng, base, among=("momentum", "sgd", "nesterov"))
        return Drawn(base, {"activation": "sigmoid"})
    if kind == "sigmoid":
        base = Training(task, widths=(width,) * deep, batch=batch, activation=_pick(rng, "relu", "tanh"))
        base = _optimized(rng, base, scale=0.5)
        return Drawn(base, {"activation": "sigmoid"})
    base = Training(task, widths=(width,) * deep, batch=batch, activation=kind)
    base = _optimized(rng, base, scale=0.5)
    return Drawn(base, {"gain": _log(rng, 0.25, 0.55)}, ("poor-initialization",))


def _exploding(rng: Rng) -> Drawn:
    kind = _pick(rng, "gain", "gain", "outliers", "outliers", "linear-rnn")
    if kind == "gain":
        task = _pick(rng, "digits", "friedman", "spirals")
        base = Training(task, widths=(32,) * int(rng.integers(5, 12)), activation=_pick(rng, "relu", "leaky_relu"))
        base = _optimized(rng, base, among=("sgd", "momentum", "nesterov"), scale=0.2)
        return Drawn(base, {"gain": _log(rng, 1.8, 4.0)}, ("poor-initialization",))
    if kind == "outliers":
        base = _pick(rng, mlp, mlp, _waves)(rng)
        base = replace(_optimized(rng, base, among=("sgd", "momentum", "nesterov")), batch=32)
        since = int(_pick(rng, 15, 30, 60))
        fault = {"fault": "batch-outlier", "factor": _log(rng, 30.0, 500.0), "since": since}
        return Drawn(base, fault, ("unscaled-inputs",), onset=since)
    base = Training("waves", model="rnn", widths=(int(_pick(rng, 12, 16, 24)),), activation="linear", steps=150)
    base = replace(base, rate=_log(rng, 0.01, 0.04), seed=int(rng.integers(100)))
    return Drawn(base, {"gain": _log(rng, 1.6, 2.6)}, ("poor-initialization",))


def _dead(rng: Rng) -> Drawn:
    base = replace(_pick(rng, mlp, mlp, _images, _waves)(rng), activation="relu")
    bias = {"bias": -_log(rng, 3.0, 12.0)}
    fault = bias if rng.random() < 0.75 else {"init": "negative"}
    return Drawn(base, fault, ("poor-initialization",))


def _saturated(rng: Rng) -> Drawn:
    base = _pick(
        rng, lambda r: mlp(r, activations=("tanh", "tanh", "sigmoid")), lambda r: replace(_waves(r), activation="tanh")
    )(rng)
    kind = _pick(rng, "gain", "gain", "bias", "inputs")
    if kind == "gain":
        return Drawn(base, {"gain": _log(rng, 20.0, 80.0)}, ("poor-initialization",))
    if kind == "bias":
        return Drawn(base, {"bias": _log(rng, 6.0, 14.0)}, ("poor-initialization",))
    fault = {"fault": "inputs-scaled", "factor": _log(rng, 100.0, 500.0)}
    return Drawn(base, fault, ("unscaled-inputs",))


def _initialized(rng: Rng) -> Drawn:
    kind = _pick(rng, "zeros", "identical", "tiny", "large")
    base = mlp(rng, depth=(2, 3))
    if kind == "zeros":
        return Drawn(
            base,
            {"init": "zeros"},
            (
                "dead-units",
                "vanishing-gradient",
            ),
        )
    if kind == "identical":
        return Drawn(base, {"init": "identical"})
    if kind == "tiny":
        return Drawn(base, {"gain": _log(rng, 0.003, 0.05)}, ("vanishing-gradient",))
    fault = {"gain": _log(rng, 6.0, 20.0)}
    return Drawn(
        base,
        fault,
        (
            "exploding-gradient",
            "saturated-activations",
        ),
    )


# ---- data -------------------------------------------------------------------------------------------------------


def _unscaled(rng: Rng) -> Drawn:
    base = _pick(rng, mlp, mlp, mlp, _images, _waves)(rng)
    kind = _pick(rng, "scaled", "scaled", "shifted", "one-large", "uneven", "small")
    if kind == "scaled":
        fault = {"fault": "inputs-scaled", "factor": _log(rng, 50.0, 1000.0)}
    elif kind == "small":
        fault = {"fault": "inputs-scaled", "factor": _log(rng, 1e-4, 1e-2)}
    elif kind == "shifted":
        fault = {"fault": "inputs-shifted", "factor": _log(rng, 30.0, 300.0)}
    elif kind == "one-large":
        fault = {"fault": "inputs-one-large", "factor": _log(rng, 300.0, 3000.0)}
    else:
        fault = {"fault": "inputs-uneven", "factor": _log(rng, 300.0, 3000.0)}
    return Drawn(base, fault, ("saturated-activations",))


def _labels(rng: Rng) -> Drawn:
    base = _any(rng)
    return Drawn(base, {"fault": _pick(rng, "labels-random", "labels-shuffled", "labels-roll")})


def _loss(rng: Rng) -> Drawn:
    kind = _pick(rng, "softmax", "softmax", "index", "probabilities", "broadcast", "range", "range")
    if kind in {"softmax", "index", "probabilities"}:
        net = _pick(rng, mlp, _images, _recurrent)(rng)
        base = replace(net, task="digits", batch=net.batch or 64)
        fault = {"output": "softmax"} if kind == "softmax" else {"loss": "mse-index"}
        fault = {"loss": "of-probabilities"} if kind == "probabilities" else fault
        return Drawn(base, fault, measure="error")
    if kind == "broadcast":
        base = replace(mlp(rng), task=_pick(rng, "friedman", "linear", "sine"), batch=32)
        return Drawn(base, {"loss": "broadcast"}, ("mismatched-labels",))
    base = replace(_pick(rng, mlp, _waves)(rng), task=_pick(rng, "friedman", "linear", "sine", "waves"), batch=32)
    if base.task == "waves":
        base = replace(_waves(rng), batch=32)
    elif base.model != "mlp":
        base = replace(base, task="waves")
    return Drawn(base, {"output": _pick(rng, "sigmoid", "tanh", "relu")}, ("dead-units",))


def _finite(rng: Rng) -> Drawn:
    since = int(rng.integers(10, 100))
    kind = _pick(rng, "nan", "nan", "root", "by-hand", "root-at-zero")
    if kind == "nan":
        base = _pick(rng, mlp, _images, _waves, _recurrent)(rng)
        return Drawn(base, {"fault": "batch-nan", "since": since}, onset=since)
    if kind == "root":
        return Drawn(_any(rng), {"fault": "gradient-root", "since": since}, onset=since)
    if kind == "by-hand":
        base = replace(mlp(rng, depth=(2, 3)), task="digits", batch=32)
        fault, healthy = {"loss": "by-hand", "gain": _log(rng, 5.0, 12.0)}, {"loss": "", "gain": 1.0}
        return Drawn(base, fault, repair=healthy)
    base = replace(mlp(rng), task=_pick(rng, "sine", "linear"), batch=64)
    return Drawn(base, {"loss": "root"}, repair={"loss": ""})


# ---- healthy ----------------------------------------------------------------------------------------------------


def healthy(rng: Rng) -> Drawn:
    """A training that is to learn, many of them hard to tell from a faulty one."""
    kind = _pick(rng, *_HEALTHY)
    return Drawn(_HEALTHY[kind](rng))


def _deep_sigmoid(rng: Rng) -> Training:
    made = Training("digits", widths=(32,) * int(rng.integers(2, 5)), activation="sigmoid", batch=_pick(rng, 32, 64))
    made = replace(made, normalization=_pick(rng, "", "", "batch", "layer"))
    return replace(_optimized(rng, made, among=("adam", "rmsprop", "adamw"), scale=2.0), steps=400)


def _deep(rng: Rng) -> Training:
    return replace(mlp(rng, depth=(5, 12)), rate=_log(rng, 0.001, 0.004), optimizer="keras-adam", momentum=0.0)


def _small_batch(rng: Rng) -> Training:
    net = mlp(rng)
    return replace(net, batch=int(_pick(rng, 1, 1, 2, 4)), rate=net.rate / 5.0, steps=500)


_HEALTHY: dict[str, Callable[[Rng], Training]] = {
    "any": _any,
    "mlp": mlp,
    "deep-sigmoid": _deep_sigmoid,
    "deep": _deep,
    "small-batch": _small_batch,
    "sparse": lambda rng: replace(mlp(rng), activation="relu", bias=-_log(rng, 0.1, 1.0)),
    "gain": lambda rng: replace(mlp(rng), gain=_log(rng, 0.3, 2.5), steps=300),
    "scaled": lambda rng: replace(mlp(rng), fault="inputs-scaled", factor=_log(rng, 0.3, 6.0), steps=300),
    "embedded": _embedded,
    "attention": _attention,
    "recurrent": _recurrent,
    "smooth": _smooth,
    "long": lambda rng: replace(mlp(rng), steps=700),
    "clipped": lambda rng: replace(mlp(rng), clip=_log(rng, 0.3, 2.0), steps=300),
    "dropout": lambda rng: replace(mlp(rng), dropout=_pick(rng, 0.2, 0.5), steps=300),
    "bounded": lambda rng: replace(mlp(rng), task="digits", output="softmax", loss="of-probabilities", batch=32),
    "game": lambda rng: Training(
        _pick(rng, "game:log:blob", "game:hinge:two", "game:squares:blob"),
        widths=(16,) * int(rng.integers(1, 3)),
        optimizer="adam",
        rate=_log(rng, 0.002, 0.006),
        batch=64,
        steps=400,
        seed=int(rng.integers(100)),
    ),
}

RECIPES: Mapping[str, Recipe] = {
    "wrong-gradient": _wrong,
    "misassigned-gradients": _misassigned,
    "missing-gradient": _missing,
    "unapplied-update": _unapplied,
    "vanishing-gradient": _vanishing,
    "exploding-gradient": _exploding,
    "dead-units": _dead,
    "saturated-activations": _saturated,
    "poor-initialization": _initialized,
    "unscaled-inputs": _unscaled,
    "mismatched-labels": _labels,
    "mismatched-loss": _loss,
    "non-finite-values": _finite,
}
"""Finding → a training in which it is the fault."""
