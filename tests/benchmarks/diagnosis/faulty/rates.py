"""Learning rate and momentum."""

from dataclasses import replace

from tests.benchmarks.diagnosis import bases as b
from tests.benchmarks.diagnosis.faulty.declare import Add
from tests.benchmarks.diagnosis.training import Training


def declare(add: Add) -> None:
    """All of them."""
    group = "high-learning-rate"
    add(group, "digits-mlp-sgd", b.MLP, {"rate": 5.0})
    add(group, "digits-tanh-momentum", b.TANH, {"rate": 1.0})
    add(group, "digits-cnn-adam", b.CNN, {"rate": 1.0})
    add(group, "digits-rnn-adam", b.RNN, {"rate": 0.5})
    add(group, "attention-adam", b.ATTENTION, {"rate": 0.5})
    add(group, "linear-full-batch", b.LINEAR, {"rate": 1.3})
    add(group, "moons-momentum", b.MOONS, {"rate": 30.0})
    add(group, "parabola", b.PARABOLA, {"rate": 1.5})
    add(group, "bowl", b.BOWL, {"rate": 0.21})
    add(group, "sine-nesterov", b.SINE, {"rate": 2.0})
    add(group, "tokens-adam", b.TOKENS, {"rate": 3.0})
    add(group, "digits-jump", b.MLP, {"schedule": "jump:80", "since": 60}, onset=60)
    add(group, "friedman-rmsprop", b.FRIEDMAN, {"rate": 1.0})
    group = "low-learning-rate"
    add(group, "digits-mlp-sgd", b.MLP, {"rate": 1e-4})
    add(group, "digits-tanh-momentum", b.TANH, {"rate": 1e-5})
    add(group, "digits-cnn-adam", b.CNN, {"rate": 1e-5})
    add(group, "linear-full-batch", b.LINEAR, {"rate": 1e-4})
    add(group, "sine-nesterov", b.SINE, {"rate": 1e-6})
    add(group, "parabola", b.PARABOLA, {"rate": 1e-4})
    add(group, "tokens-adam", b.TOKENS, {"rate": 1e-6})
    add(group, "gru-adam", b.GRU, {"rate": 1e-5})
    add(group, "residual-adamw", b.RESIDUAL, {"rate": 1e-6})
    group = "excessive-momentum"
    add(group, "digits-tanh", b.TANH, {"momentum": 0.995})
    add(group, "digits-wide", b.WIDE, {"momentum": 0.998})
    add(group, "quadratic", b.QUADRATIC, {"momentum": 0.998})
    add(
        group,
        "parabola",
        b.PARABOLA,
        {"optimizer": "momentum", "momentum": 0.99, "steps": 80},
        "oscillating-updates",
        repair={"momentum": 0.3},
    )
    add(
        group,
        "correlated-nesterov",
        Training("correlated", widths=(), optimizer="nesterov", rate=0.5, momentum=0.9, batch=0, steps=150),
        {"momentum": 0.9995},
    )
    add(group, "autoencoder", replace(b.AUTOENCODER, optimizer="momentum", rate=0.2, momentum=0.9), {"momentum": 0.998})
    add(group, "spirals", replace(b.SPIRALS, optimizer="keras-momentum", rate=0.05, momentum=0.9), {"momentum": 0.999})
    group = "missing-momentum"
    for condition, rate in ((300, 1.8), (1000, 1.9), (100, 1.5)):
        add(
            group,
            f"quadratic-{condition}",
            Training(f"landscape:quadratic:{condition}", optimizer="momentum", rate=1.0, momentum=0.95, steps=400),
            {"optimizer": "sgd", "rate": rate, "momentum": 0.0},
            "slow-convergence",
        )
    add(
        group,
        "bowl-500",
        Training("landscape:bowl:500", optimizer="momentum", rate=0.003, momentum=0.9, steps=150),
        {"optimizer": "sgd", "momentum": 0.0},
        "slow-convergence",
    )
    add(
        group,
        "correlated-features",
        Training("correlated", widths=(), optimizer="keras-nesterov", rate=0.3, momentum=0.95, batch=0, steps=250),
        {"optimizer": "keras-sgd", "momentum": 0.0},
        "slow-convergence",
    )
    add(
        group,
        "uneven-quadratic-nesterov",
        Training("landscape:quadratic:2000", optimizer="nesterov", rate=0.8, momentum=0.97, steps=300, seed=4),
        {"optimizer": "sgd", "momentum": 0.0},
        "slow-convergence",
    )
    add(
        group,
        "rosenbrock",
        Training("landscape:rosenbrock", optimizer="momentum", rate=0.001, momentum=0.95, steps=300),
        {"optimizer": "sgd", "momentum": 0.0, "rate": 0.0015},
        "slow-convergence",
    )
