"""Depth, units, initialization."""

from dataclasses import replace

from tests.benchmarks.diagnosis import bases as b
from tests.benchmarks.diagnosis.faulty.declare import Add
from tests.benchmarks.diagnosis.training import Training


def declare(add: Add) -> None:
    """All of them."""
    group = "vanishing-gradient"
    relu8 = Training("digits", widths=(32,) * 8, rate=0.05, steps=150)
    add(group, "sigmoid-8-layers", relu8, {"activation": "sigmoid"})
    add(
        group,
        "sigmoid-12-layers-momentum",
        Training("digits", widths=(32,) * 12, optimizer="keras-momentum", rate=0.01, momentum=0.9, steps=200),
        {"activation": "sigmoid"},
    )
    add(
        group,
        "sigmoid-6-convolutions",
        Training("digits", model="cnn", widths=(12,) * 6, optimizer="keras-adam", rate=0.01, steps=250),
        {"activation": "sigmoid"},
    )
    add(
        group,
        "sigmoid-regression",
        Training("friedman", widths=(24,) * 8, activation="tanh", optimizer="nesterov", rate=0.01, momentum=0.9),
        {"activation": "sigmoid"},
    )
    add(
        group,
        "tanh-small-10-layers",
        Training("digits", widths=(32,) * 10, activation="tanh", rate=0.05),
        {"gain": 0.3},
        "poor-initialization",
    )
    add(
        group,
        "relu-half-12-layers",
        Training("digits", widths=(32,) * 12, rate=0.02, steps=200),
        {"gain": 0.4},
        "poor-initialization",
    )
    add(
        group,
        "sigmoid-rnn-64-steps",
        Training(
            "digits",
            model="rnn",
            widths=(24, 24, 24),
            activation="tanh",
            optimizer="momentum",
            rate=0.03,
            momentum=0.9,
            steps=200,
        ),
        {"activation": "sigmoid"},
    )
    group = "exploding-gradient"
    add(group, "deep-relu-large", Training("digits", widths=(32,) * 8, rate=0.02), {"gain": 2.5}, "poor-initialization")
    add(
        group,
        "deep-tanh-linear-head",
        Training("friedman", widths=(32,) * 8, activation="relu", optimizer="keras-sgd", rate=0.01),
        {"gain": 2.2},
        "poor-initialization",
    )
    add(
        group,
        "outliers-in-batches",
        replace(b.LINEAR, batch=32, rate=0.05, steps=200),
        {"fault": "batch-outlier", "factor": 60.0, "since": 30},
        "unscaled-inputs",
        onset=30,
    )
    add(
        group,
        "outliers-digits",
        replace(b.MLP, steps=200),
        {"fault": "batch-outlier", "factor": 300.0, "since": 50},
        "unscaled-inputs",
        onset=50,
    )
    add(
        group,
        "poisson-outliers",
        b.COUNTS,
        {"fault": "batch-outlier", "factor": 12.0, "since": 20},
        "unscaled-inputs",
        onset=20,
    )
    add(
        group,
        "linear-rnn-stretches",
        Training("waves", model="rnn", widths=(16,), activation="linear", rate=0.02, steps=150),
        {"gain": 2.0},
        "poor-initialization",
    )
    add(
        group,
        "beale-cliff",
        Training("landscape:beale", optimizer="sgd", rate=0.02, clip=1.0, steps=150),
        {"clip": 0.0, "rate": 0.12},
        "high-learning-rate",
    )
    group = "dead-units"
    add(group, "digits-bias-far-below", b.MLP, {"bias": -4.0}, "poor-initialization")
    add(group, "digits-negative-kernels", replace(b.MLP, widths=(32, 32)), {"init": "negative"}, "poor-initialization")
    add(group, "cnn-bias-below", b.CNN, {"bias": -3.0}, "poor-initialization")
    add(group, "friedman-bias-below", b.FRIEDMAN, {"bias": -8.0}, "poor-initialization")
    add(group, "wide-bias-below-momentum", b.WIDE, {"bias": -6.0}, "poor-initialization")
    add(group, "waves-conv1d-bias-below", b.CONV1D, {"bias": -6.0}, "poor-initialization")
    group = "saturated-activations"
    add(group, "tanh-kernels-large", replace(b.TANH, rate=0.01), {"gain": 40.0}, "poor-initialization")
    add(
        group,
        "tanh-bias-far-out",
        replace(b.TANH, optimizer="keras-sgd", momentum=0.0, rate=0.2),
        {"bias": 8.0},
        "poor-initialization",
    )
    add(
        group,
        "sigmoid-bias-far-out",
        Training("digits", widths=(32,), activation="sigmoid", optimizer="momentum", rate=0.1, momentum=0.9),
        {"bias": 12.0},
        "poor-initialization",
    )
    add(group, "moons-inputs-huge", b.MOONS, {"fault": "inputs-scaled", "factor": 300.0}, "unscaled-inputs")
    add(
        group,
        "sine-kernels-large",
        Training("sine", widths=(32, 32), activation="tanh", optimizer="adam", rate=0.01, batch=0),
        {"gain": 60.0},
        "poor-initialization",
    )
    add(group, "rnn-kernels-large", b.RNN, {"gain": 30.0}, "poor-initialization")
    group = "poor-initialization"
    add(group, "zeros-digits", b.MLP, {"init": "zeros"}, "dead-units", "vanishing-gradient")
    add(
        group,
        "identical-columns-tanh",
        Training(
            "spirals",
            widths=(24, 24),
            activation="tanh",
            optimizer="momentum",
            rate=0.1,
            momentum=0.9,
            batch=0,
            steps=250,
        ),
        {"init": "identical"},
    )
    add(
        group,
        "identical-columns-digits",
        replace(b.MLP, optimizer="keras-momentum", rate=0.03, momentum=0.9),
        {"init": "identical"},
    )
    add(group, "tiny-digits", Training("digits", widths=(32, 32, 32), rate=0.1), {"gain": 0.02}, "vanishing-gradient")
    add(
        group,
        "large-digits",
        Training("digits", widths=(32, 32), optimizer="adam", rate=0.003),
        {"gain": 12.0},
        "exploding-gradient",
        "saturated-activations",
    )
    add(
        group,
        "tiny-autoencoder",
        replace(b.AUTOENCODER, optimizer="momentum", momentum=0.9, rate=0.2),
        {"gain": 0.03},
        "vanishing-gradient",
    )
    add(
        group,
        "large-friedman",
        Training("friedman", widths=(64, 64), optimizer="adam", rate=0.003, steps=200),
        {"gain": 6.0},
        "exploding-gradient",
    )
