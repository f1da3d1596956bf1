"""Gradients that are wrong, go to the wrong place, or are not there."""

from dataclasses import replace

from tests.benchmarks.diagnosis import bases as b
from tests.benchmarks.diagnosis.faulty.declare import Add
from tests.benchmarks.diagnosis.training import Training


def declare(add: Add) -> None:
    """All of them."""
    group = "wrong-gradient"
    add(group, "parabola-half", b.PARABOLA, {"fault": "gradient-scaled", "factor": 0.5})
    add(group, "bowl-tenth", b.BOWL, {"fault": "gradient-scaled", "factor": 0.1})
    add(
        group, "sine-negative", replace(b.SINE, optimizer="sgd", rate=0.1), {"fault": "gradient-scaled", "factor": -1.0}
    )
    add(group, "linear-sum-for-mean", replace(b.LINEAR, rate=0.2), {"fault": "gradient-scaled", "factor": 450.0})
    add(
        group,
        "moons-third",
        replace(b.MOONS, optimizer="sgd", momentum=0.0, rate=1.0),
        {"fault": "gradient-scaled", "factor": 1.0 / 3.0},
    )
    add(group, "digits-one-layer-negative", b.MLP, {"fault": "gradient-one-scaled", "factor": -1.0})
    add(group, "digits-kernels-hundredth", b.MLP, {"fault": "gradient-kernels-scaled", "factor": 0.01})
    add(group, "digits-batch-not-divided", replace(b.MLP, rate=0.1), {"fault": "gradient-scaled", "factor": 32.0})
    add(
        group,
        "square-kernels-transposed",
        Training("digits", widths=(64, 64, 64), optimizer="momentum", rate=0.03, momentum=0.9),
        {"fault": "gradient-transposed"},
    )
    add(group, "quadratic-twentieth", replace(b.QUADRATIC, steps=80), {"fault": "gradient-scaled", "factor": 0.05})
    add(
        group,
        "friedman-hundredth",
        replace(b.FRIEDMAN, optimizer="keras-sgd", rate=0.1),
        {"fault": "gradient-scaled", "factor": 0.01},
    )
    group = "misassigned-gradients"
    deep = Training("digits", widths=(32, 32, 32, 32), rate=0.05, steps=200)
    add(group, "digits-equal-layers", deep, {"fault": "misassigned"})
    add(group, "digits-equal-layers-adam", replace(deep, optimizer="keras-adam", rate=0.005), {"fault": "misassigned"})
    add(group, "attention-projections", replace(b.ATTENTION, rate=0.01, steps=300), {"fault": "misassigned"})
    add(
        group,
        "ratings-two-tables",
        Training("ratings", model="factors", widths=(4,), optimizer="rmsprop", rate=0.01, steps=200),
        {"fault": "misassigned"},
    )
    add(
        group,
        "friedman-pair",
        Training("friedman", widths=(24, 24, 24), activation="tanh", optimizer="momentum", rate=0.05, momentum=0.8),
        {"fault": "misassigned-pair"},
    )
    add(group, "language-projections", b.LANGUAGE, {"fault": "misassigned"})
    add(
        group,
        "autoencoder-pair",
        Training("autoencode", widths=(16, 16, 16, 16), optimizer="keras-momentum", rate=0.3, momentum=0.9, steps=250),
        {"fault": "misassigned"},
    )
    group = "missing-gradient"
    add(group, "digits-features-detached", replace(b.MLP, widths=(6, 6, 6)), {"fault": "detached", "factor": 4.0})
    add(group, "cnn-detached", b.CNN, {"fault": "detached", "factor": 3.0})
    add(group, "spirals-detached", b.SPIRALS, {"fault": "detached", "factor": 3.0})
    add(group, "tokens-embedding-detached", b.TOKENS, {"fault": "detached", "factor": 1.0})
    add(group, "ratings-detached", b.FACTORS, {"fault": "detached", "factor": 1.0})
    add(group, "autoencoder-encoder-detached", b.AUTOENCODER, {"fault": "detached", "factor": 3.0})
    group = "unapplied-update"
    add(group, "digits-only-output", replace(b.MLP, widths=(6, 6, 6)), {"fault": "unapplied-but-last"})
    add(group, "cnn-only-output-adam", b.CNN, {"fault": "unapplied-but-last"})
    add(group, "spirals-only-first", b.SPIRALS, {"fault": "unapplied-but-first"})
    add(group, "moons-nothing", b.MOONS, {"fault": "unapplied"})
    add(group, "bowl-nothing", b.BOWL, {"fault": "unapplied"})
    add(group, "gru-nothing-after-40", b.GRU, {"fault": "unapplied", "since": 40}, onset=40)
    add(group, "friedman-only-biases", b.FRIEDMAN, {"fault": "unapplied-kernels"})
