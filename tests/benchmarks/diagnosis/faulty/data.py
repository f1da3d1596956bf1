"""Inputs, labels, losses, and numbers that are not finite."""

from dataclasses import replace

from tests.benchmarks.diagnosis import bases as b
from tests.benchmarks.diagnosis.faulty.declare import Add
from tests.benchmarks.diagnosis.training import Training


def declare(add: Add) -> None:
    """All of them."""
    group = "unscaled-inputs"
    add(group, "digits-times-255", b.MLP, {"fault": "inputs-scaled", "factor": 255.0})
    add(
        group,
        "linear-uneven",
        Training("linear", widths=(), rate=0.1, batch=0, steps=150),
        {"fault": "inputs-uneven", "factor": 300.0, "rate": 2e-5},
        repair={"fault": "", "rate": 0.1},
    )
    add(
        group,
        "friedman-one-large",
        Training("friedman", widths=(32, 32), activation="tanh", optimizer="keras-sgd", rate=0.1, steps=200),
        {"fault": "inputs-one-large", "factor": 1000.0},
    )
    add(
        group,
        "friedman-shifted",
        Training("friedman", activation="tanh", optimizer="momentum", rate=0.03, momentum=0.9, steps=200),
        {"fault": "inputs-shifted", "factor": 100.0},
        "saturated-activations",
    )
    add(group, "blobs-scaled", b.LOGISTIC, {"fault": "inputs-scaled", "factor": 200.0}, "high-learning-rate")
    add(
        group,
        "waves-times-200",
        Training("waves", model="conv1d", widths=(16, 16), optimizer="momentum", rate=0.03, momentum=0.9),
        {"fault": "inputs-scaled", "factor": 200.0},
    )
    add(group, "moons-uneven", b.MOONS, {"fault": "inputs-uneven", "factor": 1e-3})
    group = "mismatched-labels"
    add(group, "digits-mlp", b.MLP, {"fault": "labels-random"})
    add(group, "digits-cnn-shuffled", b.CNN, {"fault": "labels-shuffled"})
    add(group, "digits-gru-rolled", replace(b.GRU, batch=64), {"fault": "labels-roll"})
    add(group, "friedman-shuffled", replace(b.FRIEDMAN, rate=0.001, steps=250), {"fault": "labels-shuffled"})
    add(group, "tokens-random", replace(b.TOKENS, steps=150), {"fault": "labels-roll"})
    add(group, "blobs-rolled", replace(b.LOGISTIC, batch=64), {"fault": "labels-roll"})
    add(group, "waves-rolled", b.CONV1D, {"fault": "labels-roll"})
    group = "mismatched-loss"
    add(group, "softmax-twice", b.MLP, {"output": "softmax"}, measure="error")
    add(
        group,
        "softmax-twice-cnn",
        replace(b.CNN, steps=250),
        {"output": "softmax", "optimizer": "keras-sgd", "rate": 0.1},
        repair={"output": "", "optimizer": "keras-adam", "rate": 0.02},
        measure="error",
    )
    add(
        group,
        "class-number-as-value",
        b.MLP,
        {"loss": "mse-index", "rate": 0.02},
        repair={"loss": "", "rate": 0.1},
        measure="error",
    )
    add(group, "logits-as-probabilities", replace(b.TANH, rate=0.02), {"loss": "of-probabilities"}, measure="error")
    add(
        group,
        "broadcast-targets",
        Training("friedman", widths=(32, 32), activation="tanh", optimizer="adam", rate=0.01),
        {"loss": "broadcast"},
        "mismatched-labels",
    )
    add(group, "sigmoid-output-for-sine", b.SINE, {"output": "sigmoid"})
    add(
        group,
        "tanh-output-for-large-targets",
        Training("linear", widths=(32,), optimizer="adam", rate=0.02, steps=200),
        {"output": "tanh"},
    )
    add(
        group,
        "relu-output-for-negative",
        Training("waves", model="conv1d", widths=(16, 16), optimizer="adam", rate=0.01),
        {"output": "relu"},
        "dead-units",
    )
    group = "non-finite-values"
    add(group, "digits-nan-in-batch", b.MLP, {"fault": "batch-nan", "since": 60}, onset=60)
    add(group, "rnn-nan-in-batch", b.RNN, {"fault": "batch-nan", "since": 90}, onset=90)
    add(group, "root-of-gradient", replace(b.WIDE, rate=0.02), {"fault": "gradient-root", "since": 25}, onset=25)
    add(
        group,
        "softmax-by-hand",
        Training("digits", widths=(64, 64), optimizer="momentum", rate=0.2, momentum=0.9, steps=200),
        {"loss": "by-hand", "gain": 8.0},
        repair={"loss": "", "gain": 1.0},
    )
    add(
        group,
        "root-at-zero",
        Training("sine", widths=(32, 32), activation="tanh", optimizer="adam", rate=0.01, batch=64, steps=200),
        {"loss": "root"},
        repair={"loss": ""},
    )
    add(group, "waves-nan-in-batch", b.LSTM, {"fault": "batch-nan", "since": 30}, onset=30)
    add(group, "tokens-root-of-gradient", b.TOKENS, {"fault": "gradient-root", "since": 70}, onset=70)
