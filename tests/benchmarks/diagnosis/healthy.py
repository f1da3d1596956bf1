"""The healthy trainings: settings that people use, of which many look alarming in one statistic or another.

Each is checked by its own measure; nothing is called healthy for want of a fault.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.benchmarks.diagnosis import bases as b
from tests.benchmarks.diagnosis.faulty.declare import half
from tests.benchmarks.diagnosis.training import Case, Training, changed

BASES: dict[str, Training] = {
    "digits-mlp": b.MLP,
    "digits-tanh": b.TANH,
    "digits-batch-norm": b.BATCHNORM,
    "digits-wide": b.WIDE,
    "digits-cnn": b.CNN,
    "waves-conv1d": b.CONV1D,
    "digits-rnn": b.RNN,
    "digits-gru": b.GRU,
    "waves-lstm": b.LSTM,
    "digits-attention": b.ATTENTION,
    "language": b.LANGUAGE,
    "tokens": b.TOKENS,
    "ratings": b.FACTORS,
    "digits-residual": b.RESIDUAL,
    "autoencoder": b.AUTOENCODER,
    "friedman": b.FRIEDMAN,
    "sine": b.SINE,
    "moons": b.MOONS,
    "linear": b.LINEAR,
    "logistic": b.LOGISTIC,
    "spirals": b.SPIRALS,
    "counts": b.COUNTS,
}

Variation = dict[str, Any]
SCHEDULES: dict[str, Variation] = {
    "warm-up": {"schedule": "warm-up:40"},
    "cosine": {"schedule": "cosine"},
    "stairs": {"schedule": "stairs:60"},
    "restarts": {"schedule": "restarts:50"},
    "one-cycle": {"schedule": "one-cycle"},
    "linear-decay": {"schedule": "linear"},
    "warm-cosine": {"schedule": "warm-cosine:20"},
}
PRACTICE: dict[str, Variation] = {
    "clipped": {"clip": 1.0},
    "accumulated": {"accumulate": 2, "steps": 240},
    "weight-decay": {"decay": 0.003},
    "small-batch": {"batch": 8, "steps": 250},
    "full-batch": {"batch": 0, "steps": 120},
    "large-batch": {"batch": 256, "steps": 120},
    "short": {"steps": 40},
    "long": {"steps": 500},
    "dropout": {"dropout": 0.3, "steps": 200},
}
OPTIMIZERS: dict[str, Variation] = {
    "adam": {"optimizer": "adam", "rate": 0.005, "momentum": 0.0, "decay": 0.0},
    "keras-rmsprop": {"optimizer": "keras-rmsprop", "rate": 0.003, "momentum": 0.0, "decay": 0.0},
    "adagrad": {"optimizer": "adagrad", "rate": 0.05, "momentum": 0.0, "decay": 0.0},
    "lion": {"optimizer": "lion", "rate": 0.002, "momentum": 0.0, "decay": 0.0},
    "keras-nadam": {"optimizer": "keras-nadam", "rate": 0.005, "momentum": 0.0, "decay": 0.0},
    "keras-nesterov": {"optimizer": "keras-nesterov", "rate": 0.03, "momentum": 0.9, "decay": 0.0},
    "momentum": {"optimizer": "momentum", "rate": 0.03, "momentum": 0.9, "decay": 0.0},
}


def _cases() -> Iterator[Case]:
    for name, base in BASES.items():
        yield _case(name, base)
    for table in (SCHEDULES, PRACTICE, OPTIMIZERS):
        for i, (what, variation) in enumerate(table.items()):
            for j, (name, base) in enumerate(BASES.items()):
                if (i + j) % 3 == 0 and _fits(name, base, what):
                    yield _case(f"{name}-{what}", changed(base, variation))
    for name, case in SPECIAL.items():
        yield _case(name, *case)


def _fits(name: str, base: Training, what: str) -> bool:
    """Whether the variation changes this training, and people do so with such a model."""
    dense = base.model in {"mlp", "cnn", "conv1d", "embedding"} and bool(base.widths)
    if what == "dropout":
        return dense
    if what in {"full-batch", "large-batch", "small-batch"}:
        return bool(base.batch) and name not in {"digits-cnn", "digits-gru"}
    if what in OPTIMIZERS:
        slow = name == "digits-cnn" and what in {"keras-nesterov", "momentum"}  # needs a rate of its own
        return base.optimizer.removeprefix("keras-") != what.removeprefix("keras-") and not slow
    return True


def _case(name: str, training: Training, reach: float = 0.7, below: bool = False, measure: str = "loss") -> Case:
    return Case(f"healthy/{name}", training, reach=reach, below=below, measure=measure, probes=half(name))


_FROZEN = {"pretrain": 80, "frozen": 2, "rate": 0.003}
SPECIAL: dict[str, tuple[Any, ...]] = {
    # functions of their own weights
    "parabola": (b.PARABOLA,),
    "parabola-momentum": (replace(b.PARABOLA, optimizer="momentum", momentum=0.5, rate=0.1),),
    "parabola-20-steps": (replace(b.PARABOLA, steps=20),),
    "parabola-converged-long-ago": (replace(b.PARABOLA, steps=400, rate=0.3),),
    "parabola-rings-and-settles": (replace(b.PARABOLA, optimizer="momentum", momentum=0.8, rate=0.1, steps=120),),
    "bowl": (b.BOWL,),
    "bowl-edge-of-stability": (replace(b.BOWL, rate=0.19, steps=120),),
    "bowl-adam": (replace(b.BOWL, optimizer="adam", rate=0.2, steps=150),),
    "bowl-eager-nesterov": (replace(b.BOWL, optimizer="nesterov", momentum=0.7, rate=0.05, eager=True, steps=60),),
    "quadratic-momentum": (b.QUADRATIC,),
    "quadratic-nesterov": (replace(b.QUADRATIC, optimizer="nesterov", rate=0.5, momentum=0.85),),
    "quadratic-sgd-condition-10": (Training("landscape:quadratic:10", rate=1.0, steps=120),),
    "rosenbrock-adam": (b.ROSENBROCK,),
    "rosenbrock-momentum": (
        Training("landscape:rosenbrock", optimizer="momentum", rate=0.0005, momentum=0.9, steps=300),
    ),
    "beale-adam": (Training("landscape:beale", optimizer="adam", rate=0.05, steps=250),),
    "beale-clipped": (Training("landscape:beale", optimizer="sgd", rate=0.03, clip=1.0, steps=200),),
    "himmelblau-sgd": (Training("landscape:himmelblau", rate=0.01, steps=100),),
    "himmelblau-rmsprop": (Training("landscape:himmelblau", optimizer="rmsprop", rate=0.05, steps=150),),
    "well-right-side": (Training("landscape:well:0.3", rate=0.05, steps=100),),
    "bump": (Training("landscape:bump:1", rate=0.3, steps=80),),
    "product-of-five": (Training("landscape:chain:0.9", rate=0.02, steps=120),),
    "absolute-decaying-sign": (
        Training("landscape:absolute", optimizer="sign", rate=0.1, schedule="linear", steps=200),
    ),
    "quartic-adam": (Training("landscape:quartic", optimizer="adam", rate=0.05, steps=150),),
    # fine-tuning, resuming, and long after convergence
    "fine-tuned-head-mlp": (changed(b.MLP, {**_FROZEN, "pretrain": 30, "rate": 0.05}), 0.9),
    "fine-tuned-tanh-frozen": (changed(b.TANH, {**_FROZEN, "pretrain": 40, "rate": 0.01}), 0.9),
    "fine-tuned-cnn-frozen": (changed(b.CNN, {**_FROZEN, "pretrain": 60, "rate": 0.01}), 0.9),
    "fine-tuned-tokens-frozen-embedding": (changed(b.TOKENS, {"pretrain": 60, "frozen": 1, "rate": 0.01}), 0.9),
    "fine-tuned-gently-adam": (
        changed(b.WIDE, {"pretrain": 60, "optimizer": "keras-adam", "rate": 0.001, "momentum": 0.0}),
        0.9,
    ),
    "resumed-converged-mlp": (changed(b.MLP, {"pretrain": 400, "rate": 0.01}), 0.1, True),
    "resumed-converged-tanh": (changed(b.TANH, {"pretrain": 300, "rate": 0.001}), 0.1, True),
    "resumed-converged-moons": (changed(b.MOONS, {"pretrain": 300, "rate": 0.01}), 0.1, True),
    "resumed-converged-linear": (changed(b.LINEAR, {"pretrain": 1500}), 0.05, True),
    "resumed-converged-residual": (changed(b.RESIDUAL, {"pretrain": 250, "rate": 0.0003}), 0.1, True),
    "long-after-convergence-moons": (replace(b.MOONS, steps=800),),
    "long-after-convergence-linear": (replace(b.LINEAR, steps=600),),
    "long-after-convergence-blobs": (replace(b.LOGISTIC, optimizer="keras-adam", rate=0.05, steps=600),),
    "long-after-convergence-digits": (replace(b.WIDE, optimizer="keras-adam", rate=0.005, momentum=0.0, steps=700),),
    # float16 with loss scaling
    "mixed-mlp": (replace(b.MLP, precision="mixed", optimizer="keras-adam", rate=0.003),),
    "mixed-tanh": (replace(b.TANH, precision="mixed"),),
    "mixed-sgd": (replace(b.MLP, precision="mixed", optimizer="keras-sgd"),),
    "mixed-wide-rmsprop": (replace(b.WIDE, precision="mixed", optimizer="keras-rmsprop", rate=0.003, momentum=0.0),),
    "mixed-attention": (replace(b.ATTENTION, precision="mixed"),),
    "mixed-friedman": (replace(b.FRIEDMAN, precision="mixed", optimizer="keras-adamw", rate=0.005),),
    # losses of other kinds
    "negative-log-density": (
        replace(b.SINE, loss="gaussian", optimizer="adam", rate=0.005, momentum=0.0, steps=300),
        0.0,
        True,
    ),
    "negative-log-density-friedman": (
        Training("friedman", widths=(48, 48), loss="gaussian", optimizer="keras-adam", rate=0.005, steps=300),
        1.0,
        True,
    ),
    "smoothed-labels": (replace(b.MLP, loss="smoothed"),),
    "smoothed-labels-cnn": (replace(b.CNN, loss="smoothed"),),
    "absolute-error": (replace(b.FRIEDMAN, loss="mae"),),
    "huber": (replace(b.FRIEDMAN, loss="huber", activation="gelu"),),
    "one-hot-squared-error": (replace(b.TANH, loss="mse-one-hot", rate=0.2), 0.8),
    "softmax-output-and-its-own-loss": (replace(b.TANH, output="softmax", loss="of-probabilities"), 0.3, True, "error"),
    "sigmoid-for-each-class": (replace(b.WIDE, loss="sigmoid-each", rate=0.1), 0.3, True, "error"),
    "sum-of-squares": (replace(b.LINEAR, loss="sum", rate=0.0002),),
    "policy-gradient-blobs": (
        Training("blobs", widths=(16,), loss="policy", optimizer="adam", rate=0.02, steps=400, batch=64),
        0.6,
        True,
        "error",
    ),
    "policy-gradient-moons": (
        Training(
            "moons",
            widths=(16,),
            activation="tanh",
            loss="policy",
            optimizer="keras-adam",
            rate=0.02,
            steps=300,
            batch=64,
        ),
        0.3,
        True,
        "error",
    ),
    "policy-gradient-even-sgd": (
        Training(
            "even", widths=(32,), loss="policy", optimizer="momentum", rate=0.1, momentum=0.9, steps=300, batch=64
        ),
        0.35,
        True,
        "error",
    ),
    "policy-gradient-digits-rmsprop": (
        Training("digits", widths=(64,), loss="policy", optimizer="rmsprop", rate=0.003, steps=500, batch=128),
        0.6,
        True,
        "error",
    ),
    "hinge-moons": (replace(b.MOONS, loss="hinge", steps=400), 0.2, True, "error"),
    "hinge-blobs-sgd": (
        Training("blobs", widths=(16,), loss="hinge", rate=0.2, batch=64, steps=200),
        0.2,
        True,
        "error",
    ),
    "hinge-digits-adam": (
        replace(b.MLP, loss="hinge", optimizer="keras-adam", rate=0.005, steps=300),
        0.2,
        True,
        "error",
    ),
    # two networks against each other
    "gan-blob-adam": (
        Training("game:log:blob", widths=(16, 16), optimizer="adam", rate=0.005, batch=64, steps=400),
        0.7,
    ),
    "gan-two-keras-adam": (
        Training("game:log:two", widths=(24,), optimizer="keras-adam", rate=0.005, batch=64, steps=400),
        0.7,
    ),
    "gan-squares-rmsprop": (
        Training("game:squares:blob", widths=(16, 16), optimizer="rmsprop", rate=0.002, batch=64, steps=300),
        0.7,
    ),
    "gan-hinge-adam": (
        Training("game:hinge:two", widths=(16,), optimizer="adam", rate=0.005, batch=32, steps=400),
        0.7,
    ),
    "gan-log-momentum": (
        Training(
            "game:log:blob",
            widths=(16,),
            activation="tanh",
            optimizer="momentum",
            rate=0.02,
            momentum=0.5,
            batch=64,
            steps=400,
        ),
        0.7,
    ),
    # other shapes of network
    "digits-cnn-nesterov": (replace(b.CNN, optimizer="keras-nesterov", rate=0.1, momentum=0.9, steps=250),),
    "deep-relu-he": (Training("digits", widths=(32,) * 8, optimizer="keras-adam", rate=0.002, steps=200),),
    "deep-tanh": (
        Training("digits", widths=(32,) * 6, activation="tanh", optimizer="momentum", rate=0.01, momentum=0.9),
    ),
    "deep-layer-norm": (Training("digits", widths=(32,) * 8, normalization="layer", rate=0.05),),
    "deep-batch-norm-tanh": (Training("digits", widths=(24,) * 5, normalization="batch", activation="tanh", rate=0.1),),
    "one-sigmoid-layer": (Training("digits", widths=(48,), activation="sigmoid", optimizer="adam", rate=0.01),),
    "two-sigmoid-layers-batch-norm": (
        Training(
            "digits", widths=(32, 32), activation="sigmoid", normalization="batch", optimizer="keras-adam", rate=0.02
        ),
    ),
    "leaky-relu": (replace(b.MLP, activation="leaky_relu"),),
    "gelu-momentum": (replace(b.MLP, activation="gelu", optimizer="keras-momentum", momentum=0.9, rate=0.03),),
    "selu-lecun": (replace(b.MLP, activation="selu", init="lecun_normal", rate=0.05),),
    "orthogonal-init": (replace(b.TANH, init="orthogonal"),),
    "wide-relu-mostly-zero": (replace(b.WIDE, widths=(256,), bias=-0.3),),
    "narrow": (replace(b.MLP, widths=(8,), rate=0.2),),
    "linear-classifier-digits": (replace(b.MLP, widths=(), rate=0.5),),
    "linear-on-noisy-targets": (Training("noisy", widths=(), rate=0.05, steps=200), 0.75),
    "two-rnn-layers": (replace(b.RNN, widths=(16, 16)),),
    "bidirectional-depth-lstm": (replace(b.LSTM, widths=(12, 12), optimizer="keras-adam", rate=0.01),),
    "tokens-gru": (
        Training("tokens", model="gru", widths=(16,), activation="tanh", optimizer="adam", rate=0.01, steps=250),
        0.8,
    ),
    "tokens-attention": (
        Training("tokens", model="attention", widths=(16,), optimizer="keras-adam", rate=0.01, steps=200),
    ),
    "language-gru": (
        Training("chain", model="gru", widths=(24,), activation="tanh", optimizer="keras-adam", rate=0.02),
    ),
    "language-two-blocks": (replace(b.LANGUAGE, widths=(16, 16), rate=0.005),),
    "parity": (Training("parity", widths=(16,), activation="tanh", optimizer="adam", rate=0.03, steps=200),),
    "even-or-odd": (Training("even", widths=(32,), optimizer="momentum", rate=0.05, momentum=0.9),),
    "correlated-features-momentum": (
        Training("correlated", widths=(), optimizer="keras-nesterov", rate=0.3, momentum=0.95, batch=0, steps=250),
    ),
    "autoencoder-batch-norm": (replace(b.AUTOENCODER, normalization="batch"),),
    "autoencoder-shallow": (
        Training(
            "autoencode", widths=(24,), activation="tanh", optimizer="keras-momentum", rate=0.5, momentum=0.9, steps=200
        ),
    ),
    # noise and instability that do no harm
    "batch-of-2": (replace(b.MLP, batch=2, rate=0.01, steps=500),),
    "batch-of-1-linear": (replace(b.LINEAR, batch=1, rate=0.01, steps=400),),
    "batch-of-4-adam": (replace(b.TANH, batch=4, optimizer="adam", rate=0.001, momentum=0.0, steps=400),),
    "dropout-half-wide": (replace(b.WIDE, dropout=0.5, steps=250),),
    "large-rate-full-batch": (replace(b.MLP, batch=0, rate=0.5, steps=150),),
    "large-rate-moons": (replace(b.MOONS, optimizer="sgd", momentum=0.0, rate=1.0, steps=300),),
    "large-rate-logistic": (replace(b.LOGISTIC, rate=1.0),),
    "full-batch-sgd-tanh": (replace(b.TANH, batch=0, optimizer="sgd", momentum=0.0, rate=0.5, steps=150),),
    "high-momentum-long": (replace(b.TANH, momentum=0.95, rate=0.005, steps=400),),
    "accumulated-8": (replace(b.MLP, batch=8, accumulate=8, rate=0.2, steps=500),),
    "accumulated-4-adam": (replace(b.CNN, accumulate=4, steps=400),),
    "clipped-hard-rnn": (replace(b.RNN, clip=0.3, steps=200),),
    "clipped-each-step-sgd": (replace(b.MLP, clip=0.5, rate=0.2, steps=200),),
    "lion-attention": (replace(b.ATTENTION, optimizer="keras-lion", rate=0.001),),
    "adafactor": (replace(b.MLP, optimizer="keras-adafactor", rate=0.02),),
    "eager-logistic": (replace(b.LOGISTIC, eager=True, steps=60),),
    "eager-digits": (replace(b.MLP, eager=True, steps=50),),
    "ten-steps": (replace(b.LOGISTIC, steps=10, rate=1.0), 0.9),
    "five-steps": (replace(b.MOONS, steps=5), 1.0),
    "warm-up-from-nothing": (replace(b.ATTENTION, schedule="warm-up:100", steps=250),),
    "small-rate-long": (replace(b.MLP, rate=0.02, steps=500),),
    "overparameterized-few-examples": (
        Training("digits", widths=(64,), optimizer="adam", rate=0.005, examples=64, steps=200),
    ),
}

HEALTHY: tuple[Case, ...] = tuple(_cases())
