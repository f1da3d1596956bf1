"""Penalties and decays that pull the weights to zero."""

from dataclasses import replace

from tests.benchmarks.diagnosis import bases as b
from tests.benchmarks.diagnosis.faulty.declare import Add


def declare(add: Add) -> None:
    """All of them."""
    group = "excessive-regularization"
    add(group, "digits-mlp-penalty", replace(b.MLP, steps=200), {"fault": "penalty", "factor": 0.2})
    add(group, "digits-tanh-penalty", replace(b.TANH, steps=200), {"fault": "penalty", "factor": 0.5})
    add(group, "digits-cnn-penalty", b.CNN, {"fault": "penalty", "factor": 0.3})
    add(group, "friedman-penalty", b.FRIEDMAN, {"fault": "penalty", "factor": 1.0})
    add(group, "attention-penalty", replace(b.ATTENTION, steps=250), {"fault": "penalty", "factor": 0.3})
    add(group, "digits-wide-decay", b.WIDE, {"optimizer": "momentum", "decay": 0.5})
    add(group, "digits-cnn-adamw", b.CNN, {"optimizer": "keras-adamw", "decay": 5.0})
    add(group, "gru-adamw", b.GRU, {"optimizer": "keras-adamw", "decay": 10.0})
    add(group, "residual-adamw", b.RESIDUAL, {"decay": 40.0})
    add(group, "sine-nesterov-decay", b.SINE, {"decay": 1.0})
