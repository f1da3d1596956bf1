"""Loss curves: slow, flat, growing, swinging, drowned in noise, better seen than new."""

from dataclasses import replace

from tests.benchmarks.diagnosis import bases as b
from tests.benchmarks.diagnosis.faulty.declare import Add
from tests.benchmarks.diagnosis.training import Training


def declare(add: Add) -> None:
    """All of them."""
    group = "slow-convergence"
    add(
        group,
        "quadratic-condition-1e5",
        Training("landscape:quadratic:10", optimizer="momentum", rate=1.0, momentum=0.7, steps=300, seed=2),
        {"task": "landscape:quadratic:100000"},
    )
    add(group, "decay-too-quick", b.MLP, {"schedule": "exponential:0.9"}, "low-learning-rate", "loss-plateau")
    add(group, "inverse-decay", b.TANH, {"schedule": "inverse:1"}, "low-learning-rate")
    add(group, "clipped-short", b.MLP, {"clip": 0.005}, "low-learning-rate")
    add(group, "adagrad-worn-out", b.CNN, {"optimizer": "adagrad", "rate": 0.002}, "low-learning-rate")
    add(
        group,
        "quartic",
        Training("landscape:quartic", optimizer="momentum", rate=0.05, momentum=0.9, steps=200),
        {"optimizer": "sgd", "momentum": 0.0, "rate": 0.01},
        "missing-momentum",
        "low-learning-rate",
    )
    group = "loss-plateau"
    add(
        group,
        "product-near-zero",
        Training("landscape:chain:0.9", rate=0.02, steps=150),
        {"task": "landscape:chain:0.1"},
        "vanishing-gradient",
        "poor-initialization",
    )
    add(
        group,
        "bump-from-afar",
        Training("landscape:bump:1.2", rate=0.3, steps=150),
        {"task": "landscape:bump:5"},
        "vanishing-gradient",
        "poor-initialization",
    )
    add(group, "wrong-valley", Training("landscape:well:0.4", rate=0.05, steps=120), {"task": "landscape:well:-1.5"})
    add(group, "spirals-linear-model", b.SPIRALS, {"widths": ()}, repair={"widths": (32, 32)})
    add(
        group,
        "parity-linear-model",
        Training("parity", widths=(16,), activation="tanh", optimizer="adam", rate=0.03, steps=200),
        {"widths": ()},
    )
    add(
        group,
        "rate-decayed-to-nothing",
        replace(b.MLP, steps=200),
        {"schedule": "jump:0.00001", "since": 12},
        "low-learning-rate",
        "unapplied-update",
        onset=12,
    )
    add(group, "decay-of-weights-too-strong", b.RESIDUAL, {"decay": 300.0}, "excessive-regularization")
    group = "diverging-loss"
    add(group, "ascent-digits", b.MLP, {"fault": "ascent"}, "wrong-gradient")
    add(group, "ascent-sine", replace(b.SINE, optimizer="sgd", rate=0.1), {"fault": "ascent"}, "wrong-gradient")
    add(group, "ascent-bowl", b.BOWL, {"fault": "ascent"}, "wrong-gradient")
    add(
        group,
        "targets-drift",
        b.FRIEDMAN,
        {"fault": "drift", "factor": 1.05, "since": 40},
        "mismatched-labels",
        onset=40,
    )
    add(
        group,
        "targets-drift-linear",
        replace(b.LINEAR, batch=64, rate=0.05),
        {"fault": "drift", "factor": 1.08, "since": 30},
        "mismatched-labels",
        onset=30,
    )
    add(group, "negative-decay", b.TANH, {"optimizer": "momentum", "decay": -3.0})
    group = "oscillating-updates"
    add(group, "parabola-at-the-limit", b.PARABOLA, {"rate": 1.0}, "high-learning-rate")
    add(
        group,
        "sign-descent",
        Training("landscape:absolute", optimizer="sign", rate=0.02, steps=200),
        {"rate": 1.5},
        "high-learning-rate",
    )
    add(group, "bowl-at-the-limit", b.BOWL, {"rate": 0.2}, "high-learning-rate")
    add(group, "sorted-digits", replace(b.MLP, batch=60, steps=200, rate=0.3), {"fault": "sorted"})
    add(group, "sorted-digits-momentum", replace(b.WIDE, steps=200, rate=0.1), {"fault": "sorted"})
    add(
        group,
        "sorted-friedman",
        replace(b.FRIEDMAN, optimizer="keras-sgd", rate=0.2, batch=40, steps=200),
        {"fault": "sorted"},
    )
    add(
        group,
        "sorted-even",
        Training("even", widths=(32,), optimizer="keras-adam", rate=0.02, batch=64, steps=200),
        {"fault": "sorted"},
    )
    add(
        group,
        "ringing-quadratic",
        Training("landscape:bowl:3", optimizer="momentum", rate=0.3, momentum=0.6, steps=80),
        {"momentum": 0.99},
        "excessive-momentum",
    )
    group = "noisy-gradient"
    add(
        group,
        "noisy-targets-batch-1",
        Training("noisy", widths=(), rate=0.05, steps=300, batch=64),
        {"batch": 1},
        "high-learning-rate",
    )
    add(group, "private-digits", b.MLP, {"fault": "gradient-noise", "factor": 0.4})
    add(
        group,
        "private-moons",
        replace(b.MOONS, optimizer="sgd", momentum=0.0, rate=0.3),
        {"fault": "gradient-noise", "factor": 1.0},
    )
    add(group, "private-linear", b.LINEAR, {"fault": "gradient-noise", "factor": 3.0})
    add(group, "private-bowl", b.BOWL, {"fault": "gradient-noise", "factor": 4.0})
    add(group, "digits-batch-1", replace(b.MLP, batch=64, rate=0.15, steps=250), {"batch": 1}, "high-learning-rate")
    group = "overfitting"
    add(
        group,
        "few-digits-mlp",
        Training("digits", widths=(64, 64), optimizer="keras-adam", rate=0.01, steps=250),
        {"examples": 40},
        measure="val",
    )
    add(group, "few-digits-cnn", replace(b.CNN, steps=250), {"examples": 30}, measure="val")
    add(group, "few-digits-gru", replace(b.GRU, steps=250), {"examples": 50}, measure="val")
    add(group, "few-tokens", replace(b.TOKENS, steps=250), {"examples": 60}, measure="val")
    add(
        group,
        "few-friedman",
        Training("friedman", widths=(64, 64), optimizer="adam", rate=0.01, steps=250),
        {"examples": 25},
        measure="val",
    )
    add(
        group,
        "few-noisy-targets",
        Training(
            "noisy", widths=(64,), activation="tanh", optimizer="momentum", rate=0.03, momentum=0.9, steps=300, batch=32
        ),
        {"examples": 30},
        repair={"widths": (), "decay": 0.0, "rate": 0.01},
        measure="val",
    )
    add(group, "few-ratings", replace(b.FACTORS, steps=300), {"examples": 120}, measure="val")
